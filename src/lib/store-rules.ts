/**
 * The contract of a store as pure decisions, for the stores that decide in JavaScript.
 *
 * In: what is held under the key, what is asked, and the caller's time. Out: what to hold from now on, or the answer
 * that leaves everything as it is. Must not know where anything is kept: making decision and write one step is the
 * store's own work.
 *
 * @module
 */

/** The shape of `Entry` in store/store.ts, which this room may not import. */
export interface Held {
  readonly value: string
  readonly version: number
  readonly expiresAt: number
  readonly ownerId?: string
  readonly grave?: true
}

/** A sweep takes what ended more than this many milliseconds ago, and nothing younger. */
export const SWEEP_AFTER = 60_000

/** The end itself is already outside: what ends at 12:00 serves nobody at 12:00. */
export function hasEnded(held: Held, now: number): boolean {
  return held.expiresAt <= now
}

/** Whether a sweep at `now` takes it. */
export function isSweepable(held: Held, now: number): boolean {
  return held.expiresAt < now - SWEEP_AFTER
}

/** Whether the key is taken, by an entry or a grave. */
export function isTaken(held: Held | null, now: number): held is Held {
  return held !== null && !hasEnded(held, now)
}

/** Whether somebody may still be served from it. */
export function isLive(held: Held | null, now: number): held is Held {
  return isTaken(held, now) && held.grave !== true
}

/** Whose it is, for an index of owners: a grave is nobody's. */
export function ownerOf(held: Pick<Held, 'ownerId' | 'grave'> | null): string | undefined {
  return held?.grave ? undefined : held?.ownerId
}

/** Why a compare-and-swap at `version` may not be made; `null`: it may. */
export function refusal(held: Held | null, version: number, now: number): 'stale' | 'gone' | null {
  if (!isLive(held, now)) return 'gone'
  return held.version === version ? null : 'stale'
}

/** The grave over `held`; `held` itself where a grave that has not ended lasts long enough already. */
export function graveOver(held: Held | null, value: string, until: number, now: number): Held {
  if (isTaken(held, now) && held.grave) {
    // The first value may name a successor, and whoever follows it later must still find it.
    if (held.expiresAt >= until) return held
    return { value: held.value, version: held.version, expiresAt: until, ownerId: held.ownerId, grave: true }
  }
  return { value, version: held?.version ?? 1, expiresAt: until, grave: true }
}

/** What no store of this version can have written, as a grave: it serves nobody, revives nobody, and keeps its key taken. */
export const NOT_OURS: Held = { value: '', version: 1, expiresAt: Number.MAX_SAFE_INTEGER, grave: true }

/** An entry as it was read, which somebody may have written by hand. Property by property: each read makes one, and spreads cost more. */
export function heldOf(
  value: string,
  version: number,
  expiresAt: number,
  ownerId: string | undefined,
  isGrave: boolean,
): Held {
  if (!Number.isSafeInteger(version) || !Number.isSafeInteger(expiresAt)) return NOT_OURS
  const held: { -readonly [Field in keyof Held]: Held[Field] } = { value, version, expiresAt }
  if (ownerId !== undefined) held.ownerId = ownerId
  if (isGrave) held.grave = true
  return held
}
