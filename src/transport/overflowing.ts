/**
 * Client-side sessions that outgrow their cookie move to a store.
 *
 * In: a sealed and a stored transport over one store. Out: one transport: a session is sealed until it does not fit any
 * more, and a row under a new id from then on. It never moves back. The move keeps the rules of a rotation: the row
 * exists first, then the sealed id becomes a grave that names it, made once. Must not know: how either keeps anything.
 *
 * @module
 */

import { SessionError } from '../errors.ts'
import { type Limits, lastEnd } from '../record/lifetime.ts'
import { applyOperations } from '../record/operations.ts'
import { emptyRecord, type SessionRecord } from '../record/record.ts'
import type { Revocations } from './revocations.ts'
import type { StoredHeld } from './rows.ts'
import { claimOf, type SealedHeld } from './sealed.ts'
import type { StoredTransport } from './stored.ts'
import { type Change, endingOf, type Opened, type Outcome, type Presented, type Transport } from './transport.ts'

type AnyHeld = SealedHeld | StoredHeld

type Moving = Extract<Change, { type: 'write' | 'rotate' }>

export interface OverflowingOptions {
  readonly sealed: Transport<SealedHeld>
  readonly stored: StoredTransport
  readonly revocations: Revocations
  /** Tells a token from a sealed value, by its form alone. */
  readonly isToken: (value: string) => boolean
  readonly limits: Limits
}

export function overflowingTransport(options: OverflowingOptions): Transport<AnyHeld> {
  const { sealed, stored, revocations, isToken, limits } = options

  async function open(presented: Presented, now: number): Promise<Opened<AnyHeld>> {
    const tokens = presented.session.filter(isToken)
    const others = presented.session.filter((value) => !isToken(value))
    const [row, cookie] = await Promise.all([
      stored.open({ session: tokens, seen: [] }, now),
      sealed.open({ session: others, seen: presented.seen }, now),
    ])
    if (row.type === 'live' && cookie.type === 'live') return { type: 'refused', reason: 'forged', grave: false }
    if (row.type === 'live' || row.type === 'failed') return row
    if (cookie.type === 'live' || cookie.type === 'failed') return cookie
    return row.type === 'none' ? cookie : row
  }

  async function commit(change: Change<AnyHeld>, now: number): Promise<Outcome<AnyHeld>> {
    if (change.type === 'destroy') {
      if (change.held !== null && isRow(change.held)) return stored.commit({ ...change, held: change.held }, now)
      const ended = await revocations.endChain(change.id, lastEnd(change.held?.record ?? null, limits, now), now)
      return endingOf(ended)
    }
    if (change.type === 'create') {
      return ifTooLarge<Outcome<AnyHeld>>(
        () => sealed.commit(change, now),
        () => stored.commit(change, now),
      )
    }
    const { held } = change
    if (isRow(held)) return stored.commit({ ...change, held }, now)
    if (change.type === 'touch') return sealed.commit({ ...change, held }, now)
    const login = change.type === 'rotate' && change.login
    return ifTooLarge<Outcome<AnyHeld>>(
      () => sealed.commit({ ...change, held }, now),
      () => move(held, change, login, now),
    )
  }

  async function move(
    held: SealedHeld,
    { operations, active }: Moving,
    login: boolean,
    now: number,
  ): Promise<Outcome<AnyHeld>> {
    const revoked = await revocations.check(claimOf(held), now, true)
    if (revoked !== null && !login) return { type: 'lost', reason: revoked.reason }
    const recordOf = (base: SessionRecord) => ({ ...applyOperations(base, operations), predecessor: held.id })
    const row = await stored.add(
      recordOf(revoked === null ? held.record : emptyRecord(now)),
      active || login ? null : held.expiresAt,
      now,
    )
    // Before the sealed id ends, so that a store which fails here ends nothing.
    const outcome = await stored.made(row, now)
    if (outcome.type === 'lost') return outcome
    const until = lastEnd(held.record, limits, now)
    const ours = revoked !== null || (await stored.orBury(row, revocations.end(held.id, row.id, until, now), now))
    if (ours) return outcome
    await stored.bury(row, now)
    return login ? stored.commit({ type: 'create', operations }, now) : { type: 'lost', reason: 'revoked' }
  }

  return {
    reads: true,
    owners: stored.owners && {
      epochOf: stored.owners.epochOf,
      async revokeAll(ownerId, except, now) {
        // One store, one epoch: the rows are ended one by one, what is sealed falls by the epoch.
        const epoch = (await stored.owners?.revokeAll(ownerId, except, now)) ?? 0
        revocations.noteEpoch(ownerId, epoch, now)
        return epoch
      },
      listing: null,
    },
    open,
    recheck: (held, now) => (isRow(held) ? stored.recheck(held, now) : sealed.recheck(held, now)),
    commit,
  }
}

function isRow(held: AnyHeld): held is StoredHeld {
  return 'token' in held
}

async function ifTooLarge<T>(attempt: () => T | Promise<T>, otherwise: () => T | Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof SessionError && error.code === 'SESSION_TOO_LARGE') return otherwise()
    throw error
  }
}
