/**
 * Keeps entries in a table of a SQLite database: for one machine, any number of processes.
 *
 * In: an open database, by its shape, and the calls of `Store`. Out: their answers; what the database refuses is a
 * `StoreError`. Must not know sessions, the time, or which driver it was given. Every change is one statement, so that
 * two processes can never come between its question and its answer.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { withAtHand } from '../lib/at-hand.ts'
import { fromPlainText, toPlainText } from '../lib/plain-text.ts'
import { attempt, sqliteCode } from '../lib/sqlite/attempt.ts'
import {
  BUSY_TIMEOUT,
  quoted,
  requireDatabase,
  requireTable,
  type SqliteDatabase,
  type SqliteStatement,
} from '../lib/sqlite/shape.ts'
import { heldOf, SWEEP_AFTER } from '../lib/store-rules.ts'
import type { Entry, Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from '../lib/sqlite/shape.ts'

/** Where a SQLite store keeps its entries, and how well. */
export interface SqliteStoreOptions {
  /** The table, made if it is not there, as is one for epochs, whose name ends in `_epochs`. `sojourn_entries` unless told. */
  readonly table?: string
  /**
   * `false`, the default: `synchronous=NORMAL`; what was answered survives `kill -9`, but a power cut may lose the last
   * moments, and a logout with them. `true`: `synchronous=FULL`; each change waits for the disk and survives that too.
   */
  readonly durable?: boolean
}

/** Milliseconds between two tries to turn WAL on. */
const PAUSE = 10

/**
 * What a change writes into the log is a page, whole, and the log is brought home in the middle of somebody's request. SQLite's own 4096
 * would double both; with 1024 the tree of a million sessions is deeper than what is written less saves.
 */
const PAGE_BYTES = 2048

/** Rows a sweep removes, or a walk gives, before it lets others run: a few milliseconds. */
const BATCH = 200

/**
 * A store in `database`. Give it a connection of its own: it sets `journal_mode`, `synchronous` and `busy_timeout` for
 * the whole connection, and inside somebody else's open transaction its answers could be rolled back. A database with
 * nothing in it yet gets pages of 2048 bytes.
 *
 * Each call is one statement; a `replace` that moves the end is two, and one that is refused three. Drivers of this shape
 * work synchronously: a call takes some microseconds in which nothing else runs, and a call that meets another process's
 * write waits up to 2 seconds. Call `sweep` from time to time: nothing else removes what has ended. Rejects with
 * `STORE_FULL` where the disk or the database is full and with `STORE_FAILED` otherwise, the driver's error as `cause`.
 *
 * @throws ConfigError `OPTION_INVALID` where `database` is no such database or `table` is no name for a table.
 * @throws StoreError where the database refuses to be set up.
 */
