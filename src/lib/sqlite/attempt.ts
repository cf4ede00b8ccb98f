/**
 * What a SQLite driver throws -> a StoreError.
 *
 * In: a call. Out: its answer, or a StoreError that keeps what was thrown as its cause. Must not know the driver: they
 * agree on the numbers and names of SQLite itself, but not on where they put them.
 *
 * @module
 */
import { StoreError } from '../../errors.ts'

const NAMES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
}

const FOUND: Readonly<Record<string, string>> = {
  SQLITE_BUSY:
    'another connection held the database for too long. Look for long transactions, or use a server database',
  SQLITE_LOCKED: 'the table is locked. Give the store a connection of its own',
  SQLITE_READONLY: 'the database is read-only. Open it for writing, in a folder this process may write to',
  SQLITE_FULL: 'the disk is full, or the database has reached its largest size. Free some space or sweep more often',
}

/** Runs `call`; what it throws becomes `STORE_FULL` or `STORE_FAILED`. */
export function attempt<Answer>(what: string, call: () => Answer): Answer {
  try {
    return call()
  } catch (cause) {
    const code = sqliteCode(cause)
    const found = FOUND[code] ?? `the database failed (${code || 'no code'}). Its own error is the cause of this one`
    throw new StoreError(code === 'SQLITE_FULL' ? 'STORE_FULL' : 'STORE_FAILED', `Cannot ${what} in SQLite: ${found}`, {
      cause,
      details: { sqliteCode: code },
    })
  }
}

/**
 * SQLite's name for what went wrong, `SQLITE_FULL` for one; empty where the driver gave none. node:sqlite has `errcode`, a
 * number with details in its upper bits; better-sqlite3 has `code`, a name with a suffix.
 */
export function sqliteCode(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('errcode' in error && typeof error.errcode === 'number') {
    return NAMES[error.errcode & 0xff] ?? `SQLite error ${error.errcode}`
  }
  return 'code' in error ? String(error.code).split('_').slice(0, 2).join('_') : ''
}
