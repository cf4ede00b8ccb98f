/**
 * The calls of a store as statements on two tables: entries, and epochs of owners.
 *
 * In: the calls, and a server to run statements on. Out: their answers. What every SQL server does alike is here; what
 * each has its own way for is asked of it. Every change is one statement, so that no other process can come between its
 * question and its answer. Must not know which server it is.
 *
 * @module
 */
import { toPlainText } from '../plain-text.ts'
import { type Held, SWEEP_AFTER } from '../store-rules.ts'
import { entryOf, entryParams, keyOf, keyParams, type Params, type Row } from './row.ts'
import { BEFORE_ALL, toStoredName } from './stored-name.ts'

/** The statements that every server has. */
export type Common = 'find' | 'replace' | 'liveVersion' | 'extend' | 'bury' | 'ofOwner' | 'all' | 'epochOf'

/** What a statement came to. */
export interface Answer {
  readonly rows: readonly Row[]
  /** How many rows it found to change, whether or not they are different now. */
  readonly changed: number
}

/** A server with both tables. */
export interface TableServer {
  /** `what` is for the message of a failure, after "Cannot". */
  run(what: string, statement: Common, params: Params): Promise<Answer>
  /** Adds a row, or writes over one that has ended by `now`. */
  create(params: Params): Promise<boolean>
  raiseEpoch(params: Params): Promise<number>
  /** Removes some of what ended before that time: 0 where nothing is left that nobody else is removing. */
  sweepSome(params: Params): Promise<number>
}

/** Rows a listing holds in memory at once. */
export const PAGE = 200

interface Listed {
  readonly key: string
  readonly entry: Held
}

/** The store on `server`. */
export function tableStore({ run, create, raiseEpoch, sweepSome }: TableServer) {
  /** Page after page by the key, each with a statement of its own: nothing stays open between two. */
  async function* walk(what: string, statement: Common, params: Params, after: string): AsyncGenerator<Listed> {
    for (let last = after; ; ) {
      const { rows } = await run(what, statement, { ...params, after: last })
      for (const row of rows) yield { key: keyOf(row), entry: entryOf(row) }
      const end = rows.at(-1)
      if (end === undefined || rows.length < PAGE) return
      last = String(end.key)
    }
  }

  return {
    async find(key: string): Promise<Held | null> {
      const { rows } = await run('read an entry', 'find', keyParams(key))
      return rows[0] === undefined ? null : entryOf(rows[0])
    },

    create(key: string, entry: Held, now: number): Promise<boolean> {
      return create(entryParams(key, entry, now))
    },

    async replace(key: string, entry: Held, version: number, now: number): Promise<'done' | 'stale' | 'gone'> {
      const params = entryParams(key, entry, now, version)
      for (;;) {
        const { changed } = await run('replace an entry', 'replace', params)
        if (changed > 0) return 'done'
        const { rows } = await run('replace an entry', 'liveVersion', params)
        if (rows[0] === undefined) return 'gone'
        // Between the two statements another process may have written the very version asked for: then ask again.
        if (Number(rows[0].version) !== version) return 'stale'
      }
    },

    async extend(key: string, expiresAt: number, now: number): Promise<boolean> {
      const { changed } = await run('extend an entry', 'extend', { ...keyParams(key), expiresAt, now })
      return changed > 0
    },

    async bury(key: string, value: string, until: number, now: number): Promise<void> {
      await run('bury an entry', 'bury', { ...keyParams(key), value: toPlainText(value), until, now })
    },

    async sweep(now: number): Promise<number> {
      for (let removed = 0; ; ) {
        const some = await sweepSome({ before: now - SWEEP_AFTER })
        if (some === 0) return removed
        removed += some
      }
    },

    listByOwner(ownerId: string): AsyncIterable<Listed> {
      return walk('list the entries of an owner', 'ofOwner', { owner: toStoredName(ownerId).name }, BEFORE_ALL)
    },

    async epochOf(ownerId: string): Promise<number> {
      const { rows } = await run('read an epoch', 'epochOf', { owner: toStoredName(ownerId).name })
      return Number(rows[0]?.epoch ?? 0)
    },

    raiseEpoch(ownerId: string, now: number): Promise<number> {
      return raiseEpoch({ owner: toStoredName(ownerId).name, now })
    },

    entries(after?: string): AsyncIterable<Listed> {
      return walk('list all entries', 'all', {}, after === undefined ? BEFORE_ALL : toStoredName(after).name)
    },
  }
}
