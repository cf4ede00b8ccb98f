/**
 * How old a copy is.
 *
 * In: when it was known to be true, how old it may be, the time. Out: yes or no. Must not know what is copied.
 *
 * @module
 */

/** What is known of a copy. */
export interface Copied {
  /** A moment before the read that brought it began, in milliseconds since the epoch. */
  readonly since: number
  readonly expiresAt: number
}

/** Whether it may be served at `now`. Not one from the future: a clock has been set back, and its age is unknown. */
export function isFresh({ since, expiresAt }: Copied, maxStale: number, now: number): boolean {
  const age = now - since
  return age >= 0 && age < maxStale && expiresAt > now
}
