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
import type { AtHand } from '../lib/at-hand.ts'
import { endOf, expiryOf, isFromTheFuture, type Limits, renewedEnd } from '../record/lifetime.ts'
import { claimantOf, type SessionRecord } from '../record/record.ts'
import type { Entry, FreshFind, Store } from '../store/store.ts'
import { bury, entomb } from './graves.ts'
import type { RowCodec } from './row-codec.ts'
import type { Admit, Held, Opened, TransportEvent } from './transport.ts'

/** A live row, and the token that leads to it. */
export interface StoredHeld extends Held {
  readonly token: Token
  readonly version: number
}

export interface Rows {
  /** What the row under a token is now. `fresh`: past every copy. Rejects where the store fails. */
  look(token: Token, now: number, fresh?: boolean): Promise<Opened<StoredHeld>>
  /** The same, where the store has it at hand; else `undefined`. Throws where the store fails. */
  lookAtHand(token: Token, now: number): Opened<StoredHeld> | undefined
  /** A row with a fresh id, created. */
  add(record: SessionRecord, lastEnd: number | null, now: number): Promise<StoredHeld>
  /**
   * The row that a record makes; not written yet. A record from the future is clamped here.
   * @param lastEnd Where it ends by itself if nobody was active; `null` where somebody was, by `now`.
   * @param before Where the row that is written over ends: it stays there where activity gains less than a tenth of the idle time, as
   *   with a mere visit. A database keeps an index over the ends, and a busy session would move in it with every write.
   */
  next(
    token: Token,
    record: SessionRecord,
    version: number,
    lastEnd: number | null,
    now: number,
    before?: number,
  ): StoredHeld
  /** Compare-and-swap of a row. */
  swap(held: StoredHeld, version: number, now: number): ReturnType<Store['replace']>
  /** The same at once; `null` where the store never does it so. `undefined`: nothing was done. Throws where the store fails. */
  readonly swapAtHand:
    | ((held: StoredHeld, version: number, now: number) => Awaited<ReturnType<Store['replace']>> | undefined)
    | null
  /** Compare-and-swap of a row into a grave that names its successor, or `''`. */
  entomb(key: string, version: number, successor: string, now: number): ReturnType<Store['replace']>
  /** A grave over whatever is there. */
  bury(key: string, now: number): Promise<void>
}

export interface RowsOptions {
  readonly store: Store & FreshFind & { readonly atHand?: AtHand | null }
  readonly tokens: Tokens
  readonly codec: RowCodec
  readonly limits: Limits
  readonly admit: Admit
  readonly onEvent: (event: TransportEvent) => void
}

export function createRows({ store, tokens, codec, limits, admit, onEvent }: RowsOptions): Rows {
  const { atHand = null } = store
  const replaceAtHand = atHand?.replace ?? null

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
    const expiry = expiryOf(record.createdAt, entry.expiresAt, now, record.limits ?? limits)
    if (expiry !== null) return { type: 'refused', reason: expiry, grave: false }
    if (isFromTheFuture(record.createdAt, now)) onEvent({ type: 'clock-skew', id: token.key })
    return admit({ id: token.key, record, expiresAt: entry.expiresAt, token, version: entry.version })
  }

  function next(
    token: Token,
    record: SessionRecord,
    version: number,
    lastEnd: number | null,
    now: number,
    before?: number,
  ): StoredHeld {
    const kept = record.createdAt > now ? { ...record, createdAt: now } : record
    const own = kept.limits ?? limits
    const end = endOf(kept.createdAt, now, own)
    const due = before === undefined ? end : (renewedEnd(kept.createdAt, before, now, own) ?? before)
    return { id: token.key, record: kept, expiresAt: Math.min(end, lastEnd ?? due), token, version }
  }

  function entryOf({ record, token, version, expiresAt }: StoredHeld): Entry {
    const value = codec.encode(record, token, version)
    const ownerId = claimantOf(record)
    return ownerId === null ? { value, version, expiresAt } : { value, version, expiresAt, ownerId }
  }

  return {
    lookAtHand(token, now) {
      const entry = atHand?.find(token.key)
      return entry === undefined ? undefined : judge(token, entry, now)
    },
    async look(token, now, fresh = false) {
      return judge(token, await (fresh ? store.findFresh(token.key) : store.find(token.key)), now)
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
    swapAtHand: replaceAtHand && ((held, version, now) => replaceAtHand(held.id, entryOf(held), version, now)),
    entomb: (key, version, successor, now) => entomb(store, key, version, successor, now),
    bury: (key, now) => bury(store, key, now),
  }
}
