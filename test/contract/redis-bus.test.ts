/** What Redis tells a near cache, through every client that can hear it. */
import { Cluster, Redis } from 'ioredis'
import { Redis as Iovalkey } from 'iovalkey'
import { createClient, createCluster } from 'redis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { redisTracking, type TrackingClient } from '../../src/store/bus/redis-tracking.ts'
import { cached } from '../../src/store/cached.ts'
import { redisStore } from '../../src/store/redis.ts'
import type { Entry } from '../../src/store/store.ts'
import { hearing, LOST } from '../support/hearing.ts'
import { type RedisServer, redisIsHere, startRedis } from '../support/servers/redis.ts'
import { ioredis, nodeRedis } from '../support/servers/redis-clients.ts'
import { warned } from '../support/warned.ts'

const NOW = Date.UTC(2026, 0, 1)
const FIRST: Entry = { value: 'first', version: 1, expiresAt: NOW + 3_600_000 }
const HOST = '127.0.0.1'

interface Login {
  readonly username?: string
  readonly password?: string
}

type Connect = (server: RedisServer, login?: Login) => Promise<TrackingClient>

const CLIENTS: Readonly<Record<string, Connect>> = {
  async 'node-redis'({ port }, login = {}) {
    const client = createClient({ RESP: 3, emitInvalidate: true, socket: { host: HOST, port }, ...login })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  },
  async ioredis({ port }, login = {}) {
    const client = new Redis({ host: HOST, port, protocol: 2, autoResubscribe: false, ...login })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  },
  async iovalkey({ port }, login = {}) {
    const client = new Iovalkey({ host: HOST, port, autoResubscribe: false, ...login })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  },
}

