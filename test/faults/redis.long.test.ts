import { expect, test } from 'vitest'
import { redisIsHere, startRedisCluster } from '../support/servers/redis.ts'
import { ioredisCluster, iovalkeyCluster, nodeRedisCluster } from '../support/servers/redis-clients.ts'
import { masterKilledUnderLoad } from './redis.ts'

if (redisIsHere()) {
  test.each([
    ['ioredis', ioredisCluster],
    ['iovalkey', iovalkeyCluster],
    ['node-redis', nodeRedisCluster],
  ])('masters of a cluster killed one after another, through %s', { timeout: 600_000 }, async (_, connect) => {
    const cluster = await startRedisCluster()
    const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
    try {
      const report = await masterKilledUnderLoad(cluster, client, { sessions: 2_000, kills: 6, writers: 16 })
      expect(report).toMatchObject({ lost: [], undone: [], lowered: [], unlisted: [], strange: [], recovered: 16 })
      expect(report.logouts).toBeGreaterThan(0)
      console.log(`${report.logouts} logouts confirmed, ${report.refused} calls refused during six failovers`)
    } finally {
      close()
      await cluster.stop()
    }
  })
} else {
  test.todo('masters of a Redis cluster killed one after another: redis-server is not installed here')
}
