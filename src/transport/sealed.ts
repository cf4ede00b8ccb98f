/**
 * Client-side sessions: the cookie holds the whole record, sealed.
 *
 * In: cookie values and changes. Out: sessions and new cookies. A write re-seals everything; mere activity moves the
 * time in a small second cookie, so that renewing never carries data that another answer may have overtaken. The
 * browser keeps the last cookie it gets: overlapping writes can be lost, and without revocations a copy of a cookie
 * lives until its time is up. With them every end of an id is a grave in a store, made once: who comes second has lost.
 * Must not know: anything of HTTP.
 *
 * @module
 */

import { cookieBytes, MAX_COOKIE_BYTES } from '../cookie/limit.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { SignedFields } from '../crypto/signed-fields.ts'
import type { SojournError } from '../errors.ts'
import { ownText } from '../lib/recent.ts'
import { decodeRecord, encodeRecord } from '../record/codec.ts'
import { deepFreeze } from '../record/json.ts'
import { endOf, expiryOf, isFromTheFuture, type Limits, lastEnd, renewedEnd } from '../record/lifetime.ts'
import { applyOperations, type Operation } from '../record/operations.ts'
import { claimantOf, emptyRecord, type SessionRecord } from '../record/record.ts'
import { createOpenedMemo, isShareable, type MemoOption, type OpenedValue } from './opened-memo.ts'
import type { Claim, Revocations } from './revocations.ts'
import { HEAD_BYTES, idOf, newId, plaintextOf, seenFieldsOf, textOf, timeOf } from './sealed-layout.ts'
import { tooLarge } from './too-large.ts'
import {
  type Admit,
  type Change,
  endingOf,
  type Held,
  type Opened,
  type Outcome,
  type Presented,
  type RejectReason,
  type Transport,
  type TransportEvent,
} from './transport.ts'

export interface SealedHeld extends Held {
  /** Of the sealed cookie alone, whatever the seen cookie says. */
  readonly sealedAt: number
  readonly lastActivity: number
  /** Where its cookie was seen before. */
  readonly seenBefore: OpenedValue | null
}

type Rewrite = Extract<Change<SealedHeld>, { type: 'write' | 'rotate' }>

export interface SealedOptions {
  readonly sealer: Sealer
  readonly seen: SignedFields
  readonly limits: Limits
  readonly admit: Admit
  /** The cookie's full name: it counts against the 4096 bytes. */
  readonly cookieName: string
  /** `null`: the mode is not revocable. */
  readonly revocations: Revocations | null
  readonly memo?: MemoOption
  readonly onEvent: (event: TransportEvent) => void
}

