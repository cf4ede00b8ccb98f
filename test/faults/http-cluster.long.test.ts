import { expect, test } from 'vitest'
import { redisIsHere, startRedisCluster } from '../support/servers/redis.ts'
import { ioredisCluster, iovalkeyCluster, nodeRedisCluster } from '../support/servers/redis-clients.ts'
import { masterKilledBehindHttp } from './http-cluster.ts'
import { nothingLost } from './http-load.ts'

if (redisIsHere()) {
  test.each([
    ['ioredis', ioredisCluster],
    ['iovalkey', iovalkeyCluster],
    ['node-redis', nodeRedisCluster],
  ])(
    'masters of a cluster killed one after another under an app, through %s',
    { timeout: 600_000 },
    async (_, connect) => {
      const cluster = await startRedisCluster()
      const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
      try {
        const report = await masterKilledBehindHttp(cluster, client, { browsers: 24, writes: 20, kills: 6 })
        expect(report).toMatchObject({ ...nothingLost, recovered: 24 })
        expect(report.refused).toBeGreaterThan(0)
        expect(report.logouts).toBeGreaterThan(0)
        console.log(
          `${report.answered} answers, ${report.logouts} logouts, ${report.refused} times 503 in six failovers`,
        )
      } finally {
        close()
        await cluster.stop()
      }
    },
  )
} else {
  test.todo('masters of a cluster killed one after another under an app: redis-server is not installed here')
}
