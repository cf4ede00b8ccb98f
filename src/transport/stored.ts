/**
 * Server-side sessions: the cookie holds a token, the store holds the record under a hash of it.
 *
 * In: cookie values and changes. Out: sessions, and a new cookie only when the token's text changed. Everything is
 * written by compare-and-swap, so a slow request can neither undo an update nor bring an ended session back. Must not
 * know: which store it is, and anything of HTTP.
 *
 * @module
 */

import type { Token } from '../crypto/token.ts'
import type { SojournError } from '../errors.ts'
import { renewedEnd } from '../record/lifetime.ts'
import { applyOperations, type Operation } from '../record/operations.ts'
import { claimantOf, emptyRecord } from '../record/record.ts'
import { end } from './ending.ts'
import type { LimitedStore } from './limited-store.ts'
import { createLines } from './line.ts'
import { createMergedWrite, type WriteJob } from './merged-write.ts'
import { rotate } from './rotation.ts'
import { createRows, type Rows, type RowsOptions, type StoredHeld } from './rows.ts'
import { storedOwners } from './stored-owners.ts'
import {
  type Change,
  endingOf,
  type Opened,
  type Outcome,
  type Presented,
  type RejectReason,
  type Transport,
} from './transport.ts'

type Write = Extract<Change<StoredHeld>, { type: 'write' }>

export interface StoredOptions extends RowsOptions {
  readonly store: LimitedStore
  /** The longest a commit goes on retrying, in milliseconds. */
  readonly commitTimeout: number
}

/** What a session that outgrows its cookie needs besides: the steps of a rotation, one by one. */
export interface StoredTransport extends Transport<StoredHeld> {
  add: Rows['add']
  bury(row: StoredHeld, now: number): Promise<void>
  /** Waits for a step, and buries the row where it fails. */
  orBury<T>(row: StoredHeld, step: Promise<T>, now: number): Promise<T>
  /** A row that was just added, as the outcome; buried and lost where its owner's sessions were revoked meanwhile. */
  made(row: StoredHeld, now: number): Promise<Outcome<StoredHeld>>
}

