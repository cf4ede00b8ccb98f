import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drivers } from '../../test/support/databases.ts'
import { temporaryFolder } from '../../test/support/folders.ts'
import { ConfigError, StoreError } from '../errors.ts'
import { type SqliteDatabase, sqliteStore } from './sqlite.ts'
import type { Entry } from './store.ts'

const NOW = 1_000_000
const live: Entry = { value: 'value', version: 1, expiresAt: NOW + 60_000 }

const newFile = () => join(temporaryFolder(), 'store.db')

/** A database that says what it was asked, and answers as if it had done it. */
function recordingDatabase(answers: Record<string, unknown> = {}): SqliteDatabase & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    exec: (sql) => asked.push(sql),
    prepare: (sql) => ({
      run: () => ({ changes: 0 }),
      get: () => (sql in answers ? answers[sql] : { one: 1, journal_mode: 'wal' }),
    }),
  }
}

describe.each(drivers)('through $name', ({ open }) => {
  test.each([
    ['my sessions'],
    ['quo"te'],
    ["apo'strophe"],
    ['back`tick'],
    ['select'],
    ['main.sessions'],
    ['a;DROP TABLE b'],
    ['Sitzungen 🦊'],
    ['%s'],
    ['?'],
  ])('a table may be called %s', async (table) => {
    const database = open(newFile())
    const store = sqliteStore(database, { table })
    expect(await store.create('key', live, NOW)).toBe(true)
    expect(await store.replace('key', { ...live, version: 2 }, 1, NOW)).toBe('done')
    expect(await store.extend('key', NOW * 2, NOW)).toBe(true)
    expect(await store.find('key')).toEqual({ ...live, version: 2, expiresAt: NOW * 2 })
    expect(await store.sweep(NOW * 3)).toBe(1)
    await store.bury('key', '', NOW * 2, NOW)
    const named = database.prepare("SELECT count(*) AS many FROM sqlite_schema WHERE type = 'table' AND name = ?")
    expect(named.get(table)).toMatchObject({ many: 1 })
  })

  test('two tables of one database are two stores', async () => {
    const database = open(newFile())
    const [one, other] = [sqliteStore(database), sqliteStore(database, { table: 'other' })]
    await one.create('key', live, NOW)
    expect(await other.find('key')).toBeNull()
  })

  test('what was written is there after the database was closed and opened again', async () => {
    const file = newFile()
    const database = open(file)
    await sqliteStore(database).create('key', live, NOW)
    database.close()
    expect(await sqliteStore(open(file)).find('key')).toEqual(live)
  })

  test.each([
    [undefined, 1],
    [false, 1],
    [true, 2],
  ])('with durable: %s the database is in WAL mode and synchronous is %i', (durable, synchronous) => {
    const database = open(newFile())
    sqliteStore(database, { durable })
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous })
    expect(Object.values(database.prepare('PRAGMA busy_timeout').get() as object)[0]).toBe(2_000)
  })

  test('a new database gets pages of 2 KiB, and one with something in it keeps its own', () => {
    const sizeOf = (database: SqliteDatabase) => database.prepare('PRAGMA page_size').get()
    const fresh = open(newFile())
    sqliteStore(fresh)
    expect(sizeOf(fresh)).toMatchObject({ page_size: 2_048 })
    const file = newFile()
    const before = open(file)
    before.exec('CREATE TABLE theirs (id INTEGER)')
    sqliteStore(before)
    expect(sizeOf(before)).toMatchObject({ page_size: 4_096 })
    // Nor does it change later: a VACUUM would grant what was only wished for.
    before.exec('PRAGMA journal_mode = DELETE')
    before.exec('VACUUM')
    before.close()
    expect(sizeOf(open(file))).toMatchObject({ page_size: 4_096 })
  })

  test('every statement is prepared once, when the store is made', async () => {
    const database = open(newFile())
    const prepared: string[] = []
    const counting: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        prepared.push(sql)
        return database.prepare(sql)
      },
    }
    const store = sqliteStore(counting)
    const atFirst = prepared.length
    expect(new Set(prepared).size).toBe(atFirst)
    for (const key of ['one', 'other']) {
      await store.create(key, { ...live, ownerId: 'ada' }, NOW)
      await store.replace(key, { ...live, version: 2 }, 1, NOW)
      await store.extend(key, NOW * 2, NOW)
      await store.bury(key, '', NOW * 2, NOW)
      await store.raiseEpoch('ada', NOW)
      await store.sweep(NOW * 3)
      expect(await store.find(key)).toBeNull()
    }
    expect(prepared).toHaveLength(atFirst)
  })

  test('a database in memory will do', async () => {
    const store = sqliteStore(open(':memory:'))
    expect(await store.create('key', live, NOW)).toBe(true)
  })

  test('every way to an entry goes through an index', () => {
    const database = open(newFile())
    sqliteStore(database)
    const plan = (sql: string) => JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).get())
    expect(plan("SELECT value FROM sojourn_entries WHERE key = 'a'")).toMatch(/USING INDEX/)
    expect(plan('SELECT rowid FROM sojourn_entries WHERE expires_at < 5 ORDER BY expires_at LIMIT 200')).toMatch(
      /USING COVERING INDEX sojourn_entries_expires_at/,
    )
  })

  test('a sweep of many lets others run in between, and takes all', async () => {
    const database = open(newFile())
    const store = sqliteStore(database)
    const insert = database.prepare(
      "INSERT INTO sojourn_entries (key, value, version, expires_at, grave) VALUES (?, '', 1, ?, 0)",
    )
    database.exec('BEGIN')
    for (let n = 0; n < 1_000; n++) insert.run(`ended ${n}`, NOW)
    database.exec('COMMIT')
    await store.create('key', live, NOW)
    let others = 0
    let swept = false
    const other = () => {
      others++
      if (!swept) setImmediate(other)
    }
    setImmediate(other)
    expect(await store.sweep(NOW + 60_001)).toBe(1_000)
    swept = true
    expect(others).toBeGreaterThanOrEqual(5)
    expect(await store.find('key')).toEqual(live)
  })

  test('a full database is STORE_FULL, and what was there stays', async () => {
    const database = open(newFile())
    const store = sqliteStore(database)
    await store.create('key', live, NOW)
    database.exec('PRAGMA max_page_count = 8')
    const attempt = store.replace('key', { ...live, value: 'x'.repeat(100_000), version: 2 }, 1, NOW)
    await expect(attempt).rejects.toBeInstanceOf(StoreError)
    await expect(attempt).rejects.toMatchObject({ code: 'STORE_FULL', details: { sqliteCode: 'SQLITE_FULL' } })
    await expect(attempt).rejects.toHaveProperty('cause.message', expect.stringMatching(/full/))
    expect(await store.find('key')).toEqual(live)
  })

  test('any other failure is a rejection with STORE_FAILED and the driver’s error as its cause', async () => {
    const database = open(newFile())
    const store = sqliteStore(database)
    database.exec('DROP TABLE sojourn_entries')
    const attempts = [
      store.find('key'),
      store.create('key', live, NOW),
      store.replace('key', live, 1, NOW),
      store.extend('key', NOW, NOW),
      store.bury('key', '', NOW, NOW),
      store.sweep(NOW),
    ]
    for (const attempt of attempts) {
      await expect(attempt).rejects.toBeInstanceOf(StoreError)
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_FAILED', cause: expect.any(Error) })
    }
  })

  test('a closed database is refused at once', () => {
    const database = open(newFile())
    database.close()
    expect(() => sqliteStore(database)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})

test.each([
  ['a path', './store.db', /found a text, perhaps a path/],
  ['a class', class Database {}, /found a function, perhaps the class of a driver/],
  ['nothing', undefined, /found a value of type undefined/],
  ['null', null, /found a value of type null/],
  ['a promise', Promise.resolve(), /found a promise/],
  ['a pool', { query() {} }, /found an object without exec/],
  ['half a database', { exec() {} }, /found an object without prepare/],
  ['an asynchronous driver', recordingDatabase({ 'SELECT 1 AS one': Promise.resolve() }), /asynchronous driver/],
  ['rows as arrays', recordingDatabase({ 'SELECT 1 AS one': [1] }), /does not answer with rows as objects/],
])('%s in the place of a database is refused at once, with what was found', (_, database, message) => {
  const attempt = () => sqliteStore(database as unknown as SqliteDatabase)
  expect(attempt).toThrow(ConfigError)
  expect(attempt).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'database' } }))
  expect(attempt).toThrow(message)
})

