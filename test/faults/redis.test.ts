import { describe, expect, test } from 'vitest'
import { redisIsHere, startRedisCluster } from '../support/servers/redis.ts'
import { ioredisCluster, nodeRedisCluster } from '../support/servers/redis-clients.ts'
import { masterKilledUnderLoad } from './redis.ts'

if (redisIsHere()) {
  describe.each([
    ['ioredis', ioredisCluster],
    ['node-redis', nodeRedisCluster],
  ])('a master of a cluster killed under load, through %s', (_, connect) => {
    test('loses no session, undoes no logout, and is over after the failover', { timeout: 120_000 }, async () => {
      const cluster = await startRedisCluster()
      const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
      try {
        const report = await masterKilledUnderLoad(cluster, client, { sessions: 200, kills: 1, writers: 6 })
        expect(report).toMatchObject({ lost: [], undone: [], lowered: [], unlisted: [], strange: [], recovered: 6 })
        expect(report.logouts).toBeGreaterThan(0)
        expect(report.epochs).toBeGreaterThan(0)
        console.log(`${report.logouts} logouts confirmed, ${report.refused} calls refused during the failover`)
      } finally {
        close()
        await cluster.stop()
      }
    })
  })
} else {
  test.todo('a master of a Redis cluster killed under load: redis-server is not installed here')
}
