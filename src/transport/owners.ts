/**
 * Law 10: "log out everywhere" is complete.
 *
 * In: an owner. Out: every session of theirs ended, or listed. Must not know: cookies, users.
 *
 * @module
 */

import type { Held } from './transport.ts'

/** One session in a list of an owner's devices: what may be shown to them, and never a token. */
export interface SessionInfo {
  /** What `revoke` takes. */
  readonly publicId: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /**
   * Milliseconds since the epoch, to within a tenth of the idle time. In the last idle time before the absolute end it
   * stands still: a row says when it ends, not when it was seen.
   */
  readonly lastSeenAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** What the login called it; `null` if nothing. */
  readonly label: string | null
  /** Somebody gave the password there and not the second factor. */
  readonly pending: boolean
}

/** What can be done to all sessions of an owner. Each transport has its own, or none. */
export interface Owners {
  /** The owner's epoch; a login carries it. */
  epochOf(ownerId: string): Promise<number>
  /**
   * Ends every session of the owner whose login began before the call, but `except`.
   * @returns the new epoch, which `except` has to take on.
   */
  revokeAll(ownerId: string, except: Held | null, now: number): Promise<number>
  /** `null` where sessions are not kept anywhere they could be listed. */
  readonly listing: Listing | null
}

export interface Listing {
  list(ownerId: string, now: number): Promise<SessionInfo[]>
  /** The id that was ended: this one, or what it has become since it was listed. `null`: there was none to end. */
  revoke(publicId: string, now: number): Promise<string | null>
}
