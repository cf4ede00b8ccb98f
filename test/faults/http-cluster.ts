/**
 * Masters of a Redis cluster are killed with -9 behind an app that people are logged in to.
 *
 * In: a cluster, a client of it, and how much of everything. Out: what the app had said, and what became of it. Must not
 * know a test runner.
 *
 * @module
 */
import { type RedisClient, redisStore } from '../../src/store/redis.ts'
import type { RedisCluster } from '../support/servers/redis.ts'
import { startHttpApp } from './http-app.ts'
import { type HttpLoad, type HttpReport, underLoad } from './http-load.ts'

export interface MasterKilledOptions extends HttpLoad {
  readonly kills: number
}

/** A failover takes longer than a request waits for its store, so there are some that are refused. */
const STORE_TIMEOUT = '1s'
/** Milliseconds; below that, so that a logout without a replica is told apart from a store that hangs. */
const REPLICA_TIMEOUT = 500

export async function masterKilledBehindHttp(
  cluster: RedisCluster,
  client: RedisClient,
  { kills, ...load }: MasterKilledOptions,
): Promise<HttpReport> {
  const store = redisStore(client, { waitReplicas: { count: 1, timeout: REPLICA_TIMEOUT } })
  const app = await startHttpApp({ store, storeTimeout: STORE_TIMEOUT, onEvent: () => {} })
  try {
    return await underLoad(app, load, async ({ answers }) => {
      for (let kill = 0; kill < kills; kill++) {
        await answers(load.browsers * 5)
        const masters = await cluster.masters()
        const victim = masters[kill % masters.length]
        if (victim === undefined) throw new Error('Cannot kill a master: the cluster has none')
        await victim.kill()
        await cluster.settled()
        await victim.start()
        await cluster.settled()
      }
    })
  } finally {
    await app.close()
  }
}
