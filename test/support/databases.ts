/**
 * Every SQLite driver this Node has, behind one function.
 *
 * In: a file. Out: an open database. A driver that is missing here is named, with the reason.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { DatabaseSync as PhotostructureDatabase } from '@photostructure/sqlite'
import LibsqlDatabase from 'libsql'
import type { SqliteDatabase } from '../../src/store/sqlite.ts'

export interface OpenDatabase extends SqliteDatabase {
  close(): unknown
}

export interface Driver {
  readonly name: string
  open(file: string): OpenDatabase
}

export const drivers: readonly Driver[] = [
  { name: '@photostructure/sqlite', open: (file) => new PhotostructureDatabase(file) as OpenDatabase },
  { name: 'libsql', open: (file) => new LibsqlDatabase(file) as unknown as OpenDatabase },
  ...nodeSqlite(),
]

/** One line for each driver that is missing here, with the reason. */
export const driversLeftOut: readonly string[] =
  nodeSqlite().length > 0 ? [] : [`left out: node:sqlite, which Node ${process.versions.node} does not have`]

function nodeSqlite(): Driver[] {
  try {
    const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite')
    return [{ name: 'node:sqlite', open: (file) => new DatabaseSync(file) }]
  } catch {
    return []
  }
}