test.each([
  ['', /an empty text/],
  ['a\0b', /a text with a NUL/],
  ['sqlite_sessions', /begins with "sqlite_"/],
  [7, /a value of type number/],
])('a table cannot be called %o', (table, message) => {
  const attempt = () => sqliteStore(recordingDatabase(), { table: table as string })
  expect(attempt).toThrow(ConfigError)
  expect(attempt).toThrow(message)
})

test('a driver that answers with BigInt changes nothing', async () => {
  const row = { value: 'v', version: 9_007_199_254_740_991n, expires_at: 1_767_225_600_000n, owner_id: null, grave: 1n }
  const database = recordingDatabase()
  const prepare = (sql: string) => ({
    run: () => ({ changes: 1n }),
    get: () => (sql.startsWith('SELECT value') ? row : { one: 1n, journal_mode: 'wal' }),
  })
  const store = sqliteStore({ ...database, prepare })
  expect(await store.find('key')).toEqual({
    value: 'v',
    version: Number.MAX_SAFE_INTEGER,
    expiresAt: 1_767_225_600_000,
    grave: true,
  })
  expect(await store.create('key', live, NOW)).toBe(true)
  expect(await store.replace('key', live, 1, NOW)).toBe('done')
  expect(await store.extend('key', NOW, NOW)).toBe(true)
})

test('a replace that lost to another process between its two statements asks again', async () => {
  const refusals = [{ changes: 0 }, { changes: 1 }]
  const database = recordingDatabase()
  const prepare = (sql: string) => ({
    run: () => (sql.startsWith('UPDATE') ? (refusals.shift() ?? { changes: 0 }) : { changes: 0 }),
    // Another process has just written the version that this one expects.
    get: () => (sql.startsWith('SELECT version') ? { version: 1 } : { one: 1, journal_mode: 'wal' }),
  })
  const store = sqliteStore({ ...database, prepare })
  expect(await store.replace('key', { ...live, version: 2 }, 1, NOW)).toBe('done')
})
