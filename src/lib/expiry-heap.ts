/**
 * Keeps things ordered by when they end: the earliest is at hand, every change costs O(log n).
 *
 * In: numbers that stand for things, and what tells when each ends. Out: the one that ends first. Must not know what they
 * stand for, nor what time it is. Each keeps its place for the heap, so that moving or removing it needs no search.
 *
 * @module
 */

/** What a heap needs of its things, which are numbers above 0 that fit 32 bits. */
export interface Ends {
  expiresAt(thing: number): number
  place(thing: number): number
  setPlace(thing: number, place: number): void
}

/** A binary heap by `expiresAt`. */
export interface ExpiryHeap {
  /** The one that ends first; 0 where there is none. */
  earliest(): number
  add(thing: number): void
  remove(thing: number): void
  /** To be called after the end of a thing inside was changed, in either direction. */
  moved(thing: number): void
}

const LEAST = 16

/** An empty heap. */
export function expiryHeap({ expiresAt, place, setPlace }: Ends): ExpiryHeap {
  let things = new Uint32Array(LEAST)
  let size = 0

  function put(thing: number, at: number): void {
    things[at] = thing
    setPlace(thing, at)
  }

  function resize(length: number): void {
    const before = things
    things = new Uint32Array(Math.max(LEAST, Math.ceil(length)))
    things.set(before.subarray(0, size))
  }

  function rise(thing: number): void {
    const end = expiresAt(thing)
    let at = place(thing)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = things[above] as number
      if (expiresAt(parent) <= end) break
      put(parent, at)
      at = above
    }
    put(thing, at)
  }

  function sink(thing: number): void {
    const end = expiresAt(thing)
    let at = place(thing)
    for (;;) {
      const below = earlierOf(2 * at + 1, 2 * at + 2)
      if (below >= size) break
      const child = things[below] as number
      if (expiresAt(child) >= end) break
      put(child, at)
      at = below
    }
    put(thing, at)
  }

  function earlierOf(left: number, right: number): number {
    if (right >= size) return left
    return expiresAt(things[right] as number) < expiresAt(things[left] as number) ? right : left
  }

  return {
    earliest: () => (size === 0 ? 0 : (things[0] as number)),
    add(thing) {
      if (size === things.length) resize(size * 1.25)
      put(thing, size)
      size++
      rise(thing)
    },
    remove(thing) {
      size--
      const last = things[size] as number
      if (last !== thing) {
        put(last, place(thing))
        rise(last)
        sink(last)
      }
      if (size < things.length / 4 && things.length > LEAST) resize(things.length / 2)
    },
    moved(thing) {
      rise(thing)
      sink(thing)
    },
  }
}
