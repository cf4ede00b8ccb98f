/**
 * Law 2: logout is final.
 *
 * In: the key of a session. Out: graves over it and over every session that replaced it meanwhile: a rotation that got
 * in between must not carry the login away from the logout. Must not know: cookies, records.
 *
 * @module
 */

import { StoreError } from '../errors.ts'
import { LONGEST_LIFE } from '../record/lifetime.ts'
import type { Store } from '../store/store.ts'
import { bury, entomb, graveOf } from './graves.ts'
import { createPatience } from './patience.ts'

export interface Ending {
  /** Of the session to end; its successors are found from there. */
  readonly key: string
  /** Of the row as it was last seen; `null` where it was not. */
  readonly version: number | null
  /** Until when a grave must stay over a key without a row, as a sealed session has none; `null`: rows only. */
  readonly sealedUntil: number | null
}

/**
 * Ends a session; one that is already gone is done.
 *
 * @returns the key that was ended, of the session itself or of the last that took over from it; `null`: none was left.
 * @param commitTimeout The longest to go on retrying, in milliseconds.
 * @throws StoreError where the store failed; COMMIT_TIMEOUT, after an unconditional grave, where others kept changing it.
 */
export async function end(store: Store, commitTimeout: number, ending: Ending, now: number): Promise<string | null> {
  const patience = createPatience(commitTimeout)
  let { key, version, sealedUntil } = ending
  try {
    for (;;) {
      if (version !== null) {
        if ((await entomb(store, key, version, '', now)) === 'done') return key
        await patience.pause()
      }
      const entry = await store.find(key)
      if (entry === null || entry.expiresAt <= now) {
        if (sealedUntil === null) return null
        if (await store.create(key, graveOf(1, '', sealedUntil), now)) return key
        await patience.pause()
      } else if (!entry.grave) {
        version = entry.version
      } else if (entry.value === '') {
        return null
      } else {
        // Rotated meanwhile: the successor is the session now.
        key = entry.value
        version = null
        // It may be a login that is remembered, and nobody here has seen its limits.
        if (sealedUntil !== null) sealedUntil = Math.max(sealedUntil, now + LONGEST_LIFE)
        await patience.pause()
      }
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'COMMIT_TIMEOUT') {
      // A sealed session has no row that would go with the grave: it must stay as long as the cookie may open.
      await bury(store, key, now, sealedUntil ?? 0)
    }
    throw error
  }
}
