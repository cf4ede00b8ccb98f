import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, StoreError } from '../errors.ts'
import { atHandOf } from '../lib/at-hand.ts'
import { memoryStore } from './memory.ts'
import type { Entry, Store } from './store.ts'

const NOW = 1_000_000
const ENDS = NOW + 60_000

function live(facts: Partial<Entry> = {}): Entry {
  return { value: 'value', version: 1, expiresAt: ENDS, ...facts }
}

async function heldKeys(store: Store, keys: readonly string[]): Promise<string[]> {
  const found = await Promise.all(keys.map(async (key) => ((await store.find(key)) === null ? [] : [key])))
  return found.flat()
}

async function keysOf(listing: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listing) keys.push(key)
  return keys
}

async function create(store: Store, ...entries: [key: string, facts?: Partial<Entry>][]): Promise<void> {
  for (const [key, facts] of entries) expect(await store.create(key, live(facts), NOW)).toBe(true)
}

describe('a full store makes room', () => {
  test('by what has ended first, even where others are idle longer', async () => {
    const store = memoryStore({ maxEntries: 3 })
    await create(store, ['idle'], ['short', { ownerId: 'ada', expiresAt: NOW + 1 }], ['other'])
    expect(await store.create('new', live(), NOW + 1)).toBe(true)
    expect(await heldKeys(store, ['idle', 'short', 'other', 'new'])).toEqual(['idle', 'other', 'new'])
  })

  test('by graves that have ended, before anything live', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await store.bury('grave', '', NOW + 1, NOW)
    await create(store, ['live'])
    expect(await store.create('new', live(), NOW + 1)).toBe(true)
    expect(await heldKeys(store, ['grave', 'live', 'new'])).toEqual(['live', 'new'])
  })

  test('by entries without an owner before owned ones, the longest idle first', async () => {
    const store = memoryStore({ maxEntries: 4 })
    await create(store, ['owned 1', { ownerId: 'ada' }], ['visitor 1'], ['owned 2', { ownerId: 'bob' }], ['visitor 2'])
    const all = ['owned 1', 'visitor 1', 'owned 2', 'visitor 2', 'a', 'b', 'c', 'd']
    const left = []
    for (const key of ['a', 'b', 'c', 'd']) {
      await store.create(key, live({ ownerId: 'eve' }), NOW)
      left.push((await heldKeys(store, all)).join(', '))
    }
    expect(left).toEqual(['owned 1, owned 2, visitor 2, a', 'owned 1, owned 2, a, b', 'owned 2, a, b, c', 'a, b, c, d'])
  })

  test.each([
    ['extend', (store: Store) => store.extend('first', ENDS + 1, NOW)],
    ['an extend that does not lengthen', (store: Store) => store.extend('first', NOW, NOW)],
    ['replace', (store: Store) => store.replace('first', live({ version: 2 }), 1, NOW)],
  ])('and %s counts as not idle, where find does not', async (_, use) => {
    const store = memoryStore({ maxEntries: 2 })
    await create(store, ['first'], ['second'])
    await use(store)
    await store.find('second')
    await create(store, ['third'])
    expect(await heldKeys(store, ['first', 'second', 'third'])).toEqual(['first', 'third'])
  })

  test('and an entry that lost its owner goes with the ownerless ones', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await create(store, ['was owned', { ownerId: 'ada' }], ['visitor'])
    await store.replace('was owned', live({ version: 2 }), 1, NOW)
    await store.replace('visitor', live({ version: 2, ownerId: 'ada' }), 1, NOW)
    await create(store, ['new'])
    expect(await heldKeys(store, ['was owned', 'visitor', 'new'])).toEqual(['visitor', 'new'])
  })

  test('never by a grave that has not ended: with only those left, create fails and they stay', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await create(store, ['a'])
    await store.bury('a', 'successor', ENDS, NOW)
    await store.create('b', live({ grave: true }), NOW)
    const attempt = store.create('c', live(), NOW)
    await expect(attempt).rejects.toBeInstanceOf(StoreError)
    await expect(attempt).rejects.toMatchObject({ code: 'STORE_FULL', details: { maxEntries: 2 } })
    expect(await heldKeys(store, ['a', 'b', 'c'])).toEqual(['a', 'b'])
  })

  test('and pushes nobody out for what would not fit beside the graves in the end', async () => {
    const store = memoryStore({ maxBytes: 2_000 })
    await store.bury('grave', 'x'.repeat(600), ENDS, NOW)
    await create(store, ['live'])
    await expect(store.create('large', live({ value: 'x'.repeat(1_000) }), NOW)).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    await expect(store.replace('live', live({ value: 'x'.repeat(1_000) }), 1, NOW)).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    expect(await store.find('live')).toEqual(live())
  })

  test('for a bury over nothing, too', async () => {
    const store = memoryStore({ maxEntries: 1 })
    await create(store, ['visitor'])
    await store.bury('id', '', ENDS, NOW)
    expect(await heldKeys(store, ['visitor', 'id'])).toEqual(['id'])
    await expect(store.bury('another id', '', ENDS, NOW)).rejects.toMatchObject({ code: 'STORE_FULL' })
  })

  test('by as many as a large entry needs, and never by the one that is replaced', async () => {
    const store = memoryStore({ maxBytes: 3_000 })
    await create(store, ['a'], ['b'], ['c'], ['d', { ownerId: 'ada' }])
    expect(await store.replace('a', live({ value: 'x'.repeat(2_300), version: 2 }), 1, NOW)).toBe('done')
    expect(await heldKeys(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'd'])
  })
})

