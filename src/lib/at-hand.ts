/**
 * What a store need not wait for: its entries are in the memory of this process, or in a database that answers in place.
 *
 * In: a store of this library and what it does at once; a store, to ask. Out: the way to ask, for this very object as it was made:
 * whoever wraps a store, or puts another method on it, means every call, and is never passed by. Must not know what is kept.
 *
 * @module
 */

import type { Held } from './store-rules.ts'

/** Each answers what its namesake's promise would, and throws what that would reject with. `undefined`: only the promise can tell. */
export interface AtHand {
  find(key: string): Held | null | undefined
  /** `null` where its changes always wait. */
  readonly replace:
    | ((key: string, entry: Held, version: number, now: number) => 'done' | 'stale' | 'gone' | undefined)
    | null
}

interface Store {
  find(key: string): unknown
  replace(key: string, entry: Held, version: number, now: number): unknown
}

const known = new WeakMap<object, { readonly own: Store; readonly atHand: AtHand }>()

/** Says what `store` does at once, and returns it. */
export function withAtHand<Kept extends Store>(store: Kept, atHand: AtHand): Kept {
  known.set(store, { own: { find: store.find, replace: store.replace }, atHand })
  return store
}

/** How to ask a store; `null` where it never has anything at hand. */
export function atHandOf(store: Store): AtHand | null {
  const made = known.get(store)
  if (made === undefined) return null
  const { own, atHand } = made
  const { replace } = atHand
  return {
    find: (key) => (store.find === own.find ? atHand.find(key) : undefined),
    replace:
      replace &&
      ((key, entry, version, now) => (store.replace === own.replace ? replace(key, entry, version, now) : undefined)),
  }
}
