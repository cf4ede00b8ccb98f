/**
 * Reads that need not wait.
 *
 * In: a store of this library and what it has in the memory of this process. Out: the way to ask for it, for this very object:
 * what wraps a store, by a spread, a Proxy or a prototype, means every read, and has no such way. Must not know what is kept.
 *
 * @module
 */

/** What `find` would answer; `undefined` where only `find` can tell. Never throws. */
export type FindAtHand<Found> = (key: string) => Found | null | undefined

const known = new WeakMap<object, FindAtHand<unknown>>()

/** Says how to ask `store`, and returns it. */
export function withAtHand<Kept extends object, Found>(store: Kept, findAtHand: FindAtHand<Found>): Kept {
  known.set(store, findAtHand)
  return store
}

/** How to ask a store; `null` where it never has anything at hand. */
export function atHandOf<Found>(store: object): FindAtHand<Found> | null {
  return (known.get(store) as FindAtHand<Found> | undefined) ?? null
}
