/**
 * Sessions as rows of a store.
 *
 * In: tokens, records, entries. Out: live sessions or the reason why a row is none; entries to write. The only place
 * that knows how a record becomes a row and when a row is over. Must not know: in which order rows are written.
 *
 * @module
 */

import type { Token, Tokens } from '../crypto/token.ts'
import { StoreError } from '../errors.ts'
import type { FindAtHandOf } from '../lib/at-hand.ts'
import { endOf, expiryOf, isFromTheFuture, type Limits } from '../record/lifetime.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Entry, Store } from '../store/store.ts'
import { bury, entomb } from './graves.ts'
import type { RowCodec } from './row-codec.ts'
import type { Admit, Held, Opened, TransportEvent } from './transport.ts'

/** A live row, and the token that leads to it. */
export interface StoredHeld extends Held {
  readonly token: Token
  readonly version: number
}

export interface Rows {
  /** What the row under a token is now. Rejects where the store fails. */
  look(token: Token, now: number): Promise<Opened<StoredHeld>>
  /** The same, where the store has it at hand; else `undefined`. */
  lookAtHand(token: Token, now: number): Opened<StoredHeld> | undefined
  /** A row with a fresh id, created. */
  add(record: SessionRecord, lastEnd: number | null, now: number): Promise<StoredHeld>
  /**
   * The row that a record makes; not written yet. A record from the future is clamped here.
   * @param lastEnd Where it ends by itself if nobody was active; `null` where somebody was, by `now`.
   */
  next(token: Token, record: SessionRecord, version: number, lastEnd: number | null, now: number): StoredHeld
  /** Compare-and-swap of a row. */
  swap(held: StoredHeld, version: number, now: number): ReturnType<Store['replace']>
  /** Compare-and-swap of a row into a grave that names its successor, or `''`. */
  entomb(key: string, version: number, successor: string, now: number): ReturnType<Store['replace']>
  /** A grave over whatever is there. */
  bury(key: string, now: number): Promise<void>
}

export interface RowsOptions {
  readonly store: Store & { readonly findAtHand?: FindAtHandOf<Entry> | null }
  readonly tokens: Tokens
  readonly codec: RowCodec
  readonly limits: Limits
  readonly admit: Admit
  readonly onEvent: (event: TransportEvent) => void
}

export function createRows({ store, tokens, codec, limits, admit, onEvent }: RowsOptions): Rows {
  const { findAtHand } = store

  function judge(token: Token, entry: Entry | null, now: number): Opened<StoredHeld> {
    if (entry === null) return { type: 'refused', reason: 'unknown', grave: false }
    if (entry.grave) {
      const reason = entry.value === '' ? 'revoked' : 'superseded'
      const grave = entry.expiresAt > now
      return grave && entry.value !== ''
        ? { type: 'refused', reason, grave, successor: entry.value }
        : { type: 'refused', reason, grave }
    }
    const place = { key: token.key, ownerId: entry.ownerId ?? null, version: entry.version }
    const record = codec.decode(entry.value, token, place)
    if (record === null) return { type: 'refused', reason: 'undecodable', grave: false }
    const expiry = expiryOf(record.createdAt, entry.expiresAt, now, limits)
    if (expiry !== null) return { type: 'refused', reason: expiry, grave: false }
    if (isFromTheFuture(record.createdAt, now)) onEvent({ type: 'clock-skew', id: token.key })
    return admit({ id: token.key, record, expiresAt: entry.expiresAt, token, version: entry.version })
  }

  function next(token: Token, record: SessionRecord, version: number, lastEnd: number | null, now: number): StoredHeld {
    const kept = record.createdAt > now ? { ...record, createdAt: now } : record
    const end = endOf(kept.createdAt, now, limits)
    return { id: token.key, record: kept, expiresAt: lastEnd === null ? end : Math.min(end, lastEnd), token, version }
  }

  function entryOf({ record, token, version, expiresAt }: StoredHeld): Entry {
    const value = codec.encode(record, token, version)
    return record.ownerId === null
      ? { value, version, expiresAt }
      : { value, version, expiresAt, ownerId: record.ownerId }
  }

  return {
    lookAtHand(token, now) {
      const entry = findAtHand?.(token.key)
      return entry === undefined ? undefined : judge(token, entry, now)
    },
    async look(token, now) {
      return judge(token, await store.find(token.key), now)
    },
    async add(record, lastEnd, now) {
      for (let attempt = 0; attempt < 3; attempt++) {
        const held = next(tokens.issue(), record, 1, lastEnd, now)
        if (await store.create(held.id, entryOf(held), now)) return held
      }
      throw new StoreError(
        'STORE_FAILED',
        'Cannot create a session: three fresh random ids in a row were taken, so the random source or the store is broken',
      )
    },
    next,
    swap(held, version, now) {
      return store.replace(held.id, entryOf(held), version, now)
    },
    entomb: (key, version, successor, now) => entomb(store, key, version, successor, now),
    bury: (key, now) => bury(store, key, now),
  }
}
