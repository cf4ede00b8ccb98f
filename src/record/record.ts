/**
 * What is kept of a session, wherever it is kept.
 *
 * Pure data: who it belongs to, since when, and what the app put in. Must not know: cookies, stores, ids, limits.
 *
 * @module
 */

import type { Json, JsonObject } from './json.ts'
import type { Limits } from './lifetime.ts'

/** A value waiting to be shown once. Its number is never given twice in one session, so taking it takes no other. */
export interface Flash {
  readonly number: number
  readonly key: string
  readonly value: Json
}

/** One session, as it is kept. Never changed in place: every change makes a new one. */
export interface SessionRecord {
  /** Milliseconds since the epoch; the absolute timeout counts from here. A login starts it anew. */
  readonly createdAt: number
  /** The user it belongs to; `null` while nobody is logged in. */
  readonly ownerId: string | null
  /** Who gave a password and no second factor yet: nobody is logged in meanwhile. */
  readonly pendingOwnerId: string | null
  /** When the owner proved who they are, in milliseconds since the epoch. */
  readonly authenticatedAt: number | null
  /** When they proved it once more, for something that needs a fresh login; in milliseconds since the epoch. */
  readonly confirmedAt: number | null
  /** The owner's epoch when they logged in; 0 without an owner. A session below its owner's epoch was revoked. */
  readonly epoch: number
  /** What to call it in a list of one's own devices. */
  readonly label: string | null
  /** What the CSRF tokens of this login are bound to: 16 random bytes as base64url. */
  readonly seed: string | null
  /** The MAC of the user's stamp when they logged in. */
  readonly stamp: string | null
  /** Limits of its own, in place of the app's: a login that is remembered. */
  readonly limits: Limits | null
  /** The id it took over from, until it is first written under its own. Until that one is a grave, it does not count. */
  readonly predecessor: string | null
  readonly data: JsonObject
  readonly flashes: readonly Flash[]
  /** How many flashes this session ever had: the number of the next one. */
  readonly flashCount: number
}

/** What a record says of its owner while it has none. */
export const NOBODY = {
  ownerId: null,
  pendingOwnerId: null,
  authenticatedAt: null,
  confirmedAt: null,
  epoch: 0,
  label: null,
  seed: null,
  stamp: null,
  limits: null,
} as const

/** Whom `revokeAll` means by this session: a login that waits for its second factor is one to end, too. */
export function claimantOf({
  ownerId,
  pendingOwnerId,
}: Pick<SessionRecord, 'ownerId' | 'pendingOwnerId'>): string | null {
  return ownerId ?? pendingOwnerId
}

/** The session of somebody who has none yet. */
export function emptyRecord(now: number): SessionRecord {
  return { createdAt: now, ...NOBODY, predecessor: null, data: {}, flashes: [], flashCount: 0 }
}
