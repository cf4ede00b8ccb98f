/**
 * Where the sessions of a story live.
 *
 * In: the name of a backend. Out: connections to one and the same place, as the processes of one app each have one; and
 * all the bytes it left on disk. Must not know: sessions.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { SessionsOptions } from '../../src/index.ts'
import { fileStore } from '../../src/store/file.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/store/sqlite.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'

/** Where every session is a row of a store. */
const STORED = ['memory', 'file', 'sqlite', 'sealed at rest', 'sealed at rest in sqlite'] as const

/** Where sessions are in sealed cookies, and a store knows which of them have ended. */
const REVOCABLE = ['revocable', 'revocable sqlite', 'overflowing'] as const

export type Backend = 'client-side' | (typeof STORED)[number] | (typeof REVOCABLE)[number]

export function isStored(backend: Backend): boolean {
  return (STORED as readonly Backend[]).includes(backend)
}

export function isRevocable(backend: Backend): boolean {
  return (REVOCABLE as readonly Backend[]).includes(backend)
}

/** What `createSessions` is told of the store. */
export function storeOptions(backend: Backend, store: Store & OwnerIndex): Partial<SessionsOptions> {
  if (backend === 'overflowing') return { overflow: store }
  if (isRevocable(backend)) return { revocation: store }
  return backend.startsWith('sealed at rest') ? { store, sealAtRest: true } : { store }
}

export interface Place {
  /** `null`: client-side, there is no store. */
  connect(): (Store & OwnerIndex) | null
  /** Every byte on disk, as text of one character each. */
  bytesOnDisk(): string
  close(): void
}

export function openPlace(backend: Backend): Place {
  if (backend === 'client-side') return inMemory(null)
  if (backend !== 'file' && !backend.endsWith('sqlite')) return inMemory(memoryStore())
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-flow-'))
  const databases: { close(): void }[] = []

  function connect(): Store & OwnerIndex {
    // A power cut is not part of these stories, and waiting for the disk would be most of their time.
    if (backend === 'file') return fileStore(join(folder, 'store'), { durable: false })
    const database = new DatabaseSync(join(folder, 'store.db'))
    databases.push(database)
    return sqliteStore(database as unknown as SqliteDatabase)
  }

  return {
    connect,
    bytesOnDisk() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
      return files.map((file) => file.name + readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n')
    },
    close() {
      for (const database of databases) database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function inMemory(store: (Store & OwnerIndex) | null): Place {
  return { connect: () => store, bytesOnDisk: () => '', close: () => {} }
}