if (redisIsHere()) {
  const server = await startRedis()
  afterAll(() => server.stop())
  let prefixes = 0

  async function storeUnder(prefix: string) {
    const { client, close } = await ioredis(server.port)
    onTestFinished(close)
    return redisStore(client, { prefix })
  }

  describe.each(Object.entries(CLIENTS))('through %s', (_, connect) => {
    test('every change of a row is heard, of this store and no other, and nothing else', async () => {
      const prefix = `p${++prefixes}:`
      const [store, other] = [await storeUnder(prefix), await storeUnder(`other ${prefix}`)]
      const bus = hearing(redisTracking(await connect(server), { prefix }))
      expect(bus.words).toEqual([LOST])
      await bus.hears(null)
      const begun = bus.words.length
      await other.create('elsewhere', FIRST, NOW)
      await store.raiseEpoch('ada', NOW)
      const changes = {
        'a, "b"': () => store.create('a, "b"', { ...FIRST, ownerId: 'ada' }, NOW),
        replaced: async () => {
          await store.create('replaced', FIRST, NOW)
          await bus.hears('replaced')
          return store.replace('replaced', { ...FIRST, version: 2 }, 1, NOW)
        },
        'bu\nried \0': () => store.bury('bu\nried \0', '', NOW + 60_000, NOW),
        'half \ud83e': () => store.bury('half \ud83e', '', NOW + 60_000, NOW),
      }
      for (const [key, change] of Object.entries(changes)) {
        await change()
        await bus.hears(key)
      }
      expect([...new Set(bus.words.slice(begun))].toSorted()).toEqual(Object.keys(changes).toSorted())
      bus.leave()
    })

    test('a near cache shows what another process did as soon as it was told, however young its copy', async () => {
      const prefix = `p${++prefixes}:`
      const [mine, theirs] = [await storeUnder(prefix), await storeUnder(prefix)]
      const bus = redisTracking(await connect(server), { prefix })
      const store = cached(mine, { bus, clock: () => NOW, maxStale: '1h' })
      const listener = hearing(redisTracking(await connect(server), { prefix }))
      await listener.hears(null)
      await theirs.create('key', FIRST, NOW)
      await listener.hears('key')
      await copied(store, 'key')
      await theirs.bury('key', 'over', NOW + 60_000, NOW)
      await until(async () => (await store.find('key'))?.grave === true)
      store.close()
    })

    test('a connection that was cut is a loss until it is back, and after it everything may have changed', async () => {
      const prefix = `p${++prefixes}:`
      const store = await storeUnder(prefix)
      const bus = hearing(redisTracking(await connect(server), { prefix }))
      await bus.hears(null)
      // All but the one that says it, those of other tests included.
      await server.cli('client', 'kill', 'skipme', 'yes')
      await bus.hears(LOST)
      await bus.hears(null)
      await store.create('key', FIRST, NOW)
      await bus.hears('key')
      bus.leave()
    })

    test('a server that was killed is a loss until it is back', async () => {
      const mortal = await startRedis()
      onTestFinished(() => mortal.stop())
      const bus = hearing(redisTracking(await connect(mortal)))
      await bus.hears(null)
      await mortal.kill()
      await bus.hears(LOST)
      await mortal.start()
      await bus.hears(null)
      bus.leave()
    })

    test('a server that forgets everything says so', async () => {
      const bus = hearing(redisTracking(await connect(server)))
      await bus.hears(null)
      await server.cli('flushall')
      await bus.hears(null)
      bus.leave()
    })

    test('who has left hears nothing more', async () => {
      const prefix = `p${++prefixes}:`
      const store = await storeUnder(prefix)
      const [stays, leaves] = [await connect(server), await connect(server)].map((client) =>
        hearing(redisTracking(client, { prefix })),
      )
      await Promise.all([stays?.hears(null), leaves?.hears(null)])
      leaves?.leave()
      await store.create('key', FIRST, NOW)
      await stays?.hears('key')
      expect(leaves?.words).not.toContain('key')
      stays?.leave()
    })

    test('a user who may not track is told of it, and nothing is served from memory', async () => {
      await server.cli('acl', 'setuser', 'blind', 'on', '>pass', '~*', '&*', '+@all')
      const client = await connect(server, { username: 'blind', password: 'pass' })
      await server.cli('acl', 'setuser', 'blind', '-client|tracking')
      const warning = warned('SOJOURN_REDIS_TRACKING')
      const bus = redisTracking(client, { prefix: 'refused:' })
      const inner = await storeUnder('refused:')
      const store = cached(inner, { bus, clock: () => NOW, maxStale: '1h' })
      await store.create('key', FIRST, NOW)
      await store.find('key')
      expect(await warning).toMatch(/Redis does not track keys for the near cache/)
      await store.find('key')
      await inner.replace('key', { ...FIRST, version: 2 }, 1, NOW)
      expect((await store.find('key'))?.version).toBe(2)
      store.close()
    })
  })

  test.each([
    ['ioredis', new Cluster([{ host: HOST, port: server.port }], { lazyConnect: true })],
    ['node-redis', createCluster({ rootNodes: [{ socket: { host: HOST, port: server.port } }] })],
  ])('a client of a cluster through %s is refused: each node tells of its own keys only', (_, cluster) => {
    expect(() => redisTracking(cluster as unknown as TrackingClient)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'client' } }),
    )
  })

  test.each([
    ['node-redis that was not asked to hand out what it hears', () => nodeRedis(server.port), /without emitInvalidate/],
    ['ioredis over RESP 3', () => ioredis(server.port, { protocol: 3, autoResubscribe: false }), /with RESP 3/],
    ['ioredis that subscribes by itself', () => ioredis(server.port, { protocol: 2 }), /subscribes again by itself/],
  ] as const)('%s is refused, and told how to make it', async (_, open, found) => {
    const { client, close } = await open()
    onTestFinished(close)
    expect(() => redisTracking(client as unknown as TrackingClient)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        details: { option: 'client' },
        message: expect.stringMatching(found),
      }),
    )
  })
} else {
  test.todo('what Redis tells a near cache: redis-server is not installed here')
}

/** Once it listens, a second read is answered from memory. */
async function copied(store: { find(key: string): Promise<Entry | null> }, key: string): Promise<void> {
  await store.find(key)
  await store.find(key)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000
  while (!(await isSo())) if (performance.now() > deadline) expect.fail('waited in vain')
}