export function sqliteStore(
  database: SqliteDatabase,
  options: SqliteStoreOptions = {},
): Store & Sweepable & OwnerIndex & Enumerable {
  requireDatabase(database)
  const table = options.table ?? 'sojourn_entries'
  requireTable(table)
  const statements = attempt('set up the table', () => {
    setUp(database, table, options.durable ?? false)
    return prepareAll(database, quoted(table), quoted(`${table}_epochs`))
  })

  /** Row by row from a key on, each with a statement of its own: nothing stays open while the caller is at work. */
  async function* walk(statement: SqliteStatement, from: string, ...params: string[]) {
    for (let next = from, given = 1; ; given++) {
      const row = attempt('list entries', () => statement.get(...params, next)) as
        | (Row & { key: string })
        | undefined
        | null
      if (row === undefined || row === null) return
      yield { key: fromPlainText(row.key), entry: entryOf(row) }
      next = after(row.key)
      if (given % BATCH === 0) await setImmediate()
    }
  }

  const atHand = {
    find(key: string): Entry | null {
      const row = attempt('read an entry', () => statements.find.get(toPlainText(key)))
      return row === undefined || row === null ? null : entryOf(row as Row)
    },

    replace(key: string, entry: Entry, version: number, now: number): 'done' | 'stale' | 'gone' {
      const plainKey = toPlainText(key)
      // Nearly every write of a session: no index has anything of it, and those statements that name an indexed column move it there.
      if (!entry.grave && entry.expiresAt > now && inPlace(plainKey, entry, version)) return 'done'
      for (;;) {
        const { changes } = attempt('replace an entry', () =>
          statements.replace.run(...columns(entry), plainKey, version, now),
        )
        if (Number(changes) > 0) return 'done'
        const live = attempt('replace an entry', () => statements.liveVersion.get(plainKey, now)) as
          | Row
          | undefined
          | null
        if (live === undefined || live === null) return 'gone'
        // Between the two statements another process may have written the very version asked for: then ask again.
        if (Number(live.version) !== version) return 'stale'
      }
    },
  }

  function inPlace(plainKey: string, entry: Entry, version: number): boolean {
    const { value, version: next, expiresAt, ownerId } = entry
    const owner = ownerColumn(ownerId)
    const { changes } = attempt('replace an entry', () =>
      statements.replaceInPlace.run(toPlainText(value), next, plainKey, version, expiresAt, owner),
    )
    return Number(changes) > 0
  }

  const store: Store & Sweepable & OwnerIndex & Enumerable = {
    async find(key) {
      return atHand.find(key)
    },

    async create(key, entry, now) {
      const { changes } = attempt('create an entry', () =>
        statements.create.run(toPlainText(key), ...columns(entry), now),
      )
      return Number(changes) > 0
    },

    async replace(key, entry, version, now) {
      return atHand.replace(key, entry, version, now)
    },

    async extend(key, expiresAt, now) {
      const { changes } = attempt('extend an entry', () => statements.extend.run(expiresAt, toPlainText(key), now))
      return Number(changes) > 0
    },

    async bury(key, value, until, now) {
      attempt('bury an entry', () => statements.bury.run(toPlainText(key), toPlainText(value), until, now, now, now))
    },

    async sweep(now) {
      let removed = 0
      for (;;) {
        const { changes } = attempt('sweep', () => statements.sweep.run(now - SWEEP_AFTER))
        removed += Number(changes)
        if (Number(changes) < BATCH) return removed
        await setImmediate()
      }
    },

    listByOwner: (ownerId) => walk(statements.ofOwner, '', toPlainText(ownerId)),

    async epochOf(ownerId) {
      return epochIn(attempt('read an epoch', () => statements.epochOf.get(toPlainText(ownerId))))
    },

    async raiseEpoch(ownerId, now) {
      return epochIn(attempt('raise an epoch', () => statements.raiseEpoch.get(toPlainText(ownerId), now)))
    },

    entries: (key) => walk(statements.all, key === undefined ? '' : after(toPlainText(key))),
  }
  return withAtHand(store, atHand)
}

// No text in the table has a NUL, so this is the first that can come after it.
function after(plainKey: string): string {
  return `${plainKey}\u0001`
}

function setUp(database: SqliteDatabase, table: string, durable: boolean): void {
  // Only while nothing is in it; later it would be a wish that the next VACUUM grants.
  if (Number(pragma(database, 'page_count')) === 0) database.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
  turnOnWal(database)
  database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
  // With rowid: rows of some hundred bytes in the tree of keys would make it deep.
  database.exec(`CREATE TABLE IF NOT EXISTS ${quoted(table)} (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    owner_id TEXT,
    grave INTEGER NOT NULL
  )`)
  database.exec(`CREATE INDEX IF NOT EXISTS ${quoted(`${table}_expires_at`)} ON ${quoted(table)} (expires_at)`)
  database.exec(`CREATE INDEX IF NOT EXISTS ${quoted(`${table}_owner_id`)} ON ${quoted(table)} (owner_id, key)
    WHERE owner_id IS NOT NULL AND grave = 0`)
  database.exec(`CREATE TABLE IF NOT EXISTS ${quoted(`${table}_epochs`)} (
    owner_id TEXT NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL
  )`)
}

// Needs the database for itself, and SQLite does not wait for that: processes that start together take turns.
function turnOnWal(database: SqliteDatabase): void {
  for (let tries = 1; pragma(database, 'journal_mode') !== 'wal'; tries++) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      // A database in memory stays as it is, without an error.
      return
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_BUSY' || tries * PAUSE > BUSY_TIMEOUT) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    }
  }
}

