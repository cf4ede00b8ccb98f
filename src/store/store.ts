/**
 * The contract of a store: text under a hashed key until a time.
 *
 * In: keys that are already hashed, values that are already encoded, and the caller's time. Out: what is held, and
 * whether a change was made. A store sees no session, no secret and no cookie, and has no clock of its own.
 *
 * There is no upsert of a live entry, on purpose: an upsert is how a slow request brings a dead session back.
 *
 * @module
 */

/**
 * One thing a store holds. Keys, values and owners are any JavaScript string, NUL and half a surrogate pair included: two
 * that differ in one character are never the same to a store. Versions and times are safe integers.
 */
export interface Entry {
  /** Opaque text. */
  readonly value: string
  /** A whole number >= 1, chosen by the caller. No store invents or changes one. */
  readonly version: number
  /** Milliseconds since the epoch. The entry has ended when `expiresAt <= now`. */
  readonly expiresAt: number
  /** The user it belongs to: any text, colons, braces and newlines included. */
  readonly ownerId?: string
  /** A marker over an ended session: it serves nobody and keeps its key taken until it ends itself. */
  readonly grave?: true
}

/**
 * Where server-side sessions are kept. Every method may reject when the backend fails; none may fail silently.
 *
 * A backend's own expiry is garbage collection, never the judge: it comes at the earliest a minute after `expiresAt`,
 * counted from the caller's `now`.
 */
export interface Store {
  /**
   * What it holds under the key, even past `expiresAt`, graves too. The caller judges by its own clock. What it gets is
   * its own: changing it changes nothing in the store.
   */
  find(key: string): Promise<Entry | null>

  /**
   * Adds an entry where there is none. `false`: the key is taken, by an entry or a grave, and nothing was changed.
   * What has ended by `now`, a grave included, does not take the key. The entry may itself be a grave.
   */
  create(key: string, entry: Entry, now: number): Promise<boolean>

  /**
   * Compare-and-swap: writes `entry` only over a live entry whose version is `version`.
   * `stale`: the entry has another version. `gone`: there is none, it has ended by `now`, or it is a grave.
   * The entry may itself be a grave, may end earlier than the one before, and has its version from the caller.
   */
  replace(key: string, entry: Entry, version: number, now: number): Promise<'done' | 'stale' | 'gone'>

  /**
   * Moves the end of a live entry later; leaves value, version and owner as they are, and never moves it earlier.
   * `true` where the entry is live, also when it ends that late already; `false`: there is none, it has ended by `now`,
   * or it is a grave.
   */
  extend(key: string, expiresAt: number, now: number): Promise<boolean>

  /**
   * Puts a grave over whatever is there, also over nothing, until `until`. The one unconditional write: it can kill,
   * never revive. It keeps the version it covers (1 over nothing) and no owner. Over a grave that has not ended it only
   * moves the end later, never earlier, and the first value stays: it may name a successor.
   */
  bury(key: string, value: string, until: number, now: number): Promise<void>
}

/** For backends without an expiry of their own: removes what ended over a minute before `now`; returns how many. */
export interface Sweepable {
  sweep(now: number): Promise<number>
}

/** A store that must not serve outside development. `createSessions` refuses it there. */
export interface DevelopmentOnly {
  readonly developmentOnly: boolean
}

/** For backends that can tell which sessions a user has. Every store of this library can. */
export interface OwnerIndex {
  /**
   * The entries of an owner, by the exact text of the id; never a grave. A superset at every instant: an entry is in
   * the index before it can be found by its key, and stays until it is gone or a grave. Entries that have ended may be
   * among them, and what is written while the listing runs may or may not be.
   */
  listByOwner(ownerId: string): AsyncIterable<{ readonly key: string; readonly entry: Entry }>

  /** The owner's epoch; 0 until it was raised for the first time. Never evicted, never forgotten. */
  epochOf(ownerId: string): Promise<number>

  /** Makes the epoch `max(previous + 1, now)` in one step, and returns it. Two calls never return the same. */
  raiseEpoch(ownerId: string, now: number): Promise<number>
}

/** For the command line and an admin page, never for a request: it walks over everything. */
export interface Enumerable {
  /**
   * Every entry once, graves and ended ones too, in an order of the backend's own that holds still: `after` (the last
   * key seen) goes on where a walk was broken off. What is written meanwhile may or may not be among them.
   */
  entries(after?: string): AsyncIterable<{ readonly key: string; readonly entry: Entry }>
}

/** For stores that may answer from a copy: the way past it, for a guard that must know now. */
export interface FreshFind {
  /** As `find`, but from where the entry is kept. */
  findFresh(key: string): Promise<Entry | null>
}
