/**
 * What a handler holds.
 *
 * In: reads and changes, synchronous. Out: values, deeply frozen; changes are recorded and written at commit, which the
 * adapters do. Must not know: where the session is kept.
 *
 * @module
 */

import { type Duration, parseDuration } from '../lib/duration.ts'
import { type DeepReadonly, type Json, toStorable } from '../record/json.ts'
import type { Held, RejectReason } from '../transport/transport.ts'
import type { Visit } from './visit.ts'

/** What may be a key: the names of `Data`. */
export type Key<Data> = keyof Data & string

let visitIn: (session: object) => Visit | undefined

/** @internal The visit behind a session, whosever sessions it is of; `undefined` behind anything else. */
export function visitBehind(session: object): Visit | undefined {
  return visitIn(session)
}

/**
 * One visitor's session, typed by `Data`.
 *
 * Get it from `sessions.of(request)` in a handler, or from `sessions.open(headers)` elsewhere. Reading is free of
 * side effects but for activity: it moves the idle end, at most ten times an idle time.
 */
export class Session<Data extends object> {
  readonly #visit: Visit

  static {
    visitIn = (session) => (#visit in session ? session.#visit : undefined)
  }

  /** @internal Use `sessions.of` or `sessions.open`. */
  constructor(visit: Visit) {
    this.#visit = visit
  }

  /**
   * The value under a key, or `undefined`. It is deeply frozen: change it through `set` or `update`.
   * What this request changed shows at once; what others changed meanwhile shows after `await commit()`.
   */
  get<K extends Key<Data>>(key: K): DeepReadonly<Data[K]> | undefined {
    return this.#visit.read().get(key) as DeepReadonly<Data[K]> | undefined
  }

  /** Whether there is a value under the key. */
  has(key: Key<Data>): boolean {
    return Object.hasOwn(this.#visit.read().data, key)
  }

  /** The keys that have a value. */
  keys(): Key<Data>[] {
    return Object.keys(this.#visit.read().data) as Key<Data>[]
  }

  /**
   * Keeps a copy of `value`. `undefined` removes the key.
   *
   * @throws UsageError VALUE_NOT_STORABLE naming the path of what JSON cannot carry; SESSION_COMMITTED,
   *   SESSION_DESTROYED when it is too late.
   */
  set<K extends Key<Data>>(key: K, value: Data[K] | DeepReadonly<Data[K]>): void {
    if (value === undefined) this.delete(key)
    else this.#visit.record({ type: 'set', key, value: toStorable(value, key) })
  }

  /**
   * Changes a value by what it is, without losing what overlapping requests do to it.
   *
   * @param change Pure and synchronous: it is run again on the newer value if another request got there first. What it
   *   returns is kept; `undefined` removes the key.
   * @throws what `change` throws; UsageError as `set`, and UPDATE_NOT_SYNCHRONOUS.
   */
  update<K extends Key<Data>>(
    key: K,
    change: (value: DeepReadonly<Data[K]> | undefined) => Data[K] | DeepReadonly<Data[K]> | undefined,
  ): void {
    this.#visit.record({ type: 'update', key, change: change as (value: Json | undefined) => unknown })
  }

  /** Removes a key. Nothing happens where there is none. */
  delete(key: Key<Data>): void {
    this.#visit.record({ type: 'delete', key })
  }

  /** Removes all keys and flashes. Whoever is logged in stays so. */
  clear(): void {
    this.#visit.record({ type: 'clear' })
  }

  /** Keeps a message for the next request that takes it; several under one key queue up. Throws as `set` does. */
  flash(key: string, value: Json): void {
    this.#visit.record({ type: 'flash', key, value: toStorable(value, key) })
  }

  /** The messages under a key, oldest first, each seen by one request only. Empty where there are none. */
  takeFlash(key: string): Json[] {
    const taken = this.#visit.read().flashes.filter((flash) => flash.key === key)
    if (taken.length > 0) this.#visit.takeFlashes(taken)
    return taken.map(({ value }) => value)
  }

  /** Gives the session a new id and ends the old one; the data stay. A login does it by itself. */
  regenerate(): void {
    this.#visit.rotate()
  }

  /** Ends the session, in the store too, and clears the cookie. Reads find nothing afterwards, changes throw. */
  destroy(): void {
    this.#visit.destroy()
  }

  /**
   * Writes now, and shows what the session holds then. Adapters do it by themselves; do it where the answer must be
   * exact. Changes afterwards throw SESSION_COMMITTED.
   *
   * @throws StoreError where the store failed; SessionError SESSION_SUPERSEDED, SESSION_TOO_LARGE; what an `update`
   *   function threw.
   */
  async commit(): Promise<void> {
    await this.#visit.commit()
  }

  /** Whether there was no live session when the request came. */
  get isNew(): boolean {
    return this.#visit.isNew()
  }

  /** Names the session in logs and lists: the store key, never the token. `null` until a new one is committed. */
  get publicId(): string | null {
    return this.#held()?.id ?? null
  }

  /** Since when it lives, in milliseconds since the epoch. A login starts it anew. */
  get createdAt(): number {
    return this.#visit.read().record().createdAt
  }

  /** When it ends if nothing more happens, in milliseconds since the epoch. `null` until a new one is committed. */
  get expiresAt(): number | null {
    return this.#held()?.expiresAt ?? null
  }

  /** The user it belongs to, or `null`. Reading it makes the answer `no-store`. */
  get ownerId(): string | null {
    return this.#visit.readOwner().ownerId
  }

  /** Who gave a password here and no second factor yet, or `null`. Reading it makes the answer `no-store`. */
  get pendingOwnerId(): string | null {
    return this.#visit.readOwner().pendingOwnerId
  }

  /** When the owner logged in, in milliseconds since the epoch, or `null`. Reading it makes the answer `no-store`. */
  get authenticatedAt(): number | null {
    return this.#visit.readOwner().authenticatedAt
  }

  /**
   * Calls `listener` once, when the session has ended or got another id: for sockets and streams that outlive the request.
   * At once where this process ended it, elsewhere at the next look; at once, too, where there is no live session.
   *
   * @param options `every`: how often to look where it is kept, '30s' if left out; each look costs one read.
   * @returns what stops listening. Call it when the socket closes.
   * @throws ConfigError OPTION_INVALID for an `every` that is no duration.
   */
  onEnd(listener: (reason: RejectReason) => void, { every = '30s' }: { readonly every?: Duration } = {}): () => void {
    return this.#visit.watch(listener, parseDuration(every, 'every'))
  }

  #held(): Held | null {
    return this.#visit.held()
  }
}
