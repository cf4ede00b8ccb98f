import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { failingStore } from '../testing/stores.ts'
import { cached } from './cached.ts'
import { memoryStore } from './memory.ts'
import { migrating } from './migrating.ts'
import type { Entry } from './store.ts'

const NOW = Date.UTC(2026, 0, 1)
const ENTRY: Entry = { value: 'first', version: 4, expiresAt: NOW + 60_000, ownerId: 'ada' }

/** The two deploys, on the same two stores. */
function world() {
  const [from, to] = [memoryStore(), memoryStore()]
  return { from, to, first: migrating(from, to, { move: false }), second: migrating(from, to, { move: true }) }
}

async function keysOf(entries: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of entries) keys.push(key)
  return keys
}

describe('the first deploy', () => {
  test('leaves everything where processes that know only the old store find it', async () => {
    const { from, to, first } = world()
    await first.create('key', ENTRY, NOW)
    await first.replace('key', { ...ENTRY, value: 'second', version: 5 }, 4, NOW)
    await first.extend('key', NOW + 90_000, NOW)
    expect(await from.find('key')).toEqual({ ...ENTRY, value: 'second', version: 5, expiresAt: NOW + 90_000 })
    await first.bury('key', 'successor', NOW + 60_000, NOW)
    expect((await from.find('key'))?.grave).toBe(true)
    expect(await keysOf(to.entries())).toEqual([])
  })

  test('raises an epoch for processes that know only the old store too', async () => {
    const { from, to, first } = world()
    await from.raiseEpoch('ada', NOW + 5)
    expect(await first.raiseEpoch('ada', NOW)).toBe(NOW + 6)
    expect([await from.epochOf('ada'), await to.epochOf('ada'), await first.epochOf('ada')]).toEqual([
      NOW + 6,
      NOW + 6,
      NOW + 6,
    ])
  })
})

describe('the second deploy', () => {
  test.each([
    ['replace', { value: 'second', version: 5, expiresAt: NOW + 60_000, ownerId: 'ada' }],
    ['extend', { value: 'first', version: 4, expiresAt: NOW + 90_000, ownerId: 'ada' }],
  ])('brings an entry over with a %s, and it is as if the new store had always had it', async (call, expected) => {
    const { from, to, first, second } = world()
    await from.create('key', ENTRY, NOW)
    expect(await second.find('key')).toEqual(ENTRY)
    expect(await to.find('key')).toBeNull()
    if (call === 'replace') expect(await second.replace('key', expected, 4, NOW)).toBe('done')
    else expect(await second.extend('key', NOW + 90_000, NOW)).toBe(true)
    expect(await to.find('key')).toEqual(expected)
    for (const store of [first, second]) expect(await store.find('key')).toEqual(expected)
    expect(await keysOf(to.listByOwner('ada'))).toEqual(['key'])
  })

  test('creates in the new store, and processes of the first deploy go on with it there', async () => {
    const { from, to, first, second } = world()
    expect(await second.create('key', ENTRY, NOW)).toBe(true)
    expect(await first.create('key', ENTRY, NOW)).toBe(false)
    expect(await first.replace('key', { ...ENTRY, version: 5 }, 4, NOW)).toBe('done')
    expect((await to.find('key'))?.version).toBe(5)
    expect((await from.find('key'))?.grave).toBe(true)
  })

  test('puts a grave over nothing where it stays when the old store is gone', async () => {
    const { to, second } = world()
    await second.bury('key', 'successor', NOW + 60_000, NOW)
    expect(await to.find('key')).toEqual({ value: 'successor', version: 1, expiresAt: NOW + 60_000, grave: true })
    await second.bury('key', 'other', NOW + 90_000, NOW)
    expect(await to.find('key')).toEqual({ value: 'successor', version: 1, expiresAt: NOW + 90_000, grave: true })
  })

  test('gives the new store the epochs it does not have yet', async () => {
    const { from, to, second } = world()
    await from.raiseEpoch('ada', NOW)
    expect(await second.epochOf('ada')).toBe(NOW)
    expect(await to.epochOf('ada')).toBe(NOW)
    expect(await second.raiseEpoch('ada', NOW)).toBe(NOW + 1)
  })
})

