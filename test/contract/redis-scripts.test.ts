import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type RedisClient, redisStore } from '../../src/store/redis.ts'
import type { Entry, OwnerIndex } from '../../src/store/store.ts'
import { createGates } from '../support/gates.ts'
import { redisIsHere, startRedis, startRedisCluster } from '../support/servers/redis.ts'
import { ioredis, ioredisCluster } from '../support/servers/redis-clients.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const ENDS = NOW + HOUR
const INDEX = `sojourn:{${createHash('sha256').update('ada').digest('base64url')}}:sessions`

function live(facts: Partial<Entry> = {}): Entry {
  return { value: 'v', version: 1, expiresAt: ENDS, ...facts }
}

type Around = (command: readonly string[], go: () => Promise<unknown>) => Promise<unknown>

/** A client that lets `around` decide what becomes of each command. */
function through(client: Redis, around: Around): RedisClient {
  return {
    status: client.status,
    options: client.options,
    pipeline: () => client.pipeline(),
    call: (command, ...args) => around([command, ...args], () => client.call(command, ...args)),
  }
}

async function keysOf(store: OwnerIndex, ownerId: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.listByOwner(ownerId)) keys.push(key)
  return keys
}

if (redisIsHere()) {
  const server = await startRedis()
  const { client, close } = await ioredis(server.port)
  afterAll(async () => {
    close()
    await server.stop()
  })
  beforeEach(() => client.flushall())

  describe('what a call costs', () => {
    async function commandsOf(work: (store: ReturnType<typeof redisStore>) => Promise<unknown>): Promise<string[]> {
      const sent: string[] = []
      const store = redisStore(
        through(client, (command, go) => {
          sent.push(command[0] ?? '')
          return go()
        }),
      )
      await store.create('warm', live({ ownerId: 'ada' }), NOW)
      await store.extend('warm', ENDS, NOW)
      await store.replace('warm', live({ ownerId: 'ada' }), 1, NOW)
      await store.bury('buried', 'over', ENDS, NOW)
      sent.length = 0
      await work(store)
      return sent
    }

    test('a read is one GET', async () => {
      expect(await commandsOf((store) => store.find('warm'))).toEqual(['get'])
    })
    test('a write is one script, of an owned entry too', async () => {
      expect(await commandsOf((store) => store.create('k', live(), NOW))).toEqual(['evalsha'])
      expect(await commandsOf((store) => store.replace('warm', live({ ownerId: 'ada' }), 1, NOW))).toEqual(['evalsha'])
      expect(await commandsOf((store) => store.replace('warm', live({ ownerId: 'ada' }), 9, NOW))).toEqual(['evalsha'])
      expect(await commandsOf((store) => store.extend('warm', ENDS + HOUR, NOW))).toEqual(['evalsha'])
      expect(await commandsOf((store) => store.bury('k', 'over', ENDS, NOW))).toEqual(['evalsha'])
    })
    test('only what enters or leaves an index, or outlasts it, costs a command more', async () => {
      const owned = live({ ownerId: 'ada' })
      expect(await commandsOf((store) => store.create('k', owned, NOW))).toEqual(['evalsha', 'evalsha'])
      const extended = await commandsOf((store) => store.extend('warm', ENDS + 2 * DAY, NOW))
      expect(extended).toEqual(['evalsha', 'evalsha', 'evalsha', 'zrem'])
      expect(await commandsOf((store) => store.bury('warm', 'over', ENDS, NOW))).toEqual(['evalsha', 'zrem'])
    })
  })

  describe('expiry in the server', () => {
    test('is a minute after the end, by the caller’s clock', async () => {
      const store = redisStore(client)
      await store.create('created', live({ expiresAt: NOW + 5 * HOUR }), NOW)
      await store.bury('buried', 'over', NOW + 5 * HOUR, NOW)
      await store.create('replaced', live(), NOW)
      await store.replace('replaced', live({ expiresAt: NOW + 5 * HOUR }), 1, NOW)
      await store.create('extended', live(), NOW)
      await store.extend('extended', NOW + 5 * HOUR, NOW)
      await store.bury('lengthened', 'over', ENDS, NOW)
      await store.bury('lengthened', 'over', NOW + 5 * HOUR, NOW)
      for (const key of ['created', 'buried', 'replaced', 'extended', 'lengthened']) {
        const left = await client.pttl(`sojourn:s:${key}`)
        expect(left, key).toBeGreaterThan(5 * HOUR + 59_000)
        expect(left, key).toBeLessThan(5 * HOUR + 61_000)
      }
    })
    test('takes what ended long ago at once, and never fails over it', async () => {
      const store = redisStore(client)
      expect(await store.create('k', live({ expiresAt: NOW - DAY }), NOW)).toBe(true)
      await store.bury('k', 'over', NOW - DAY, NOW)
      expect(await client.pttl('sojourn:s:k')).toBeLessThan(2)
    })
    test('of an index never comes before that of a row in it, nor moves earlier', async () => {
      const store = redisStore(client)
      await store.create('long', live({ ownerId: 'ada', expiresAt: NOW + 30 * DAY }), NOW)
      await store.create('short', live({ ownerId: 'ada' }), NOW)
      expect(await client.pttl(INDEX)).toBeGreaterThan(await client.pttl('sojourn:s:long'))
      await store.extend('short', NOW + 60 * DAY, NOW)
      expect(await client.pttl(INDEX)).toBeGreaterThan(await client.pttl('sojourn:s:short'))
    })
    test('never takes an epoch', async () => {
      await redisStore(client).raiseEpoch('ada', NOW)
      expect(await client.pttl(INDEX.replace(/sessions$/, 'epoch'))).toBe(-1)
    })
  })

  describe('a script the server has forgotten', () => {
    test('is sent again as text, and the call does not notice', async () => {
      const store = redisStore(client)
      await store.create('k', live({ value: '0' }), NOW)
      for (let version = 1; version <= 5; version++) {
        await client.script('FLUSH')
        expect(await store.replace('k', live({ value: String(version), version: version + 1 }), version, NOW)).toBe(
          'done',
        )
      }
      await client.script('FLUSH')
      expect(await store.extend('k', ENDS + 1, NOW)).toBe(true)
      await client.script('FLUSH')
      await store.bury('k', 'over', ENDS, NOW)
      expect(await store.find('k')).toEqual(live({ value: 'over', version: 6, grave: true, expiresAt: ENDS }))
    })
    test('loses nothing where it is forgotten in the middle of other calls', async () => {
      const store = redisStore(
        through(client, async ([command], go) => {
          if (command === 'evalsha') await client.script('FLUSH')
          return go()
        }),
      )
      await store.create('k', live({ value: '0' }), NOW)
      const add = async (): Promise<unknown> => {
        const entry = await store.find('k')
        if (entry === null) throw new Error('lost')
        const next = { ...entry, value: String(Number(entry.value) + 1), version: entry.version + 1 }
        return (await store.replace('k', next, entry.version, NOW)) === 'done' || add()
      }
      await Promise.all(Array.from({ length: 10 }, add))
      expect(await store.find('k')).toMatchObject({ value: '10', version: 11 })
    })
  })

  test('a write that a client sends again, because the first answer was lost, is still answered as made', async () => {
    const store = redisStore(
      through(client, async (_, go) => {
        await go().catch(() => {})
        return go()
      }),
    )
    expect(await store.create('k', live({ ownerId: 'ada' }), NOW)).toBe(true)
    expect(await store.replace('k', live({ ownerId: 'ada', version: 2 }), 1, NOW)).toBe('done')
    expect(await store.replace('k', live({ ownerId: 'ada', version: 3 }), 1, NOW)).toBe('stale')
    expect(await store.create('k', live(), NOW)).toBe(false)
    expect(await store.replace('k', live({ version: 3, grave: true }), 2, NOW)).toBe('done')
    expect(await store.replace('k', live({ version: 4 }), 3, NOW)).toBe('gone')
  })

  describe('an index and its rows are two writes', () => {
    test('a crash between listing and writing a row leaves no row, and a list without it', async () => {
      const crashing = redisStore(
        through(client, ([, , , key], go) => (key === 'sojourn:s:k' ? Promise.reject(new Error('crash')) : go())),
      )
      await expect(crashing.create('k', live({ ownerId: 'ada' }), NOW)).rejects.toMatchObject({ code: 'STORE_FAILED' })
      expect(await client.zcard(INDEX)).toBe(1)
      const store = redisStore(client)
      expect(await keysOf(store, 'ada')).toEqual([])
      expect(await store.create('k', live({ ownerId: 'ada' }), NOW)).toBe(true)
      expect(await keysOf(store, 'ada')).toEqual(['k'])
    })
    test('a crash between a grave and its leaving the index is cleaned up by the next listing', async () => {
      const crashing = redisStore(
        through(client, ([command], go) => (command === 'zrem' ? Promise.reject(new Error('crash')) : go())),
      )
      await crashing.create('buried', live({ ownerId: 'ada' }), NOW)
      await crashing.create('replaced', live({ ownerId: 'ada' }), NOW)
      await crashing.create('given away', live({ ownerId: 'ada' }), NOW)
      await crashing.bury('buried', 'over', ENDS, NOW)
      await crashing.replace('replaced', live({ version: 2, grave: true }), 1, NOW)
      await crashing.replace('given away', live({ version: 2 }), 1, NOW)
      expect(await client.zcard(INDEX)).toBe(3)
      expect(await keysOf(redisStore(client), 'ada')).toEqual([])
      expect(await client.zcard(INDEX)).toBe(0)
    })
    test.each(['a create over nothing', 'a create over an ended grave', 'a change of owner', 'an extension'] as const)(
      'a listing in the middle of %s takes nothing from it',
      async (what) => {
        const store = redisStore(client)
        // Before every step of the call somebody lists.
        const slow = redisStore(
          through(client, async (_, go) => {
            await keysOf(store, 'ada')
            return go()
          }),
        )
        if (what === 'a create over an ended grave') await store.bury('k', 'over', NOW + 1, NOW)
        if (what === 'a change of owner') await store.create('k', live({ ownerId: 'bob' }), NOW)
        if (what === 'an extension') await store.create('k', live({ ownerId: 'ada' }), NOW)
        const later = live({ ownerId: 'ada', version: 2, expiresAt: ENDS + 5 * DAY })
        const calls = {
          'a create over nothing': () => slow.create('k', later, NOW + 1),
          'a create over an ended grave': () => slow.create('k', later, NOW + 1),
          'a change of owner': () => slow.replace('k', later, 1, NOW),
          'an extension': () => slow.extend('k', later.expiresAt, NOW),
        }
        expect(await calls[what]()).toBe(what === 'a change of owner' ? 'done' : true)
        expect(await keysOf(store, 'ada')).toEqual(['k'])
      },
    )
    test('a late removal of an owner’s former entry does not take the same entry, come back', async () => {
      const gate = createGates()('zrem')
      const slow = redisStore(
        through(client, async ([command], go) => {
          if (command === 'zrem') await gate.pass()
          return go()
        }),
      )
      const store = redisStore(client)
      await store.create('k', live({ ownerId: 'ada' }), NOW)
      await slow.replace('k', live({ ownerId: 'bob', version: 2 }), 1, NOW)
      await store.replace('k', live({ ownerId: 'ada', version: 3 }), 2, NOW)
      gate.open()
      await slow.find('k')
      expect(await keysOf(store, 'ada')).toEqual(['k'])
    })
    test('members whose rows are over go with the next login', async () => {
      const store = redisStore(client)
      for (let n = 0; n < 5; n++) await store.create(`left ${n}`, live({ ownerId: 'ada' }), NOW)
      await store.create('back', live({ ownerId: 'ada', expiresAt: NOW + 3 * DAY }), NOW + 2 * DAY)
      expect(await client.zcard(INDEX)).toBe(1)
    })
  })

  test('sessions spread over all masters of a cluster', async () => {
    const cluster = await startRedisCluster()
    const connection = await ioredisCluster(cluster.nodes.map(({ port }) => port))
    try {
      const store = redisStore(connection.client)
      for (let n = 0; n < 60; n++) await store.create(`session ${n}`, live(), NOW)
      const sizes = await Promise.all((await cluster.masters()).map((master) => master.cli('dbsize')))
      expect(sizes.map(Number).reduce((sum, size) => sum + size, 0)).toBe(60)
      expect(Math.min(...sizes.map(Number))).toBeGreaterThan(5)
    } finally {
      connection.close()
      await cluster.stop()
    }
  })
} else {
  test.todo('what is special to the Redis store: redis-server is not installed here')
}
