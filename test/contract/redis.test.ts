import { RESP_TYPES } from 'redis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../src/store/redis.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { type ListingStore, ownerCases } from '../support/owner-cases.ts'
import { redisIsHere, startRedis, startRedisCluster, startRedisUnderSentinel } from '../support/servers/redis.ts'
import {
  type Connected,
  ioredis,
  ioredisCluster,
  ioredisSentinel,
  iovalkey,
  iovalkeyCluster,
  nodeRedis,
  nodeRedisCluster,
  nodeRedisPool,
  nodeRedisSentinel,
} from '../support/servers/redis-clients.ts'

/** A replica answers at once, or when a busy machine lets it. */
const CONFIRMED = { count: 1, timeout: 20_000 }

type Open = () => Promise<Connected<RedisClient>>

if (redisIsHere()) {
  console.log('left out: a Valkey server, which Debian 12 does not have; iovalkey is tested against Redis')
  const [alone, cluster, guarded] = await Promise.all([startRedis(), startRedisCluster(), startRedisUnderSentinel()])
  const ports = cluster.nodes.map(({ port }) => port)
  const buffers = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer } }

  const stores: readonly [string, Open, RedisStoreOptions?][] = [
    ['node-redis', () => nodeRedis(alone.port)],
    [
      'node-redis with RESP2, Buffers and a key prefix',
      () => nodeRedis(alone.port, { RESP: 2, commandOptions: buffers, keyPrefix: 'node-redis:' }),
    ],
    ['a pool of node-redis', () => nodeRedisPool(alone.port)],
    ['ioredis', () => ioredis(alone.port)],
    [
      'ioredis with auto-pipelining, numbers as texts and a key prefix',
      () => ioredis(alone.port, { enableAutoPipelining: true, stringNumbers: true, keyPrefix: 'io*redis:' }),
    ],
    ['iovalkey', () => iovalkey(alone.port)],
    ['a cluster through node-redis', () => nodeRedisCluster(ports)],
    [
      'a cluster through node-redis that may read from replicas, logouts confirmed',
      () => nodeRedisCluster(ports, { useReplicas: true }),
      { waitReplicas: CONFIRMED, prefix: 'confirmed:' },
    ],
    ['a cluster through ioredis', () => ioredisCluster(ports, { keyPrefix: 'io:' })],
    [
      'a cluster through ioredis with auto-pipelining, logouts confirmed',
      () => ioredisCluster(ports, { enableAutoPipelining: true }),
      { waitReplicas: CONFIRMED, prefix: 'io-confirmed:' },
    ],
    ['a cluster through iovalkey with auto-pipelining', () => iovalkeyCluster(ports, { enableAutoPipelining: true })],
    [
      'Sentinel through node-redis',
      () => nodeRedisSentinel(guarded.sentinel.port, guarded.masterName),
      { waitReplicas: CONFIRMED },
    ],
    [
      'Sentinel through ioredis',
      () => ioredisSentinel(guarded.sentinel.port, guarded.masterName),
      { waitReplicas: CONFIRMED },
    ],
  ]

  afterAll(() => Promise.all([alone, cluster, guarded].map((server) => server.stop())))

  describe.each(stores)('%s', (_, open, options) => {
    let connection: Connected<RedisClient>
    let store: ListingStore
    beforeAll(async () => {
      connection = await open()
      store = redisStore(connection.client, options)
    })
    afterAll(() => connection.close())

    test.each(storeContract)('$name', ({ run }) => run(store))
    test.each(ownerCases)('$name', ({ run }) => run(store))
  })
} else {
  test.todo('the contract on a Redis server, which is not installed here')
}
