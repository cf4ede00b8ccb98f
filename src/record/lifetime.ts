/**
 * When a session ends.
 *
 * In: times and limits, all in milliseconds. Out: an end, or why it is over. Pure: `now` is passed in, so that a test
 * can be tomorrow. Must not know: where the times are kept.
 *
 * @module
 */

/** How long a session may live. */
export interface Limits {
  /** Milliseconds without activity (NIST 800-63B-4: inactivity timeout). */
  readonly idle: number
  /** Milliseconds in all (NIST 800-63B-4: overall timeout). */
  readonly absolute: number
}

/** No session lives longer, a remembered one included: browsers forget a cookie after 400 days (RFC 6265bis, 5.5). */
export const LONGEST_LIFE = 400 * 24 * 60 * 60 * 1000

export type Expiry = 'expired-idle' | 'expired-absolute'

/** When a session ends that was last active at `lastActivity`. */
export function endOf(createdAt: number, lastActivity: number, limits: Limits): number {
  return Math.min(lastActivity + limits.idle, createdAt + limits.absolute)
}

/** Why a session that ends at `expiresAt` is over; `null` while it lives. The limits of today count, not of then. */
export function expiryOf(createdAt: number, expiresAt: number, now: number, limits: Limits): Expiry | null {
  if (now >= createdAt + limits.absolute) return 'expired-absolute'
  return now >= expiresAt ? 'expired-idle' : null
}

/**
 * The later end that activity now gives, or `null` while it is not worth telling anyone: less than a tenth of the idle
 * time is gained. So a session ends between 0.9 and 1.0 of its idle time after the last activity, and a busy one
 * costs ten renewals an idle time, not one a request. A row that is written anyway keeps its end by the same rule.
 */
export function renewedEnd(createdAt: number, expiresAt: number, now: number, limits: Limits): number | null {
  const end = endOf(createdAt, now, limits)
  return end - expiresAt >= limits.idle / 10 ? end : null
}

/**
 * Until when a copy of a session may still open, however long it was kept back: no grave must end earlier. `record` is
 * `null` where the session could not be looked at.
 */
export function lastEnd(record: Mortal | null, limits: Limits, now: number): number {
  if (record === null) return now + Math.max(LONGEST_LIFE, limits.absolute)
  // By the record's own time where that is later: the clock that began it may have been ahead of this one.
  return Math.max(now, record.createdAt) + (record.limits ?? limits).absolute
}

interface Mortal {
  readonly createdAt: number
  /** Its own, where it has them. */
  readonly limits: Limits | null
}

// Servers disagree by milliseconds all the time; only more than this is worth an event.
const TOLERATED_SKEW = 1000

/** Whether a record was made by a server whose clock is ahead of ours. */
export function isFromTheFuture(createdAt: number, now: number): boolean {
  return createdAt > now + TOLERATED_SKEW
}