test('an owner and a walk name each key once, wherever it is, and nothing that only stands for an entry', async () => {
  const { from, to, first, second } = world()
  for (const key of ['a', 'b', 'c', 'd']) await first.create(key, ENTRY, NOW)
  await second.extend('b', NOW + 90_000, NOW)
  await second.create('e', ENTRY, NOW)
  await second.bury('c', '', NOW + 60_000, NOW)
  // A mover that died on its way.
  const dying = failingStore(from)
  dying.fail('replace')
  await expect(migrating(dying, to, { move: true }).extend('d', NOW + 90_000, NOW)).rejects.toThrow()
  expect((await keysOf(first.listByOwner('ada'))).toSorted()).toEqual(['a', 'b', 'd', 'e'])
  for (const store of [first, second]) {
    expect((await keysOf(store.entries())).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
    for await (const { key, entry } of store.entries()) expect(entry).toEqual(await store.find(key))
  }
  // What was made in the new store alone, after the third deploy, is met as well.
  await to.create('f', ENTRY, NOW)
  const keys = await keysOf(first.entries())
  expect(keys.at(-1)).toBe('f')
  expect(await keysOf(first.entries(keys.at(-2)))).toEqual(['f'])
  expect(await keysOf(first.entries('f'))).toEqual([])
})

test('what an owner has is listed also where it moves during the listing', async () => {
  const { from, to, second } = world()
  const keys = ['a', 'b', 'c', 'd', 'e']
  for (const key of keys) await from.create(key, ENTRY, NOW)
  const met: string[] = []
  for await (const { key } of migrating(from, to, { move: false }).listByOwner('ada')) {
    met.push(key)
    if (met.length === 1) for (const each of keys) await second.extend(each, NOW + 90_000, NOW)
  }
  expect(met.toSorted()).toEqual(keys)
})

test('an entry whose value looks like one on its way is an entry', async () => {
  const { first, second } = world()
  for (const [n, value] of [
    'sojourn-draft:1:1:1:x',
    'sojourn-draft:4:4:4:',
    'sojourn-moved:1',
    'sojourn-opened',
  ].entries()) {
    const key = `key ${n}`
    await first.create(key, { ...ENTRY, value, version: 5 }, NOW)
    await second.extend(key, NOW + 90_000, NOW)
    for (const store of [first, second]) expect((await store.find(key))?.value).toBe(value)
  }
})

test('a near cache inside is read past: a copy could show an entry in neither store', async () => {
  const { from, to } = world()
  await from.create('key', ENTRY, NOW)
  const store = migrating(cached(from, { clock: () => NOW }), to, { move: false })
  await store.find('key')
  await migrating(from, to, { move: true }).extend('key', NOW + 90_000, NOW)
  expect(await store.find('key')).toEqual({ ...ENTRY, expiresAt: NOW + 90_000 })
})

test('it has the powers both stores have, and sweeps what can be swept', async () => {
  const { listByOwner: _l, entries: _e, ...bare } = memoryStore({ unsafeAllowInProduction: true })
  const { sweep: _s, ...full } = memoryStore({ unsafeAllowInProduction: true })
  const store = migrating(bare, full, { move: true })
  expect(['listByOwner' in store, 'raiseEpoch' in store, 'entries' in store]).toEqual([false, false, false])
  await bare.create('key', { ...ENTRY, expiresAt: NOW + 1 }, NOW)
  expect(await store.sweep(NOW + 60_002)).toBe(1)
  expect(store.developmentOnly).toBe(false)
  expect(world().first.developmentOnly).toBe(true)
  const { from, first, second } = world()
  await from.create('key', { ...ENTRY, expiresAt: NOW + 1 }, NOW)
  await second.create('other', { ...ENTRY, expiresAt: NOW + 1 }, NOW)
  expect(await first.sweep(NOW + 60_002)).toBe(2)
})

test.each([
  ['one store twice', (store: never) => migrating(store, store, { move: true })],
  ['no store', (store: never) => migrating(undefined as never, store, { move: true })],
  ['half a store', (store: never) => migrating(store, { find: async () => null } as never, { move: true })],
  ['no word on moving', (store: never) => migrating(store, memoryStore(), {} as never)],
])('%s is refused at once', (_, make) => {
  const refused = () => make(memoryStore() as never)
  expect(refused).toThrow(ConfigError)
  expect(refused).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
