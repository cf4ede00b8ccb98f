/**
 * What the SQLite store asks of a database and of a table's name.
 *
 * In: whatever a developer passed. Out: nothing, or a ConfigError that says what was found. Must not know a driver:
 * the shape is all there is.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'

/** How long a statement waits for another process, in milliseconds. The wait holds this process up. */
export const BUSY_TIMEOUT = 2_000

/** What the store binds. */
export type SqliteValue = string | number | null

/** A prepared statement, run at once. */
export interface SqliteStatement {
  run(...params: SqliteValue[]): { changes: number | bigint }
  get(...params: SqliteValue[]): unknown
}

/**
 * What the store needs of a database: `DatabaseSync` of `node:sqlite` and `@photostructure/sqlite`, and `Database` of
 * better-sqlite3, libsql and `bun:sqlite` have this shape. No driver is imported.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/**
 * Sets `busy_timeout` on the way.
 *
 * @throws ConfigError `OPTION_INVALID` where `database` does not answer as an open, synchronous database does.
 */
export function requireDatabase(database: unknown): void {
  const found = strangeness(database)
  if (found === null) return
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use the database of sqliteStore: found ${found}. Pass an open database of node:sqlite (DatabaseSync), better-sqlite3 or another synchronous driver with exec and prepare`,
    { details: { option: 'database' } },
  )
}

function strangeness(database: unknown): string | null {
  if (typeof database === 'string') return 'a text, perhaps a path'
  if (typeof database === 'function') return 'a function, perhaps the class of a driver'
  if (typeof database !== 'object' || database === null)
    return `a value of type ${database === null ? 'null' : typeof database}`
  if ('then' in database) return 'a promise'
  for (const method of ['exec', 'prepare']) {
    if (typeof Reflect.get(database, method) !== 'function') return `an object without ${method}`
  }
  return strangenessOfAnswers(database as SqliteDatabase)
}

function strangenessOfAnswers(database: SqliteDatabase): string | null {
  try {
    // First of all, so that a process that starts at the same moment is waited for.
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
    const row: unknown = database.prepare('SELECT 1 AS one').get()
    if (typeof row === 'object' && row !== null && 'one' in row && Number(row.one) === 1) return null
    return 'a database that does not answer with rows as objects, perhaps an asynchronous driver'
  } catch (error) {
    return `a database that answers "SELECT 1" with an error (${error instanceof Error ? error.message : 'of no known kind'})`
  }
}

/** The name as SQL takes it, whatever is in it: quotes, blanks, keywords. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** @throws ConfigError `OPTION_INVALID` where SQLite has no table of that name to give. */
export function requireTable(table: unknown): void {
  const found =
    typeof table !== 'string'
      ? `a value of type ${typeof table}`
      : table === ''
        ? 'an empty text'
        : table.includes('\0')
          ? 'a text with a NUL'
          : /^sqlite_/i.test(table)
            ? 'a name that begins with "sqlite_", which SQLite keeps for itself'
            : null
  if (found === null) return
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option table of sqliteStore: found ${found}. Pass another name`,
    {
      details: { option: 'table' },
    },
  )
}
