import { expect, test } from 'vitest'
import { redisIsHere, startRedisCluster } from '../support/servers/redis.ts'
import { ioredisCluster } from '../support/servers/redis-clients.ts'
import { masterKilledBehindHttp } from './http-cluster.ts'
import { nothingLost } from './http-load.ts'

if (redisIsHere()) {
  test('a master of a cluster killed under an app: 503 for a while, nobody logged out, no logout undone', {
    timeout: 240_000,
  }, async () => {
    const cluster = await startRedisCluster()
    const { client, close } = await ioredisCluster(cluster.nodes.map(({ port }) => port))
    try {
      const report = await masterKilledBehindHttp(cluster, client, { browsers: 12, writes: 8, kills: 1 })
      expect(report).toMatchObject({ ...nothingLost, recovered: 12 })
      expect(report.refused).toBeGreaterThan(0)
      expect(report.logouts).toBeGreaterThan(0)
      console.log(`${report.answered} answers, ${report.logouts} logouts, ${report.refused} times 503 in one failover`)
    } finally {
      close()
      await cluster.stop()
    }
  })
} else {
  test.todo('a master of a cluster killed under an app: redis-server is not installed here')
}
