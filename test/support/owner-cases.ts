/**
 * What an owner index and a listing owe their callers, as cases for any store that has both.
 *
 * In: a store that others may use too: every case makes owners and keys of its own. Out: nothing, or a failed assertion.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Entry, Enumerable, OwnerIndex, Store } from '../../src/store/store.ts'

export type ListingStore = Store & OwnerIndex & Enumerable

export interface OwnerCase {
  readonly name: string
  run(store: ListingStore): Promise<void>
}

const NOW = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const ENDS = NOW + HOUR

const ODD = [
  '',
  'a',
  'A',
  'a:b',
  'a\0',
  'a\0b',
  '{a}',
  '{a}:b',
  'a\n',
  "a'",
  'a"',
  '@a',
  'a%20',
  'a b',
  'a*',
  '\u0001a',
]
const ODDER = [
  '__proto__',
  'é',
  'e\u0301',
  '\ud83e',
  '\udd8a',
  '\ufffd',
  '🦊',
  'o'.repeat(10_240),
  `${'o'.repeat(10_239)}p`,
]

export const ownerCases: readonly OwnerCase[] = [
  of('an owner has what was created for it, whatever its id, and nothing of another', async (store, me) => {
    const owners = [...ODD, ...ODDER].map((odd) => odd + me)
    for (const [n, ownerId] of owners.entries()) {
      await store.create(`${me}${n}`, live({ ownerId, value: String(n) }), NOW)
    }
    for (const [n, ownerId] of owners.entries()) {
      expect(await listed(store, ownerId)).toEqual([{ key: `${me}${n}`, entry: live({ ownerId, value: String(n) }) }])
    }
  }),
  of('an owner may have many, under any keys', async (store, ownerId) => {
    const keys = [...ODD, ...ODDER, ...Array.from({ length: 100 }, (_, n) => `key ${n}`)].map((odd) => ownerId + odd)
    for (const key of keys) await store.create(key, live({ ownerId }), NOW)
    expect((await listed(store, ownerId)).map(({ key }) => key).sort()).toEqual([...keys].sort())
  }),
  of('nobody who was never seen has anything', async (store, ownerId) => {
    expect(await listed(store, ownerId)).toEqual([])
    expect(await store.epochOf(ownerId)).toBe(0)
  }),
  of('what is buried leaves the list', async (store, ownerId) => {
    await store.create(`${ownerId}1`, live({ ownerId }), NOW)
    await store.create(`${ownerId}2`, live({ ownerId }), NOW)
    await store.bury(`${ownerId}1`, 'over', ENDS, NOW)
    expect((await listed(store, ownerId)).map(({ key }) => key)).toEqual([`${ownerId}2`])
  }),
  of(
    'what is replaced by a grave leaves the list, whether the grave names the owner or not',
    async (store, ownerId) => {
      for (const grave of [{ ownerId }, {}]) {
        const key = ownerId + JSON.stringify(grave)
        await store.create(key, live({ ownerId }), NOW)
        expect(await store.replace(key, live({ ...grave, version: 2, grave: true }), 1, NOW)).toBe('done')
      }
      expect(await listed(store, ownerId)).toEqual([])
    },
  ),
  of('a created grave is in no list', async (store, ownerId) => {
    await store.create(ownerId, live({ ownerId, grave: true }), NOW)
    expect(await listed(store, ownerId)).toEqual([])
  }),
  of('an entry that changes its owner changes the list, there and back', async (store, me) => {
    const [ada, bob] = [`${me}ada`, `${me}bob`]
    await store.create(me, live(), NOW)
    const owners = [ada, bob, undefined, ada, ada]
    for (const [n, ownerId] of owners.entries()) {
      const entry = live({ ownerId, version: n + 2 })
      expect(await store.replace(me, entry, n + 1, NOW)).toBe('done')
      for (const other of [ada, bob]) {
        expect(await listed(store, other)).toEqual(other === ownerId ? [{ key: me, entry }] : [])
      }
    }
  }),
  of('an entry stays in the list however often it is extended and replaced', async (store, ownerId) => {
    await store.create(ownerId, live({ ownerId }), NOW)
    let entry = live({ ownerId })
    for (let day = 1; day <= 5; day++) {
      const now = entry.expiresAt - 1
      expect(await store.extend(ownerId, now + 24 * HOUR, now)).toBe(true)
      entry = live({ ownerId, version: entry.version + 1, expiresAt: now + 30 * HOUR })
      expect(await store.replace(ownerId, entry, entry.version - 1, now)).toBe('done')
      expect(await listed(store, ownerId)).toEqual([{ key: ownerId, entry }])
    }
  }),
  of('a key that is taken again belongs to its new owner only', async (store, me) => {
    await store.create(me, live({ ownerId: `${me}ada`, expiresAt: NOW + 1 }), NOW)
    const entry = live({ ownerId: `${me}bob` })
    expect(await store.create(me, entry, NOW + 1)).toBe(true)
    expect(await listed(store, `${me}ada`)).toEqual([])
    expect(await listed(store, `${me}bob`)).toEqual([{ key: me, entry }])
  }),
  of('an epoch is the later of the last one and one more, and now', async (store, ownerId) => {
    expect(await store.raiseEpoch(ownerId, 5)).toBe(5)
    expect(await store.raiseEpoch(ownerId, 5)).toBe(6)
    expect(await store.raiseEpoch(ownerId, 3)).toBe(7)
    expect(await store.raiseEpoch(ownerId, NOW)).toBe(NOW)
    expect(await store.epochOf(ownerId)).toBe(NOW)
    expect(await store.epochOf(`${ownerId}2`)).toBe(0)
  }),
  of('no two who raise an epoch get the same', async (store, ownerId) => {
    const epochs = await Promise.all(Array.from({ length: 20 }, () => store.raiseEpoch(ownerId, NOW)))
    expect([...epochs].sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, n) => NOW + n))
  }),
  of('a walk meets every entry once, graves and ended ones too, and goes on where it broke off', async (store, me) => {
    const keys = [...ODD, ...ODDER].map((odd) => `${me}${odd}`)
    for (const [n, key] of keys.entries()) {
      await store.create(key, live({ expiresAt: NOW + 1 + n, ...(n % 2 === 0 ? { grave: true } : {}) }), NOW)
    }
    const whole = await collect(store.entries())
    const mine = whole.filter(({ key }) => key.startsWith(me))
    expect(mine.map(({ key }) => key).sort()).toEqual([...keys].sort())
    for (const { key, entry } of mine) expect(entry).toEqual(await store.find(key))

    const places = whole.flatMap(({ key }, n) => (key.startsWith(me) ? [n] : []))
    for (const place of places.slice(0, 5)) {
      const rest = await collect(store.entries(whole[place]?.key))
      expect(rest.map(({ key }) => key)).toEqual(whole.slice(place + 1).map(({ key }) => key))
    }
  }),
]

function of(name: string, run: (store: ListingStore, unique: string) => Promise<void>): OwnerCase {
  return { name, run: (store) => run(store, randomUUID()) }
}

function live(facts: Partial<Entry> = {}): Entry {
  const { ownerId, ...rest } = facts
  return { value: 'v', version: 1, expiresAt: ENDS, ...rest, ...(ownerId === undefined ? {} : { ownerId }) }
}

function listed(store: OwnerIndex, ownerId: string) {
  return collect(store.listByOwner(ownerId))
}

async function collect<Thing>(things: AsyncIterable<Thing>): Promise<Thing[]> {
  const collected: Thing[] = []
  for await (const thing of things) collected.push(thing)
  return collected
}
