/**
 * The Redis before a database is flushed and killed with -9, behind an app that people are logged in to.
 *
 * In: the Redis, a client of it, the database's store, and how much load. Out: what the app had said, and what became of
 * it, and that it went on all the time. Must not know a test runner.
 *
 * @module
 */
import { type RedisClient, redisStore } from '../../src/store/redis.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import { tiered } from '../../src/store/tiered.ts'
import type { RedisServer } from '../support/servers/redis.ts'
import { startHttpApp } from './http-app.ts'
import { type HttpLoad, type HttpReport, underLoad } from './http-load.ts'

export interface FastTier {
  readonly server: RedisServer
  readonly client: RedisClient
}

export interface TieredOptions extends HttpLoad {
  /** How often it is flushed, killed and started again. */
  readonly times: number
}

export interface TieredReport extends HttpReport {
  /** Answers of 200 that began and ended while there was no Redis. */
  readonly withoutFast: number
}

/** Nothing here takes so long, however busy the machine: one that is refused would be the fault of the fast store. */
const STORE_TIMEOUT = '20s'

/** Milliseconds a change takes longer while there is no Redis: few, so that a short test sees many. */
const MAX_STALE = 150

export async function fastTierLost(
  { server, client }: FastTier,
  durable: Store & OwnerIndex,
  { times, ...load }: TieredOptions,
): Promise<TieredReport> {
  const store = tiered(redisStore(client), durable, { maxStale: MAX_STALE })
  const app = await startHttpApp({ store, storeTimeout: STORE_TIMEOUT, onEvent: () => {} })
  const some = load.browsers * 5
  let withoutFast = 0
  try {
    const report = await underLoad(app, load, async ({ answers }) => {
      for (let time = 0; time < times; time++) {
        await answers(some)
        await server.cli('flushall')
        await answers(some)
        await server.kill()
        // Those that were under way when it was killed do not count: there is at most one of each browser's three.
        await answers(load.browsers * 3)
        await answers(some)
        withoutFast += some
        await server.start()
        await answers(some)
      }
    })
    return { ...report, withoutFast }
  } finally {
    await app.close()
  }
}
