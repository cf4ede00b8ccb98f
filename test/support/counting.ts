/**
 * Stores that processes can share, and an entry that shows whether it is whole.
 *
 * @module
 */
import { fileStore } from '../../src/store/file.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { Entry, Store } from '../../src/store/store.ts'
import { drivers } from './databases.ts'

/** The kinds of store that more than one process can open. */
export const sharedKinds: readonly string[] = [
  'file',
  'file, not durable',
  ...drivers.map(({ name }) => `sqlite ${name}`),
]

/** Opens the store of a kind at a place of its own. */
export function openStore(kind: string, place: string): Store {
  if (kind === 'file') return fileStore(place)
  if (kind === 'file, not durable') return fileStore(place, { durable: false })
  const driver = drivers.find(({ name }) => kind === `sqlite ${name}`)
  if (driver === undefined) throw new Error(`Cannot open a store: there is no kind "${kind}"`)
  return sqliteStore(driver.open(place))
}

/** The entry nobody has counted in. */
export const uncounted: Entry = { value: textOf(0), version: 1, expiresAt: Number.MAX_SAFE_INTEGER }

/** The entry after it, by one. */
export function counted(entry: Entry): Entry {
  return { ...entry, value: textOf(countOf(entry) + 1), version: entry.version + 1 }
}

/** How often was counted; throws where the value is not whole. */
export function countOf(entry: Entry | null): number {
  const { count, filler } = JSON.parse(entry?.value ?? '{}')
  if (filler !== fillerOf(count)) throw new Error('Cannot count: the value is not whole')
  return count
}

function textOf(count: number): string {
  return JSON.stringify({ count, filler: fillerOf(count) })
}

// Of changing length, so that a value put together from two is found out.
function fillerOf(count: number): string {
  return String(count).repeat((count * 37) % 1_000)
}