test.each([
  ['value', { value: 'x'.repeat(2_000) }],
  ['value outside ASCII, at two bytes a character', { value: 'é'.repeat(1_000) }],
  ['owner', { ownerId: 'x'.repeat(2_000) }],
])(
  'an entry whose %s alone is larger than the store is refused, and nothing is pushed out for it',
  async (_, facts) => {
    const store = memoryStore({ maxBytes: 2_000 })
    await create(store, ['a'])
    for (const attempt of [store.create('b', live(facts), NOW), store.replace('a', live(facts), 1, NOW)]) {
      await expect(attempt).rejects.toBeInstanceOf(StoreError)
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_VALUE_TOO_LARGE', details: { maxBytes: 2_000 } })
    }
    expect(await store.find('a')).toEqual(live())
  },
)

test('what leaves gives its bytes back: a store that is used for long holds as much as a new one', async () => {
  const store = memoryStore({ maxBytes: 10_000 })
  for (let round = 0; round < 200; round++) {
    await store.create(`grave ${round}`, live({ value: 'x'.repeat(700), grave: true }), NOW + round * 60_001)
    await store.bury(`grave ${round}`, 'y'.repeat(50), NOW + round * 60_001 + 9, NOW + round * 60_001)
    await store.create(`live ${round}`, live({ value: 'é'.repeat(100) }), NOW + round * 60_001)
    await store.sweep(NOW + round * 60_001)
  }
  const later = NOW + 200 * 60_001 + ENDS
  await store.sweep(later)
  expect(await store.create('one large entry', live({ value: 'x'.repeat(9_700), expiresAt: later * 2 }), later)).toBe(
    true,
  )
})