/** The transport of client-side sessions. */
export function sealedTransport(options: SealedOptions): Transport<SealedHeld> {
  const { sealer, seen, limits, admit, cookieName, revocations, onEvent } = options
  const memo = createOpenedMemo(options.memo)
  /** What is left of the most is for the sealed text, each of whose characters is one byte. */
  const nameBytes = cookieBytes(cookieName, '')

  function open(presented: Presented, now: number): Opened<SealedHeld> | Promise<Opened<SealedHeld>> {
    const opened = openAll(presented, now)
    return revocations !== null && opened.type === 'live' ? confirm(revocations, opened.held, now) : opened
  }

  async function confirm(store: Revocations, held: SealedHeld, now: number): Promise<Opened<SealedHeld>> {
    try {
      const revoked = await store.check(claimOf(held), now, false)
      return revoked === null ? { type: 'live', held } : { type: 'refused', ...revoked }
    } catch (error) {
      // The limited store rejects with nothing else.
      return { type: 'failed', error: error as SojournError, id: held.id }
    }
  }

  function openAll(presented: Presented, now: number): Opened<SealedHeld> {
    let best: SealedHeld | null = null
    let reason: RejectReason | null = null
    for (const value of presented.session) {
      const held = unseal(value, presented.seen, now)
      if (typeof held === 'string') reason ??= held
      else if (best === null || (held.id === best.id && held.sealedAt > best.sealedAt)) best = held
      else if (held.id !== best.id) return { type: 'refused', reason: 'forged', grave: false }
    }
    if (best === null) return reason === null ? { type: 'none' } : { type: 'refused', reason, grave: false }
    if (isFromTheFuture(best.record.createdAt, now)) onEvent({ type: 'clock-skew', id: best.id })
    const admitted = admit(best)
    share(best, admitted)
    return admitted
  }

  /**
   * From its second sight on, requests of one cookie share one record: frozen, for what one of them changed the others
   * would read. Not where the app's schema is given the data, which may change them, nor flashes, which are handed out.
   */
  function share({ seenBefore, record }: SealedHeld, admitted: Opened<SealedHeld>): void {
    if (seenBefore === null || seenBefore.shared !== null) return
    const isUntouched = admitted.type === 'live' && admitted.held.record === record
    if (!isUntouched || !isShareable(record)) return
    deepFreeze(record.data)
    seenBefore.shared = record
  }

  function unseal(value: string, seenValues: readonly string[], now: number): SealedHeld | RejectReason {
    const seenBefore = memo?.find(value) ?? null
    if (seenBefore !== null) {
      const { id, sealedAt, text, shared } = seenBefore
      const record = shared ?? decodeRecord(text)
      if (record === null) return 'undecodable'
      return judge(id, record, sealedAt, seenBefore, seenValues, now)
    }
    const opened = sealer.open(value)
    if (!opened.ok) return opened.reason
    const { plaintext } = opened
    if (plaintext.length < HEAD_BYTES) return 'undecodable'
    const text = textOf(plaintext)
    const record = decodeRecord(text)
    if (record === null) return 'undecodable'
    const id = idOf(plaintext)
    const sealedAt = timeOf(plaintext)
    if (memo?.comesAgain(value)) memo.keep(ownText(value), { id, sealedAt, text, shared: null })
    return judge(id, record, sealedAt, seenBefore, seenValues, now)
  }

  /** What a cookie holds, by the time it is: the same whether it was just opened or seen before. */
  function judge(
    id: string,
    record: SessionRecord,
    sealedAt: number,
    seenBefore: OpenedValue | null,
    seenValues: readonly string[],
    now: number,
  ): SealedHeld | RejectReason {
    const lastActivity = seenValues.length === 0 ? sealedAt : Math.max(sealedAt, lastSeen(id, seenValues))
    const own = record.limits ?? limits
    const expiresAt = endOf(record.createdAt, lastActivity, own)
    const expiry = expiryOf(record.createdAt, expiresAt, now, own)
    if (expiry !== null) return expiry
    return { id, record, expiresAt, sealedAt, lastActivity, seenBefore }
  }

  /** What the seen cookie says of this session; 0 if it says nothing. One that belongs to another id is ignored. */
  function lastSeen(id: string, values: readonly string[]): number {
    let latest = 0
    for (const value of values) {
      const opened = seen.open(value)
      if (!opened.ok || idOf(opened.fields) !== id) continue
      latest = Math.max(latest, timeOf(opened.fields))
    }
    return latest
  }

  function touch(held: SealedHeld, now: number): Outcome<SealedHeld> {
    const expiresAt = renewedEnd(held.record.createdAt, held.expiresAt, now, held.record.limits ?? limits)
    if (expiresAt === null) return { type: 'keep', held }
    return { type: 'set', held: { ...held, expiresAt, lastActivity: now }, seen: seen.make(seenFieldsOf(held.id, now)) }
  }

  function seal(id: string, record: SessionRecord, lastActivity: number, now: number): Sealing {
    // A record from the future is clamped where it is written.
    const kept = record.createdAt > now ? { ...record, createdAt: now } : record
    const session = sealer.seal(plaintextOf(id, lastActivity, encodeRecord(kept)))
    if (nameBytes + session.length > MAX_COOKIE_BYTES) throw tooLarge(cookieName, session, kept)
    const expiresAt = endOf(kept.createdAt, lastActivity, kept.limits ?? limits)
    return {
      type: 'set',
      held: { id, record: kept, expiresAt, sealedAt: lastActivity, lastActivity, seenBefore: null },
      session,
    }
  }

  function create(operations: readonly Operation[], now: number): Sealing {
    return seal(newId(), applyOperations(emptyRecord(now), operations), now, now)
  }

  function rewrite({ held }: Rewrite, id: string, record: SessionRecord, active: boolean, now: number): Sealing {
    return seal(id, record, active ? now : held.lastActivity, now)
  }

  function commit(change: Change<SealedHeld>, now: number): Outcome<SealedHeld> {
    switch (change.type) {
      case 'touch':
        return touch(change.held, now)
      case 'create':
        return create(change.operations, now)
      case 'write':
        return rewrite(change, change.held.id, change.record, change.active, now)
      case 'rotate':
        return rewrite(
          change,
          newId(),
          applyOperations(change.held.record, change.operations),
          change.active || change.login,
          now,
        )
      case 'destroy':
        return { type: 'clear', id: change.id }
    }
  }

  /** The same with a store behind it: whatever tells the browser something is asked for first, fresh. */
  async function commitRevocable(
    store: Revocations,
    change: Change<SealedHeld>,
    now: number,
  ): Promise<Outcome<SealedHeld>> {
    if (change.type === 'destroy') {
      const ended = await store.endChain(change.id, lastEnd(change.held?.record ?? null, limits, now), now)
      return endingOf(ended)
    }
    let outcome = commit(change, now)
    if (outcome.type !== 'set') return outcome
    if (change.type === 'touch') return confirmTouch(store, outcome, change.held, now)
    if (change.type === 'rotate') {
      const { held, login, operations } = change
      // Before the old id ends, so that a store which fails here ends nothing.
      const before = await store.check({ ...claimOf(outcome.held), id: held.id }, now, true)
      if (before === null && (await store.end(held.id, outcome.held.id, lastEnd(held.record, limits, now), now)))
        return outcome
      // Somebody else ended it first. Only a login goes on, from nothing: the data may have been another's.
      if (!login) return { type: 'lost', reason: 'revoked' }
      outcome = create(operations, now)
    }
    const revoked = await store.check(claimOf(outcome.held), now, true)
    return revoked === null ? outcome : { type: 'lost', reason: revoked.reason }
  }

  /** Mere activity loses nothing where its session has ended, and nothing in the answer relies on it. */
  async function confirmTouch(
    store: Revocations,
    renewed: Sealing,
    held: SealedHeld,
    now: number,
  ): Promise<Outcome<SealedHeld>> {
    try {
      return (await store.check(claimOf(held), now, true)) === null ? renewed : { type: 'gone' }
    } catch (error) {
      // The session ends a little early at worst.
      onEvent({ type: 'store-error', error: error as SojournError })
      return { type: 'keep', held }
    }
  }

  return {
    reads: revocations !== null,
    owners: revocations?.owners ?? null,
    open,
    async recheck(held, now) {
      const { createdAt, limits: own } = held.record
      // When it was last seen is in the browser, so here its idle time cannot end it.
      if (now >= createdAt + (own ?? limits).absolute) return 'expired-absolute'
      return revocations === null ? null : ((await revocations.check(claimOf(held), now, true))?.reason ?? null)
    },
    commit: (change, now) => (revocations === null ? commit(change, now) : commitRevocable(revocations, change, now)),
  }
}

type Sealing = Extract<Outcome<SealedHeld>, { type: 'set' }>

/** What of it can be judged by the ends that were written down. */
export function claimOf({ id, record }: SealedHeld): Claim {
  return { id, ownerId: claimantOf(record), epoch: record.epoch }
}
