/**
 * Reads that need not wait: an entry that is in the memory of this process anyway.
 *
 * In: a store that has such entries; a store, to ask. Out: the way to ask. It belongs to the store's own `find` and to no
 * other: whoever wraps a store, or puts another `find` on it, means every read, and is never passed by. Must not know what is
 * kept.
 *
 * @module
 */

/** What `find` would answer; `undefined` where only `find` can tell. */
export type FindAtHandOf<Found> = (key: string) => Found | null | undefined

interface Finds {
  readonly find: (key: string) => unknown
}

const atHand = new WeakMap<Finds['find'], FindAtHandOf<unknown>>()

/** Says how to ask a store without waiting. */
export function withAtHand<Kept extends Finds>(store: Kept, findAtHand: FindAtHandOf<unknown>): Kept {
  atHand.set(store.find, findAtHand)
  return store
}

/** How to ask a store, or `null` where that always has to wait. */
export function atHandOf<Found>(store: Finds): FindAtHandOf<Found> | null {
  const { find } = store
  const findAtHand = atHand.get(find) as FindAtHandOf<Found> | undefined
  if (findAtHand === undefined) return null
  return (key) => (store.find === find ? findAtHand(key) : undefined)
}
