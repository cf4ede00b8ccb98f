/**
 * The contract of a walk over everything as cases.
 *
 * In: a store that is up; others may have entries in it. Out: nothing, or an AssertionError that says what was expected
 * and what was found. Must not know a test runner.
 *
 * @module
 */
import { ODD_TEXTS } from '../lib/odd-texts.ts'
import { same } from '../lib/same.ts'
import type { Entry, Enumerable, Store } from '../store/store.ts'
import { ENDS, fields, live, MINUTE, NOW, ofPower, type StoreCase } from './store-case.ts'

/** The sentences about `Enumerable`. Each `key` begins all keys of a case. */
export const enumerableContract: readonly StoreCase[] = [
  of('a walk comes by every entry once: live, ended, owned, and graves', async (store, key) => {
    const held: Readonly<Record<string, Entry>> = {
      [`${key}1`]: live({ version: 2 }),
      [`${key}2`]: live({ ownerId: 'ada' }),
      [`${key}3`]: live({ expiresAt: NOW + 1 }),
      [`${key}4`]: live({ value: 'successor', grave: true }),
      [`${key}5`]: live({ expiresAt: NOW + 1, grave: true }),
    }
    for (const [each, entry] of Object.entries(held)) await store.create(each, entry, NOW)
    const met = await walk(store, key)
    same('keys', met.map((one) => one.key).toSorted(), Object.keys(held))
    for (const one of met)
      same(`entry of ${one.key.slice(key.length)}`, fields(one.entry), fields(held[one.key] ?? null))
  }),
  of('a walk gives keys as they are, whatever they are', async (store, key) => {
    const keys = [...ODD_TEXTS, 'k'.repeat(10_240)].map((text) => key + text)
    for (const each of keys) await store.create(each, live(), NOW)
    same('keys', (await walk(store, key)).map((one) => one.key).toSorted(), keys.toSorted())
  }),
  of(
    'a walk that was broken off goes on after the last key seen, with nothing left out or told twice',
    async (store, key) => {
      for (const text of ['', ...ODD_TEXTS.slice(0, 6)]) await store.create(`${key}/${text}`, live(), NOW)
      const keys = (await walk(store, key)).map((one) => one.key)
      for (const [n, after] of keys.entries()) {
        const rest = (await walk(store, key, after)).map((one) => one.key)
        same(`keys after ${n + 1} of ${keys.length}`, rest, keys.slice(n + 1))
      }
    },
  ),
  of('what is there all the while is met once, whatever is written during the walk', async (store, key) => {
    const keys = [...Array(250).keys()].map((n) => `${key}${n}`)
    await Promise.all(keys.map((each) => store.create(each, live(), NOW)))
    const met: string[] = []
    for await (const { key: each } of store.entries()) {
      if (!each.startsWith(key)) continue
      met.push(each)
      if (met.length % 200 === 1) await Promise.all(keys.map((one, n) => store.extend(one, ENDS + met.length + n, NOW)))
      if (met.length % 100 === 2) await store.bury(each, '', ENDS + MINUTE, NOW)
    }
    same('keys', met.toSorted(), keys.toSorted())
  }),
]

function of(name: string, run: (store: Store & Enumerable, key: string) => Promise<void>): StoreCase {
  return ofPower('enumerable', name, run)
}

async function walk(store: Enumerable, prefix: string, after?: string): Promise<{ key: string; entry: Entry }[]> {
  const met: { key: string; entry: Entry }[] = []
  for await (const one of store.entries(after)) if (one.key.startsWith(prefix)) met.push(one)
  return met
}
