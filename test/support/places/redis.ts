/**
 * Places on a Redis of the test file's own: one server, or a cluster of six.
 *
 * @module
 */
import type { Cluster, Redis } from 'ioredis'
import { afterAll } from 'vitest'
import { redisStore } from '../../../src/store/redis.ts'
import { type RedisServer, redisIsHere, startRedis, startRedisCluster } from '../servers/redis.ts'
import { type Connected, ioredis, ioredisCluster } from '../servers/redis-clients.ts'
import { bytesIn, sizesIn } from './local.ts'
import { lasting, type OpenPlace, removeEnded, worldName } from './place.ts'

/** Every write is in a file before its answer leaves: a look at the folder sees what is kept. */
const ON_DISK = ['--appendonly', 'yes', '--appendfsync', 'no']

export async function redisPlaces(): Promise<OpenPlace | null> {
  if (!redisIsHere()) return null
  const server = await startRedis(...ON_DISK)
  afterAll(() => server.stop())
  return places([server], () => ioredis(server.port))
}

export async function redisClusterPlaces(): Promise<OpenPlace | null> {
  if (!redisIsHere()) return null
  const cluster = await startRedisCluster(...ON_DISK)
  afterAll(() => cluster.stop())
  return places(cluster.nodes, () => ioredisCluster(cluster.nodes.map(({ port }) => port)))
}

function places(nodes: readonly RedisServer[], open: () => Promise<Connected<Redis | Cluster>>): OpenPlace {
  const connections: Connected<unknown>[] = []
  const client = lasting(async () => {
    const connection = await open()
    connections.push(connection)
    return connection.client
  })
  afterAll(() => {
    for (const { close } of connections) close()
  })

  return () => {
    const prefix = `${worldName()}:`
    // Other worlds were here before, and what they wrote down is theirs.
    const before = nodes.map(({ folder }) => sizesIn(folder))
    let processes = 0
    return {
      connect: async () => redisStore(await client(processes++), { prefix }),
      bytesKept: async () => nodes.map(({ folder }, n) => bytesIn(folder, before[n])).join('\n'),
      async expire(now) {
        const one = await client(0)
        await removeEnded(redisStore(one, { prefix }), now, (key) => one.del(`${prefix}s:${key}`))
      },
      close: async () => {},
    }
  }
}
