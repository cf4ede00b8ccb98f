/**
 * Law 1: no update is lost.
 *
 * In: what several requests of one process recorded on one session. Out: one compare-and-swap with all of it, done
 * again on the newer record where somebody else was first. Each request is told its own outcome; one whose `update`
 * throws, or whose value does not fit, is taken out and fails alone. Must not know: cookies.
 *
 * @module
 */

import type { Token } from '../crypto/token.ts'
import { StoreError } from '../errors.ts'
import { applyOperations, type Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import { createPatience } from './patience.ts'
import type { Rows, StoredHeld } from './rows.ts'
import type { Change, Opened, RejectReason, TransportEvent } from './transport.ts'

/** One request's write, waiting for its turn. */
export interface WriteJob {
  readonly run?: undefined
  readonly held: StoredHeld
  readonly operations: readonly Operation[]
  /** Whether somebody was there: only then does the write move the idle end. */
  readonly active: boolean
  readonly now: number
  /** The row that was written, or the reason why there is none to write to any more. */
  resolve(result: { readonly row: StoredHeld } | { readonly lost: RejectReason }): void
  reject(error: unknown): void
}

type Single = Pick<Extract<Change<StoredHeld>, { type: 'write' }>, 'held' | 'record' | 'active'>

export interface MergedWriteOptions {
  readonly rows: Rows
  /** The longest to go on retrying, in milliseconds. */
  readonly commitTimeout: number
  readonly onEvent: (event: TransportEvent) => void
}

/** `write` is what `createLines` runs: settles every job, rejects never, and returns the row it wrote. */
export function createMergedWrite({ rows, commitTimeout, onEvent }: MergedWriteOptions) {
  return { write, writeAtHand }

  /**
   * One write with nobody beside it, where the store does it at once. `undefined`: it does not, or somebody else was first, and
   * nothing was written. Throws where the store fails.
   */
  function writeAtHand({ held, record, active }: Single, now: number): StoredHeld | undefined {
    // Without activity the row keeps its end, which has to be read first.
    if (rows.swapAtHand === null || !active) return undefined
    const next = rows.next(held.token, underItsOwnId(record), held.version + 1, null, now, held.expiresAt)
    return rows.swapAtHand(next, held.version, now) === 'done' ? next : undefined
  }

  async function latest(row: StoredHeld, now: number): Promise<StoredHeld> {
    const opened = await rows.look(row.token, now)
    return opened.type === 'live' ? opened.held : row
  }

  async function write(jobs: readonly WriteJob[], previous: StoredHeld | null): Promise<StoredHeld | null> {
    const [first] = jobs
    if (first === undefined) return previous
    const now = jobs.reduce((latest, job) => Math.max(latest, job.now), first.now)
    let current = jobs.reduce((newest, { held }) => newer(newest, held), previous ?? first.held)
    const patience = createPatience(commitTimeout)
    let waiting = jobs
    try {
      // Without activity the row keeps its end, which a touch may have moved since these requests read it.
      if (!jobs.some((job) => job.active)) current = await latest(current, now)
      for (;;) {
        const merged = merge(current.record, waiting)
        waiting = merged.jobs
        if (waiting.length === 0) return current
        const lastEnd = waiting.some((job) => job.active) ? null : current.expiresAt
        const { token, version, expiresAt } = current
        const next = rows.next(token, merged.record, version + 1, lastEnd, now, expiresAt)
        const swapped = await rows.swap(next, version, now)
        if (swapped === 'done') {
          for (const job of waiting) job.resolve({ row: withToken(next, job.held.token) })
          return next
        }
        if (swapped === 'stale') onEvent({ type: 'write-conflict', id: current.id })
        await patience.pause()
        const opened = await rows.look(current.token, now)
        if (opened.type !== 'live') {
          for (const job of waiting) job.resolve({ lost: reasonOf(opened) })
          return null
        }
        current = opened.held
      }
    } catch (error) {
      if (waiting.length > 1 && error instanceof StoreError && error.code === 'STORE_VALUE_TOO_LARGE') {
        // Together they do not fit. One by one, those that do are kept and the one that does not fails alone.
        for (const job of waiting) await write([job], null)
      } else {
        for (const job of waiting) job.reject(error)
      }
      return null
    }
  }
}

/** The record after all jobs, and the jobs that are in it. */
function merge(base: SessionRecord, jobs: readonly WriteJob[]): { record: SessionRecord; jobs: readonly WriteJob[] } {
  let record = underItsOwnId(base)
  const kept: WriteJob[] = []
  for (const job of jobs) {
    try {
      record = applyOperations(record, job.operations)
      kept.push(job)
    } catch (error) {
      job.reject(error)
    }
  }
  return { record, jobs: kept }
}

/** Whoever writes here holds the token, so the id it was given in place of another counts. */
function underItsOwnId(record: SessionRecord): SessionRecord {
  return record.predecessor === null ? record : { ...record, predecessor: null }
}

function newer(a: StoredHeld, b: StoredHeld): StoredHeld {
  return b.version > a.version ? b : a
}

/** Requests of one session may have come with its token under different secrets. */
function withToken(row: StoredHeld, token: Token): StoredHeld {
  return row.token === token ? row : { ...row, token }
}

function reasonOf(opened: Opened): RejectReason {
  return opened.type === 'refused' ? opened.reason : 'unknown'
}
