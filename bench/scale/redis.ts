/**
 * Two Redis servers of this run alone, one for each size: keys of one server share a table.
 *
 * @module
 */
import { Redis } from 'ioredis'
import { redisStore } from '../../src/store/redis.ts'
import { type RedisServer, redisIsHere, startRedis } from '../../test/support/servers/redis.ts'
import { type Backend, inParallel, type Size } from './backend.ts'

export async function openRedis(): Promise<Backend | null> {
  if (!redisIsHere()) return null
  const servers: Readonly<Record<Size, RedisServer>> = {
    small: await startRedis('--appendonly', 'yes'),
    large: await startRedis('--appendonly', 'yes'),
  }
  const clients = { small: connect(servers.small), large: connect(servers.large) }
  const stores = { small: redisStore(clients.small), large: redisStore(clients.large) }
  const asks = async (server: RedisServer, field: string) =>
    new RegExp(`^${field}:(.+)$`, 'm').exec(await server.cli('info'))?.[1] ?? ''
  return {
    name: 'Redis',
    goal: 1.5,
    about: `Redis ${await asks(servers.small, 'redis_version')} through ioredis over TCP, appendonly, fsync once a second`,
    stores,
    calls: 500,
    atOnce: 16,
    fill: (size, count, work) => inParallel(count, 256, (n) => work(stores[size], n)),
    async settle() {
      // A rewrite of the log that filling has set off would take one of the cores.
      for (const server of Object.values(servers)) {
        while ((await asks(server, 'aof_rewrite_in_progress')) === '1') await server.cli('wait', '0', '100')
      }
    },
    serverProcesses: async (size) => [Number(await asks(servers[size], 'process_id'))],
    noSweep: 'Redis removes what has ended by itself, a little at a time; the store has no sweep',
    async close() {
      for (const client of Object.values(clients)) client.disconnect()
      for (const server of Object.values(servers)) await server.stop()
    },
  }
}

function connect({ port }: RedisServer): Redis {
  return new Redis({ host: '127.0.0.1', port }).on('error', () => {})
}
