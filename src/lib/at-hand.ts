/**
 * Reads that need not wait: an entry that is in the memory of this process anyway.
 *
 * In: a store of this library and the way to ask it; a store, to ask. Out: the way to ask, for this very object as it was made:
 * whoever wraps a store, or puts another `find` on it, means every read, and is never passed by. Must not know what is kept.
 *
 * @module
 */

/** What `find` would answer; `undefined` where only `find` can tell. Never throws. */
export type FindAtHand<Found> = (key: string) => Found | null | undefined

interface Finds {
  find(key: string): unknown
}

const known = new WeakMap<object, { readonly find: Finds['find']; readonly findAtHand: FindAtHand<unknown> }>()

/** Says how to ask `store`, and returns it. */
export function withAtHand<Kept extends Finds>(store: Kept, findAtHand: FindAtHand<unknown>): Kept {
  known.set(store, { find: store.find, findAtHand })
  return store
}

/** How to ask a store; `null` where it never has anything at hand. */
export function atHandOf<Found>(store: Finds): FindAtHand<Found> | null {
  const own = known.get(store)
  if (own === undefined) return null
  const findAtHand = own.findAtHand as FindAtHand<Found>
  return (key) => (store.find === own.find ? findAtHand(key) : undefined)
}
