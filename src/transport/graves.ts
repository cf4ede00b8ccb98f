/**
 * Graves: what is left of an ended session for a while, so that nothing can come back in its place.
 *
 * In: a store, keys. Out: graves over keys. Must not know: what was kept there.
 *
 * @module
 */

import type { Entry, Store } from '../store/store.ts'

/** How long a grave over a row stays, in milliseconds: longer than any request that may still come with the old id. */
const GRAVE_TIME = 60_000

/** A grave that names its successor, or `''`. */
export function graveOf(version: number, successor: string, until: number): Entry {
  return { value: successor, version, expiresAt: until, grave: true }
}

/** Compare-and-swap of a row into a grave. */
export function entomb(
  store: Store,
  key: string,
  version: number,
  successor: string,
  now: number,
): ReturnType<Store['replace']> {
  return store.replace(key, graveOf(version + 1, successor, now + GRAVE_TIME), version, now)
}

/** A grave over whatever is there, until `until` at least. */
export function bury(store: Store, key: string, now: number, until = 0): Promise<void> {
  return store.bury(key, '', Math.max(until, now + GRAVE_TIME), now)
}