/** The transport of server-side sessions. */
export function storedTransport(options: StoredOptions): StoredTransport {
  const { store, tokens, limits, commitTimeout, onEvent } = options
  const rows = createRows(options)
  const index = store.owners
  const { write: merged, writeAtHand } = createMergedWrite({ rows, commitTimeout, onEvent })
  const lines = createLines<WriteJob, StoredHeld>(merged)

  function open(presented: Presented, now: number): Opened<StoredHeld> | Promise<Opened<StoredHeld>> {
    let token: Token | null = null
    let reason: RejectReason | null = null
    for (const value of presented.session) {
      const opened = tokens.open(value)
      if (!opened.ok) reason ??= opened.reason
      else if (token === null) token = opened.token
      else if (token.key !== opened.token.key) return { type: 'refused', reason: 'forged', grave: false }
    }
    if (token === null) return reason === null ? { type: 'none' } : { type: 'refused', reason, grave: false }
    return lookAtHand(token, now) ?? look(token, now)
  }

  function lookAtHand(token: Token, now: number): Opened<StoredHeld> | undefined {
    try {
      return rows.lookAtHand(token, now)
    } catch (error) {
      return { type: 'failed', error: error as SojournError, id: token.key }
    }
  }

  async function look(token: Token, now: number): Promise<Opened<StoredHeld>> {
    try {
      return await rows.look(token, now)
    } catch (error) {
      // The limited store rejects with nothing else.
      return { type: 'failed', error: error as SojournError, id: token.key }
    }
  }

  /** At once where there is nothing to tell the store, which is nearly always: then no answer has to be held back. */
  function touch(held: StoredHeld, now: number): Outcome<StoredHeld> | Promise<Outcome<StoredHeld>> {
    const expiresAt = renewedEnd(held.record.createdAt, held.expiresAt, now, held.record.limits ?? limits)
    return expiresAt === null ? { type: 'keep', held } : extend(held, expiresAt, now)
  }

  async function extend(held: StoredHeld, expiresAt: number, now: number): Promise<Outcome<StoredHeld>> {
    try {
      const renewed = await store.extend(held.id, expiresAt, now)
      return { type: 'keep', held: renewed ? { ...held, expiresAt } : held }
    } catch (error) {
      // Nothing in the answer relies on it: the session ends a little early at worst.
      onEvent({ type: 'store-error', error: error as SojournError })
      return { type: 'keep', held }
    }
  }

  async function create(operations: readonly Operation[], now: number): Promise<Outcome<StoredHeld>> {
    return made(await rows.add(applyOperations(emptyRecord(now), operations), null, now), now)
  }

  /** Whether the sessions of the owner were revoked since the login began: the walk over the index may have missed it. */
  async function isRevoked({ record }: StoredHeld): Promise<boolean> {
    const ownerId = claimantOf(record)
    return ownerId !== null && index !== null && (await index.epochOf(ownerId)) > record.epoch
  }

  async function made(row: StoredHeld, now: number): Promise<Outcome<StoredHeld>> {
    if (!(await orBury(row, isRevoked(row), now))) return { type: 'set', held: row, session: row.token.text }
    await rows.bury(row.id, now)
    return { type: 'lost', reason: 'revoked' }
  }

  async function orBury<T>(row: StoredHeld, step: Promise<T>, now: number): Promise<T> {
    try {
      return await step
    } catch (error) {
      // Best effort: nobody ever saw this id, and the error that brought us here is the one to tell.
      await rows.bury(row.id, now).catch(() => undefined)
      throw error
    }
  }

  /** At once where the store answers at once and nobody stands before: then no answer has to be held back. */
  function write(change: Write, now: number): Outcome<StoredHeld> | Promise<Outcome<StoredHeld>> {
    const row = lines.isFree(change.held.id) ? writeAtHand(change, now) : undefined
    return row === undefined ? writeInLine(change, now) : written(row)
  }

  function writeInLine({ held, operations, active }: Write, now: number): Promise<Outcome<StoredHeld>> {
    return new Promise((resolve, reject) => {
      lines.merge(held.id, {
        held,
        operations,
        active,
        now,
        resolve: (result) => resolve('lost' in result ? { type: 'lost', reason: result.lost } : written(result.row)),
        reject,
      })
    })
  }

  /** Law 9: a write is when a token under an older secret is replaced. */
  function written(row: StoredHeld): Outcome<StoredHeld> {
    if (row.token.current) return { type: 'keep', held: row }
    const token = tokens.reissue(row.token)
    return { type: 'set', held: { ...row, token }, session: token.text }
  }

  return {
    reads: true,
    owners: index && storedOwners({ store, index, codec: options.codec, limits, commitTimeout }),
    add: rows.add,
    bury: (row, now) => rows.bury(row.id, now),
    orBury,
    made,
    open,
    async recheck(held, now) {
      const opened = await rows.look(held.token, now, true)
      if (opened.type === 'failed') throw opened.error
      return opened.type === 'refused' ? opened.reason : null
    },
    commit(change: Change<StoredHeld>, now: number) {
      switch (change.type) {
        case 'touch':
          return touch(change.held, now)
        case 'create':
          return create(change.operations, now)
        case 'write':
          return write(change, now)
        case 'rotate':
          return lines.alone(change.held.id, async () => {
            const row = await rotate({ rows, isRevoked, commitTimeout }, change.held, change, now)
            return row === null
              ? { type: 'lost', reason: 'revoked' }
              : { type: 'set', held: row, session: row.token.text }
          })
        case 'destroy':
          return lines.alone(change.id, async () => {
            const version = change.held?.version ?? null
            return endingOf(await end(store, commitTimeout, { key: change.id, version, sealedUntil: null }, now))
          })
      }
    },
  }
}
