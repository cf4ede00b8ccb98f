/**
 * SQLite in a folder of its own, a database for each size.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DatabaseSync } from '@photostructure/sqlite'
import { type SqliteDatabase, sqliteStore } from '../../src/store/sqlite.ts'
import type { Backend } from './backend.ts'

/** Entries that are written in one transaction while the store is filled. */
const BATCH = 5_000

export async function openSqlite(): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-scale-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'large.db')
  const databases = { small: new DatabaseSync(join(folder, 'small.db')), large: new DatabaseSync(file) }
  const stores = { small: openStore(databases.small), large: openStore(databases.large) }
  const version = databases.small.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  return {
    name: 'SQLite',
    goal: 3,
    about: `SQLite ${version.version} through @photostructure/sqlite, WAL, synchronous=NORMAL, its own cache size`,
    stores,
    calls: 500,
    atOnce: 1,
    async fill(size, count, work) {
      const database = databases[size]
      for (let n = 0; n < count; n += BATCH) {
        database.exec('BEGIN')
        for (let i = n; i < Math.min(n + BATCH, count); i++) await work(stores[size], i)
        database.exec('COMMIT')
        await setImmediate()
      }
    },
    async settle() {
      for (const database of Object.values(databases)) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    },
    serverProcesses: async () => [],
    file,
    async close() {
      for (const database of Object.values(databases)) database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function openStore(database: object) {
  return sqliteStore(database as SqliteDatabase)
}
