/**
 * What the cases of the store contract are made of.
 *
 * In: a sentence, and what proves it. Out: a case, with a key of its own, for stores that have the power it is about.
 * Must not know the sentences.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { same, shown } from '../lib/same.ts'
import type { Entry, Enumerable, OwnerIndex, Store, Sweepable } from '../store/store.ts'

interface Powers {
  readonly sweepable: Sweepable
  readonly 'owner-index': OwnerIndex
  readonly enumerable: Enumerable
}

/** What a store may have beside `Store`. */
export type Power = keyof Powers

/** One sentence of the contract. */
export interface StoreCase {
  readonly name: string
  /** The optional power it is about. It passes where the store has no such power. */
  readonly needs?: Power
  run(store: Store): Promise<void>
}

const METHODS: Readonly<Record<Power, readonly string[]>> = {
  sweepable: ['sweep'],
  'owner-index': ['listByOwner', 'epochOf', 'raiseEpoch'],
  enumerable: ['entries'],
}

export const NOW = Date.UTC(2026, 0, 1)
export const MINUTE = 60_000
export const ENDS = NOW + 30 * MINUTE

export function freshKey(): string {
  return randomBytes(32).toString('base64url')
}

/** A live entry, but for these facts. */
export function live(facts: Partial<Entry> = {}): Entry {
  return { value: '{"theme":"dark"}', version: 1, expiresAt: ENDS, ...facts }
}

/** A grave, but for these facts. */
export function grave(facts: Partial<Entry>): Entry {
  return { ...live(facts), grave: true }
}

/** A case for every store. */
export function of(name: string, run: (store: Store, key: string) => Promise<void>): StoreCase {
  return { name, run: (store) => run(store, freshKey()) }
}

/** A case for stores that have a power. */
export function ofPower<P extends Power>(
  needs: P,
  name: string,
  run: (store: Store & Powers[P], key: string) => Promise<void>,
): StoreCase {
  return { name, needs, run: async (store) => (hasPower(store, needs) ? run(store, freshKey()) : undefined) }
}

export function hasPower<P extends Power>(store: Store, power: P): store is Store & Powers[P] {
  return METHODS[power].every((method) => typeof Reflect.get(store, method) === 'function')
}

/** @throws AssertionError where the store holds anything else under the key. */
export async function found(store: Store, key: string, expected: Entry | null): Promise<void> {
  same(`find of ${shown(key)}`, fields(await store.find(key)), fields(expected))
}

/** What else a store may hang on an entry is its own business; these five are the contract. */
export function fields(entry: Entry | null): unknown {
  if (entry === null) return null
  return [entry.value, entry.version, entry.expiresAt, entry.ownerId, entry.grave]
}

/** Adds one to the number that the entry's value is, by find and replace, until no other writer is in the way. */
export async function increment(store: Store, key: string): Promise<'done' | 'gone'> {
  for (;;) {
    const entry = await store.find(key)
    if (entry === null || entry.grave) return 'gone'
    const next = { ...entry, value: String(Number(entry.value) + 1), version: entry.version + 1 }
    const answer = await store.replace(key, next, entry.version, NOW)
    if (answer !== 'stale') return answer
  }
}
