import { describe, expect, test } from 'vitest'
import { postgresStore } from '../../src/store/postgres.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { redisIsHere, startRedis } from '../support/servers/redis.ts'
import { ioredis, nodeRedis } from '../support/servers/redis-clients.ts'
import { nothingLost } from './http-load.ts'
import { fastTierLost } from './tiered.ts'

/** In the long form, more often. */
const TIMES = process.env.SOJOURN_CELLS === 'all' ? 5 : 1

const postgres = redisIsHere() ? await startPostgres() : null

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
])('Redis before PostgreSQL, through %s', (name, connect) => {
  test('flushed and killed under an app, it costs time: no session, no logout and no request', {
    timeout: 60_000 + TIMES * 120_000,
  }, async ({ skip }) => {
    if (postgres === null) return skip('Redis or PostgreSQL is not installed here')
    // What it held when it was killed is there again when it comes back, and is old.
    const server = await startRedis('--appendonly', 'yes')
    const { client, close } = await connect(server.port)
    try {
      const durable = postgresStore(postgres.pool(), { table: name, create: true })
      const report = await fastTierLost({ server, client }, durable, { browsers: 8, writes: 8, times: TIMES })
      expect(report).toMatchObject({ ...nothingLost, refused: 0, recovered: 8 })
      expect(report.withoutFast).toBeGreaterThan(0)
      expect(report.logouts).toBeGreaterThan(0)
      console.log(`${report.answered} answers, ${report.withoutFast} without Redis, ${report.logouts} logouts`)
    } finally {
      close()
      await server.stop()
    }
  })
})
