/**
 * Reads that need not wait.
 *
 * In: a store. Out: the way to ask it for what it has at hand, put on it or found on it. Must not know what is kept.
 *
 * @module
 */

/** As `findAtHand` of store/store.ts, which this room may not import. */
export type FindAtHandOf<Found> = (key: string) => Found | null | undefined

const NAME = 'findAtHand'

/** Puts `findAtHand` on a store. Not enumerable: `{ ...store, find }` must not keep a read that passes its own `find` by. */
export function withAtHand<Kept extends object, Found>(
  store: Kept,
  findAtHand: FindAtHandOf<Found>,
): Kept & { findAtHand: FindAtHandOf<Found> } {
  return Object.defineProperty(store, NAME, { value: findAtHand }) as Kept & { findAtHand: FindAtHandOf<Found> }
}

/** A store's `findAtHand`, or `null` where it has none. */
export function atHandOf<Found>(store: object): FindAtHandOf<Found> | null {
  const found: unknown = Reflect.get(store, NAME)
  if (typeof found !== 'function') return null
  return (key) => {
    try {
      return Reflect.apply(found, store, [key])
    } catch {
      // `find` will say what is wrong.
      return undefined
    }
  }
}
