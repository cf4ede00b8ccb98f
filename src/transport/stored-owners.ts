/**
 * All sessions of an owner, where they are rows.
 *
 * In: an owner, a store with an owner index. Out: rows ended or listed. Must not know: cookies.
 *
 * Why `revokeAll` is complete while logins and rotations race with it. It raises the epoch first. A row gets an owner
 * by a login or a rotation, and both read the epoch again once the new row exists: where it is above the record's own they
 * bury the new row. So a row that passes was there before the epoch moved, and so before the walk over the index began;
 * and the index is a superset at every instant. Ending a listed row follows its successors, so a rotation cannot carry a
 * session past the walk.
 *
 * @module
 */

import type { Limits } from '../record/lifetime.ts'
import type { OwnerIndex, Store } from '../store/store.ts'
import { end } from './ending.ts'
import type { Owners, SessionInfo } from './owners.ts'
import { createPatience } from './patience.ts'
import type { RowCodec } from './row-codec.ts'

export interface StoredOwnersOptions {
  readonly store: Store
  readonly index: OwnerIndex
  readonly codec: RowCodec
  readonly limits: Limits
  /** The longest to go on retrying, in milliseconds. */
  readonly commitTimeout: number
}

export function storedOwners(options: StoredOwnersOptions): Owners {
  const { index, store, codec, limits, commitTimeout } = options

  /** Whether a row is a session by now: one that took over from another counts once that other is over. */
  async function counts(predecessor: string | null, now: number): Promise<boolean> {
    if (predecessor === null) return true
    const entry = await store.find(predecessor)
    return entry === null || entry.grave === true || entry.expiresAt <= now
  }

  return {
    epochOf: (ownerId) => index.epochOf(ownerId),

    async revokeAll(ownerId, except, now) {
      const epoch = await index.raiseEpoch(ownerId, now)
      const patience = createPatience(commitTimeout)
      for (let found = true; found; ) {
        found = false
        for await (const { key, entry } of index.listByOwner(ownerId)) {
          if (key === except?.id || entry.grave || entry.expiresAt <= now) continue
          found = true
          await end(store, commitTimeout, { key, version: entry.version, sealedUntil: null }, now)
        }
        if (found) await patience.pause()
      }
      return epoch
    },

    listing: {
      async list(ownerId, now) {
        const sessions: SessionInfo[] = []
        for await (const { key, entry } of index.listByOwner(ownerId)) {
          if (entry.grave || entry.expiresAt <= now) continue
          const summary = codec.summarise(entry.value, { key, ownerId, version: entry.version })
          if (summary === null || !(await counts(summary.predecessor, now))) continue
          const { createdAt, label, pending, idle } = summary
          const lastSeenAt = Math.max(createdAt, Math.min(now, entry.expiresAt - (idle ?? limits.idle)))
          sessions.push({ publicId: key, createdAt, lastSeenAt, expiresAt: entry.expiresAt, label, pending })
        }
        return sessions.sort((a, b) => b.lastSeenAt - a.lastSeenAt)
      },

      // Where it got a new id since it was listed, the end follows it there.
      revoke: (publicId, now) => end(store, commitTimeout, { key: publicId, version: null, sealedUntil: null }, now),
    },
  }
}