function pragma(database: SqliteDatabase, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get()
  return typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined
}

// Only bare `?`: drivers disagree on numbered ones. Numbers may be bound as REAL; INTEGER columns turn them back.
function prepareAll(database: SqliteDatabase, table: string, epochs: string) {
  const prepare = (sql: string) => database.prepare(sql)
  const columnNames = 'value, version, expires_at, owner_id, grave'
  const taken = `${table}.expires_at > ?`
  const liveGrave = `${table}.grave = 1 AND ${taken}`
  return {
    find: prepare(`SELECT ${columnNames} FROM ${table} WHERE key = ?`),
    create: prepare(`INSERT INTO ${table} (key, ${columnNames}) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version,
        expires_at = excluded.expires_at, owner_id = excluded.owner_id, grave = excluded.grave
      WHERE NOT (${taken})`),
    replace: prepare(`UPDATE ${table} SET value = ?, version = ?, expires_at = ?, owner_id = ?, grave = ?
      WHERE key = ? AND version = ? AND grave = 0 AND ${taken}`),
    replaceInPlace: prepare(`UPDATE ${table} SET value = ?, version = ?
      WHERE key = ? AND version = ? AND grave = 0 AND expires_at = ? AND owner_id IS ?`),
    liveVersion: prepare(`SELECT version FROM ${table} WHERE key = ? AND grave = 0 AND ${taken}`),
    extend: prepare(`UPDATE ${table} SET expires_at = max(expires_at, ?) WHERE key = ? AND grave = 0 AND ${taken}`),
    // In SET every column on the right is still the old one, so the order of the three does not matter.
    bury: prepare(`INSERT INTO ${table} (key, value, version, expires_at, owner_id, grave) VALUES (?, ?, 1, ?, NULL, 1)
      ON CONFLICT (key) DO UPDATE SET grave = 1,
        value = CASE WHEN ${liveGrave} THEN ${table}.value ELSE excluded.value END,
        owner_id = CASE WHEN ${liveGrave} THEN ${table}.owner_id END,
        expires_at = CASE WHEN ${liveGrave} THEN max(${table}.expires_at, excluded.expires_at) ELSE excluded.expires_at END`),
    sweep: prepare(`DELETE FROM ${table} WHERE rowid IN
      (SELECT rowid FROM ${table} WHERE expires_at < ? ORDER BY expires_at LIMIT ${BATCH})`),
    ofOwner: prepare(`SELECT key, ${columnNames} FROM ${table} WHERE owner_id = ? AND grave = 0 AND key >= ?
      ORDER BY key LIMIT 1`),
    all: prepare(`SELECT key, ${columnNames} FROM ${table} WHERE key >= ? ORDER BY key LIMIT 1`),
    epochOf: prepare(`SELECT epoch FROM ${epochs} WHERE owner_id = ?`),
    raiseEpoch: prepare(`INSERT INTO ${epochs} (owner_id, epoch) VALUES (?, max(1, ?))
      ON CONFLICT (owner_id) DO UPDATE SET epoch = max(${epochs}.epoch + 1, excluded.epoch) RETURNING epoch`),
  }
}

interface Row {
  readonly value: string
  readonly version: number | bigint
  readonly expires_at: number | bigint
  readonly owner_id: string | null
  readonly grave: number | bigint
}

function columns(entry: Entry): [string, number, number, string | null, number] {
  const { value, version, expiresAt, ownerId, grave } = entry
  return [toPlainText(value), version, expiresAt, ownerColumn(ownerId), grave ? 1 : 0]
}

function ownerColumn(ownerId: string | undefined): string | null {
  return ownerId === undefined ? null : toPlainText(ownerId)
}

function epochIn(row: unknown): number {
  return Number((row as { epoch: number | bigint } | undefined | null)?.epoch ?? 0)
}

// `Number` because some drivers can be set to answer with BigInt.
function entryOf(row: Row): Entry {
  const ownerId = row.owner_id === null ? undefined : fromPlainText(String(row.owner_id))
  const value = fromPlainText(String(row.value))
  return heldOf(value, Number(row.version), Number(row.expires_at), ownerId, Number(row.grave) === 1)
}
