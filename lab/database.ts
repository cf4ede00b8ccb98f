/**
 * Opens the SQLite file that users, and by default sessions, are kept in.
 *
 * In: a path. Out: an open database. Node's own SQLite where this Node has it, the package of the same shape where it
 * does not. Must not know: any table.
 */

import type { DatabaseSync, DatabaseSyncInstance } from '@photostructure/sqlite'

export type Database = DatabaseSyncInstance

/** What both modules have in common. */
interface Sqlite {
  readonly DatabaseSync: typeof DatabaseSync
}

/** Opens the file, or makes it. */
export async function openDatabase(path: string): Promise<Database> {
  const sqlite = await sqliteModule()
  const database = new sqlite.DatabaseSync(path)
  // WAL lets a reader and the writer work at once; the wait is for another process that holds the file.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000')
  return database
}

async function sqliteModule(): Promise<Sqlite> {
  const builtin = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
  return builtin ?? (await import('@photostructure/sqlite'))
}