test('in whatever order things are written, extended and ended, those that ended go first', async () => {
  const ends = fc.array(
    fc.record({ end: fc.integer({ min: 1, max: 50 }), extended: fc.integer({ min: 0, max: 50 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  await fc.assert(
    fc.asyncProperty(ends, fc.integer({ min: 1, max: 50 }), async (entries, now) => {
      const store = memoryStore({ maxEntries: entries.length })
      for (const [n, { end, extended }] of entries.entries()) {
        await store.create(`${n}`, live({ expiresAt: end }), 0)
        await store.extend(`${n}`, extended, 0)
      }
      const over = entries.filter(({ end, extended }) => Math.max(end, extended) <= now).length
      for (let n = 0; n < over; n++) await store.create(`new ${n}`, live(), now)
      const kept = await heldKeys(store, [...entries.keys()].map(String))
      expect(kept.length).toBe(entries.length - over)
      for (const key of kept) expect((await store.find(key))?.expiresAt).toBeGreaterThan(now)
    }),
  )
})

describe('epochs', () => {
  const long = (name: string) => name.padEnd(800, '.')

  test('stay where everything else is pushed out for them', async () => {
    const store = memoryStore({ maxBytes: 3_000 })
    await create(store, ['visitor'], ['owned', { ownerId: 'ada' }])
    for (const owner of ['ada', 'bob', 'eve']) await store.raiseEpoch(long(owner), NOW)
    expect(await heldKeys(store, ['visitor', 'owned'])).toEqual([])
    expect(await Promise.all(['ada', 'bob', 'eve'].map((owner) => store.epochOf(long(owner))))).toEqual([NOW, NOW, NOW])
  })

  test('and with only epochs and graves left, nothing new fits, and none of them is lost', async () => {
    const store = memoryStore({ maxBytes: 2_300 })
    await store.bury('grave', '', ENDS, NOW)
    for (const owner of ['ada', 'bob']) await store.raiseEpoch(long(owner), NOW)
    const full = { code: 'STORE_FULL' }
    await expect(store.create('key', live(), NOW)).rejects.toMatchObject(full)
    await expect(store.bury('key', '', ENDS, NOW)).rejects.toMatchObject(full)
    await expect(store.raiseEpoch(long('eve'), NOW)).rejects.toMatchObject(full)
    expect(await store.raiseEpoch(long('ada'), NOW)).toBe(NOW + 1)
    expect([await store.epochOf(long('bob')), await store.epochOf(long('eve'))]).toEqual([NOW, 0])
    expect((await store.find('grave'))?.grave).toBe(true)
  })

  test('take no entry’s place', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await create(store, ['a'], ['b'])
    for (const owner of ['ada', 'bob', 'eve']) await store.raiseEpoch(owner, NOW)
    expect(await heldKeys(store, ['a', 'b'])).toEqual(['a', 'b'])
  })
})

describe('an owner is not listed with', () => {
  const leaving: [string, (store: ReturnType<typeof memoryStore>) => Promise<unknown>][] = [
    ['what was pushed out', (store) => create(store, ['new', { ownerId: 'bob' }])],
    ['what was swept', (store) => store.sweep(ENDS + 60_001)],
    ['what gave its key to another', (store) => store.create('one', live({ expiresAt: ENDS * 2 }), ENDS)],
  ]

  test.each(leaving)('%s', async (_, leave) => {
    const store = memoryStore({ maxEntries: 2 })
    await create(store, ['one', { ownerId: 'ada' }], ['two', { ownerId: 'ada', expiresAt: ENDS * 2 }])
    await leave(store)
    expect(await keysOf(store.listByOwner('ada'))).toEqual(['two'])
  })
})

test('a walk goes by the keys, so it goes on even after a key that has left meanwhile', async () => {
  const store = memoryStore()
  await create(store, ['b'], ['d'], ['a', { expiresAt: NOW + 1 }], ['c', { expiresAt: NOW + 1 }])
  expect(await keysOf(store.entries())).toEqual(['a', 'b', 'c', 'd'])
  await store.sweep(NOW + 60_002)
  expect(await keysOf(store.entries('a'))).toEqual(['b', 'd'])
  expect(await keysOf(store.entries('c'))).toEqual(['d'])
})

test('sweep returns how many it took', async () => {
  const store = memoryStore()
  await create(store, ['a', { expiresAt: NOW + 1 }], ['b', { expiresAt: NOW + 2 }], ['c'])
  expect(await store.sweep(NOW + 60_002)).toBe(1)
  expect(await store.sweep(NOW + 60_003)).toBe(1)
  expect(await heldKeys(store, ['a', 'b', 'c'])).toEqual(['c'])
})

test('it is for development only, unless somebody says otherwise in so many words', () => {
  expect(memoryStore().developmentOnly).toBe(true)
  expect(memoryStore({ unsafeAllowInProduction: true }).developmentOnly).toBe(false)
})

test.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])('a limit of %d is refused at once', (limit) => {
  for (const option of ['maxEntries', 'maxBytes']) {
    expect(() => memoryStore({ [option]: limit })).toThrow(ConfigError)
    expect(() => memoryStore({ [option]: limit })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: { option } }),
    )
  }
})

test('a store that wraps it with a read of its own sees every read, however it wraps it', () => {
  const store = memoryStore()
  const find = async () => null
  const wraps = [
    { ...store, find },
    Object.assign(Object.create(store), { find }),
    new Proxy(store, { get: () => find }),
  ]
  expect(atHandOf(store)?.find('a')).toBeNull()
  expect(wraps.map((wrap) => atHandOf(wrap))).toEqual([null, null, null])
})

test('another method that is put on it sees every call, too', () => {
  const store = memoryStore()
  const atHand = atHandOf(store)
  store.find = () => Promise.reject(new Error('no route to the store'))
  store.replace = () => Promise.reject(new Error('no route to the store'))
  expect(atHand?.find('a')).toBeUndefined()
  expect(atHand?.replace?.('a', { value: '', version: 2, expiresAt: 2 }, 1, 1)).toBeUndefined()
})
