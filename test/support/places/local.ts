/**
 * Places that need no server: memory, files, SQLite, and a near cache over memory.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { cached } from '../../../src/store/cached.ts'
import { fileStore } from '../../../src/store/file.ts'
import { memoryStore } from '../../../src/store/memory.ts'
import { type SqliteDatabase, sqliteStore } from '../../../src/store/sqlite.ts'
import type { OwnerIndex, Store } from '../../../src/store/store.ts'
import type { StoreName } from '../backends.ts'
import type { Place } from './place.ts'

export function openLocalPlace(name: StoreName | null, clock: () => number): Place {
  if (name === null) return inMemory(() => null)
  if (name === 'file') return onDisk((folder) => fileStore(join(folder, 'store'), { durable: false }))
  if (name === 'sqlite') return sqlitePlace()
  const store = memoryStore()
  if (name === 'memory') return inMemory(() => store)
  if (name === 'cached alone') return inMemory(() => cached(store, { clock }))
  throw new Error(`A story was told on ${name} without a server of it`)
}

function sqlitePlace(): Place {
  const databases: { close(): void }[] = []
  const place = onDisk((folder) => {
    const database = new DatabaseSync(join(folder, 'store.db'))
    databases.push(database)
    return sqliteStore(database as unknown as SqliteDatabase)
  })
  return {
    ...place,
    close() {
      for (const database of databases) database.close()
      return place.close()
    },
  }
}

/** A power cut is not part of these stories, and waiting for the disk would be most of their time. */
function onDisk(open: (folder: string) => Store & OwnerIndex): Place {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-flow-'))
  return {
    connect: async () => open(folder),
    bytesKept: async () => bytesIn(folder),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

function inMemory(open: () => (Store & OwnerIndex) | null): Place {
  return { connect: async () => open(), bytesKept: async () => '', close: async () => {} }
}

/** Every file in a folder, as text of one character a byte, after its name; what was there `since` then left out. */
export function bytesIn(folder: string, since: ReadonlyMap<string, number> = new Map()): string {
  return pathsIn(folder)
    .map((path) => path + readFileSync(path, 'latin1').slice(since.get(path) ?? 0))
    .join('\n')
}

/** How many bytes each file in a folder has by now. */
export function sizesIn(folder: string): Map<string, number> {
  return new Map(pathsIn(folder).map((path) => [path, statSync(path).size]))
}

function pathsIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  return files.map((file) => join(file.parentPath, file.name))
}
