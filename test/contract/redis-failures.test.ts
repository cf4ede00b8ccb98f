import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../src/store/redis.ts'
import type { Entry } from '../../src/store/store.ts'
import { redisIsHere, startRedis, startRedisCluster, startRedisPair } from '../support/servers/redis.ts'
import { ioredis, ioredisCluster, nodeRedis, nodeRedisCluster } from '../support/servers/redis-clients.ts'

const NOW = Date.UTC(2026, 0, 1)
const ENDS = NOW + 3_600_000
const entry: Entry = { value: 'very private', version: 1, expiresAt: ENDS, ownerId: 'ada' }

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** What is started or opened, closed after the test. */
async function borrow<Thing extends { stop(): unknown } | { close(): unknown }>(
  starting: Promise<Thing>,
): Promise<Thing> {
  const thing = await starting
  cleanUp.push(() => ('stop' in thing ? thing.stop() : thing.close()))
  return thing
}

async function failure(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StoreError)
  const found = error as StoreError
  expect(inspect(found, { depth: 10 })).not.toContain('very private')
  return found
}

if (redisIsHere()) {
  const server = await startRedis()
  afterAll(() => server.stop())

  describe('what a failure says', () => {
    test('a client that was closed', async () => {
      const one = await borrow(ioredis(server.port))
      await one.client.quit()
      const other = await borrow(nodeRedis(server.port))
      await other.client.close()
      cleanUp.pop()
      for (const client of [one.client, other.client]) {
        const error = await failure(redisStore(client).find('k'))
        expect(error).toMatchObject({ code: 'STORE_FAILED', cause: expect.any(Error) })
        expect(error.message).toMatch(/^Cannot read an entry in Redis: the client is closed, or was never connected, /)
      }
    })
    test('a client of node-redis that nobody connected', async () => {
      const error = await failure(redisStore(createClient()).create('k', entry, NOW))
      expect(error.message).toMatch(/^Cannot create an entry in Redis: the client is closed, or was never connected, /)
      const cluster = createCluster({ rootNodes: [{ socket: { port: server.port } }] })
      expect((await failure(redisStore(cluster).find('k'))).message).toContain('never connected')
    })
    test('a server that cannot be reached', async () => {
      const gone = await startRedis()
      await gone.stop()
      const { client } = await borrow(ioredis(gone.port, { maxRetriesPerRequest: 0 }))
      expect((await failure(redisStore(client).find('k'))).message).toContain('connection was lost')
      const impatient = await borrow(ioredis(gone.port, { enableOfflineQueue: false }))
      expect((await failure(redisStore(impatient.client).find('k'))).message).toContain('not connected at the moment')
      const offline = createClient({ socket: { port: gone.port }, disableOfflineQueue: true }).on('error', () => {})
      offline.connect().catch(() => {})
      cleanUp.push(() => offline.destroy())
      expect((await failure(redisStore(offline).find('k'))).message).toContain('not connected at the moment')
    })
    test('a server killed in the middle of a call', async () => {
      const dying = await borrow(startRedis())
      const connect: (() => Promise<{ client: RedisClient; close(): void }>)[] = [
        () => ioredis(dying.port, { maxRetriesPerRequest: 0 }),
        () => nodeRedis(dying.port, { socket: { port: dying.port, reconnectStrategy: false } }),
      ]
      for (const open of connect) {
        const store = redisStore((await borrow(open())).client)
        await store.create('k', entry, NOW)
        // Nobody is answered any more, so that the call is under way when it dies.
        await dying.cli('client', 'pause', '60000', 'all')
        const call = failure(store.bury('k', 'over', ENDS, NOW))
        await dying.kill()
        expect((await call).message).toMatch(/^Cannot bury an entry in Redis: the connection was lost/)
        await dying.start()
      }
    })
    test('a client that listens to channels', async () => {
      const one = await borrow(ioredis(server.port, { protocol: 2 }))
      await one.client.subscribe('news')
      const other = await borrow(nodeRedis(server.port, { RESP: 2 }))
      await other.client.subscribe('news', () => {})
      for (const client of [one.client, other.client]) {
        expect((await failure(redisStore(client).find('k'))).message).toContain('subscribed to channels')
      }
    })
    test('a replica', async () => {
      const { master, replica } = await startRedisPair()
      cleanUp.push(() => Promise.all([master.stop(), replica.stop()]))
      for (const { client } of [await borrow(ioredis(replica.port)), await borrow(nodeRedis(replica.port))]) {
        const error = await failure(redisStore(client).create('k', entry, NOW))
        expect(error.message).toMatch(/^Cannot create an entry in Redis: it is a read-only replica\. /)
      }
    })
    test('one node of a cluster, taken for a server', async () => {
      const cluster = await borrow(startRedis('--cluster-enabled', 'yes'))
      await cluster.cli('cluster', 'addslotsrange', '0', '1')
      const { client } = await borrow(ioredis(cluster.port))
      expect((await failure(redisStore(client).find('k'))).message).toMatch(/cluster/)
    })
    test('a full memory', async () => {
      const small = await borrow(startRedis('--maxmemory', '1mb', '--maxmemory-policy', 'noeviction'))
      const { client } = await borrow(ioredis(small.port))
      const error = await failure(redisStore(client).create('k', entry, NOW))
      expect(error).toMatchObject({ code: 'STORE_FULL' })
    })
    test('a user who may not', async () => {
      await server.cli('acl', 'setuser', 'reader', 'on', '>pass', '~*', '+@all', '-set', '-setrange')
      const reader = await borrow(ioredis(server.port, { username: 'reader', password: 'pass' }))
      expect((await failure(redisStore(reader.client).create('k', entry, NOW))).message).toContain('may not run')
      await server.cli('acl', 'setuser', 'nobody', 'on', '>pass', '~*', '-@all', '+info', '+hello', '+client')
      const nobody = await borrow(ioredis(server.port, { username: 'nobody', password: 'pass' }))
      expect((await failure(redisStore(nobody.client).find('k'))).message).toContain('may not run')
    })
    test('something else under our keys', async () => {
      const { client } = await borrow(ioredis(server.port))
      await client.set('sojourn:s:text', 'of somebody else')
      await client.lpush('sojourn:s:list', 'of somebody else')
      const store = redisStore(client)
      // It may be a grave of a later version.
      expect(await store.find('text')).toMatchObject({ grave: true, value: '' })
      expect((await failure(store.find('list'))).message).toContain('prefix of its own')
      for (const key of ['text', 'list']) {
        expect((await failure(store.create(key, entry, NOW))).message).toContain('prefix of its own')
        expect((await failure(store.bury(key, 'over', ENDS, NOW))).message).toContain('prefix of its own')
      }
      expect(await client.get('sojourn:s:text')).toBe('of somebody else')
      await client.del('sojourn:s:text', 'sojourn:s:list')
    })
  })

  describe('a server that may evict graves', () => {
    test.each(['allkeys-lru', 'volatile-ttl'])('with %s takes no write, until it is set right', async (policy) => {
      const evicting = await borrow(startRedis('--maxmemory', '100mb', '--maxmemory-policy', policy))
      for (const { client } of [
        await borrow(ioredis(evicting.port)),
        await borrow(nodeRedis(evicting.port)),
        await borrow(nodeRedis(evicting.port, { RESP: 2 })),
      ]) {
        await evicting.cli('config', 'set', 'maxmemory-policy', policy)
        const store = redisStore(client)
        expect(await store.find('k')).toBeNull()
        for (const write of [
          store.create('k', entry, NOW),
          store.replace('k', entry, 1, NOW),
          store.extend('k', ENDS, NOW),
          store.bury('k', 'over', ENDS, NOW),
          store.raiseEpoch('ada', NOW),
        ]) {
          const error = await failure(write)
          expect(error).toMatchObject({ code: 'STORE_FAILED', details: { policy } })
          expect(error.message).toContain('Set maxmemory-policy to "noeviction"')
        }
        expect(await evicting.cli('dbsize')).toBe('0')
        await evicting.cli('config', 'set', 'maxmemory-policy', 'noeviction')
        expect(await store.create('k', entry, NOW)).toBe(true)
        await evicting.cli('flushall')
      }
    })
    test('is fine without a limit, and is asked once', async () => {
      const unlimited = await borrow(startRedis('--maxmemory-policy', 'allkeys-lru'))
      const { client } = await borrow(ioredis(unlimited.port))
      const store = redisStore(client)
      await Promise.all([1, 2, 3].map((n) => store.create(`k${n}`, entry, NOW)))
      await store.bury('k1', 'over', ENDS, NOW)
      expect(await unlimited.cli('info', 'commandstats')).toContain('cmdstat_config|get:calls=1,')
    })
    test('is found out where only INFO is allowed', async () => {
      const managed = await borrow(startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'))
      await managed.cli('acl', 'setuser', 'app', 'on', '>pass', '~*', '+@all', '-config')
      for (const { client } of [
        await borrow(ioredis(managed.port, { username: 'app', password: 'pass' })),
        await borrow(nodeRedis(managed.port, { username: 'app', password: 'pass' })),
      ]) {
        expect(await failure(redisStore(client).create('k', entry, NOW))).toMatchObject({
          details: { policy: 'volatile-lru' },
        })
      }
    })
    test('is warned of, once, where nothing tells', async () => {
      await server.cli('acl', 'setuser', 'blind', 'on', '>pass', '~*', '+@all', '-config', '-info')
      const { client } = await borrow(nodeRedis(server.port, { username: 'blind', password: 'pass' }))
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const store = redisStore(client, { prefix: 'blind:' })
      expect(await store.create('k', entry, NOW)).toBe(true)
      await store.bury('k', 'over', ENDS, NOW)
      const warnings = [...warned.mock.calls]
      warned.mockRestore()
      expect(warnings).toEqual([
        [expect.stringContaining('See that the policy is "noeviction"'), { code: 'SOJOURN_REDIS_EVICTION' }],
      ])
    })
  })

  describe('with waitReplicas', () => {
    const confirmed: RedisStoreOptions = { waitReplicas: { count: 1, timeout: 500 } }
    /** Where there is a replica it answers at once, or when a busy machine lets it. */
    const patient: RedisStoreOptions = { waitReplicas: { count: 1, timeout: 20_000 } }

    test('a logout counts once a replica has it, and is a failure where none has', async () => {
      const { master, replica } = await startRedisPair()
      cleanUp.push(() => Promise.all([master.stop(), replica.stop()]))
      const clients: [string, { client: RedisClient }][] = [
        ['ioredis', await borrow(ioredis(master.port))],
        ['auto-pipelining', await borrow(ioredis(master.port, { enableAutoPipelining: true }))],
        ['node-redis', await borrow(nodeRedis(master.port))],
      ]
      const stores = clients.map(([name, { client }]) => ({
        name,
        store: redisStore(client, { ...confirmed, prefix: name }),
      }))
      for (const [name, { client }] of clients) {
        const store = redisStore(client, { ...patient, prefix: name })
        for (const key of ['buried', 'replaced', 'extended', 'grave']) await store.create(key, entry, NOW)
        await store.bury('grave', 'over', ENDS, NOW)
        expect(await store.raiseEpoch('ada', NOW)).toBe(NOW)
      }
      await replica.kill()
      for (const { name, store } of stores) {
        const next: Entry = { ...entry, version: 2 }
        const endings: Record<string, () => Promise<unknown>> = {
          bury: () => store.bury('buried', 'over', ENDS, NOW),
          'bury over a grave': () => store.bury('grave', 'over', NOW + 1, NOW),
          'replace into a grave': () => store.replace('replaced', { ...next, grave: true }, 1, NOW),
          'replace of a grave by a grave': () => store.replace('grave', { ...next, grave: true }, 1, NOW),
          'create of a grave': () => store.create('new', { ...entry, grave: true }, NOW),
          'create of a grave that is there': () => store.create('grave', { ...entry, grave: true }, NOW),
          raiseEpoch: () => store.raiseEpoch('ada', NOW),
        }
        for (const [what, end] of Object.entries(endings)) {
          const error = await failure(end())
          expect(error.message, `${what} through ${name}`).toContain('0 of 1 replicas had it after 500 ms')
          expect(error).toMatchObject({ code: 'STORE_FAILED', details: { confirmed: 0, count: 1 } })
        }
        // What ends nobody's session waits for nobody.
        expect(await store.create('later', entry, NOW)).toBe(true)
        expect(await store.replace('later', next, 1, NOW)).toBe('done')
        expect(await store.replace('later', { ...next, grave: true }, 9, NOW)).toBe('stale')
        expect(await store.extend('extended', ENDS + 1, NOW)).toBe(true)
        // The master has it all the same.
        expect(await store.find('buried')).toMatchObject({ grave: true })
      }
    })
    // The documents of WAIT speak of the writes of its own connection, and some servers answer at once where it had none.
    test('a logout that finds it is one already writes all the same, so that there is something to confirm', async () => {
      const { client } = await borrow(ioredis(server.port))
      const writes = async () => (await server.cli('info', 'commandstats')).match(/cmdstat_(set|setrange):calls=\d+/g)
      const store = redisStore(client, { ...confirmed, prefix: 'twice:' })
      await redisStore(client, { prefix: 'twice:' }).bury('k', 'over', ENDS, NOW)
      for (const again of [
        () => store.bury('k', 'over', ENDS, NOW),
        () => store.replace('k', { ...entry, grave: true }, 1, NOW),
        () => store.create('k', { ...entry, grave: true }, NOW),
      ]) {
        await client.config('RESETSTAT')
        await failure(again())
        expect(await writes()).toEqual(['cmdstat_setrange:calls=1'])
      }
      expect(await store.find('k')).toEqual({ value: 'over', version: 1, expiresAt: ENDS, grave: true })
    })
    test('a cluster client that does not know of a failover yet finds the new master and its replica', async () => {
      const cluster = await borrow(startRedisCluster())
      const ports = cluster.nodes.map(({ port }) => port)
      const before = await cluster.masters()
      const stores = [
        redisStore((await borrow(ioredisCluster(ports))).client, { ...patient, prefix: 'a:' }),
        redisStore((await borrow(nodeRedisCluster(ports))).client, { ...patient, prefix: 'b:' }),
      ]
      const keys = Array.from({ length: 30 }, (_, n) => `k${n}`)
      for (const store of stores) await Promise.all(keys.map((key) => store.create(key, entry, NOW)))
      for (const node of cluster.nodes.filter((node) => !before.includes(node))) await node.cli('cluster', 'failover')
      await cluster.settled()
      for (const store of stores) {
        await Promise.all(keys.map((key) => store.bury(key, 'over', ENDS, NOW)))
        const found = await Promise.all(keys.map((key) => store.find(key)))
        expect(found.every((row) => row?.grave)).toBe(true)
      }
    })
  })

  test('a client that is still connecting is waited for', async () => {
    const client = new Redis({ port: server.port, lazyConnect: true })
    cleanUp.push(() => client.disconnect())
    expect(await redisStore(client, { prefix: 'lazy:' }).create('k', entry, NOW)).toBe(true)
  })
} else {
  test.todo('what the Redis store does where things fail: redis-server is not installed here')
}
