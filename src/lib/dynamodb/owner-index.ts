/**
 * Which entries an owner may have, and the owner's epoch.
 *
 * In: owner ids and keys. Out: candidates, to be checked against the rows; epochs. Must not know what an entry is.
 *
 * Why this is items of the table itself. A global secondary index would do all of it unasked, but it follows the table
 * some time later, and no read of it is consistent: "log out everywhere" would pass over a session that was just
 * made. (A server that runs on one machine hides this.) Therefore an item is written here before a row may need it, and
 * removed after the row is gone, a grave or another's.
 *
 * Why a listing removes none of them. A row that is not there may be on its way, and nothing tells its item from one
 * that was left behind. Each item is written once and belongs to one write of a row, which names it, so whoever writes
 * over a row knows what has become needless. What a dead process leaves behind ends with the server's own expiry.
 *
 * @module
 */
import { randomId } from '../random-id.ts'
import { toStoredName } from '../sql/stored-name.ts'
import type { AttributeValue, Item } from './client.ts'
import { type Row, rowKeyOf, secondsAfter } from './item.ts'
import type { Table } from './table.ts'

/** The least time, in milliseconds, that an index item outlasts the end it was written for. */
const AHEAD = 24 * 60 * 60_000

/** What a row needs of the index. */
export interface OwnerItems {
  /**
   * Writes an index item that lasts well beyond `expiresAt`, so that not every later end needs another one. Its id
   * grows with how long it lasts: a listing under way, which goes by the ids, meets the item that takes the place of another.
   */
  add(ownerId: string, key: string, expiresAt: number, now: number): Promise<string>
  /** Removes the index item of a row that is no more, if it had one. */
  drop(row: Row | null): Promise<void>
  /** The keys of the rows that may be the owner's, each once. */
  candidates(ownerId: string): AsyncGenerator<Item[]>
  epochOf(ownerId: string): Promise<number>
  raiseEpoch(ownerId: string, now: number): Promise<number>
}

/** Below the id of every index item that lasts until `expiresAt`, and above all others: text, as ids are. */
export function lastingUntil(expiresAt: number): AttributeValue {
  return { S: digits(expiresAt) }
}

/** The items of owners in `table`. */
export function ownerItems(table: Table): OwnerItems {
  return {
    async add(ownerId, key, expiresAt, now) {
      const until = Math.min(expiresAt + Math.max(expiresAt - now, AHEAD), Number.MAX_SAFE_INTEGER)
      const index = `${digits(until)}-${randomId(12).toString('base64url')}`
      const { name } = toStoredName(key)
      await table.set('add to the index of an owner', {
        ...indexKey(ownerId, key, index),
        entry: { S: name },
        ttl: secondsAfter(until),
      })
      return index
    },

    async drop(row) {
      if (row?.index === undefined || row.entry.ownerId === undefined) return
      try {
        await table.remove('remove from the index of an owner', indexKey(row.entry.ownerId, row.key, row.index))
      } catch {
        // The change it follows is made, and what stays behind ends by itself.
      }
    },

    async *candidates(ownerId) {
      const seen = new Set<string>()
      for await (const items of table.query('list the entries of an owner', partition(ownerId), 'key/')) {
        const names = new Set(items.flatMap(({ entry }) => entry?.S ?? []).filter((name) => !seen.has(name)))
        for (const name of names) seen.add(name)
        yield [...names].map(rowKeyOf)
      }
    },

    async epochOf(ownerId) {
      const item = await table.get('read an epoch', epochKey(ownerId))
      return Number(item?.epoch?.N ?? 0)
    },

    // Either of two updates holds, and each is one step: two calls never come to the same number.
    async raiseEpoch(ownerId, now) {
      const what = 'raise an epoch'
      const values = { now: { N: String(Math.max(now, 1)) }, one: { N: '1' } }
      for (;;) {
        const past = { what, condition: 'attribute_not_exists(#epoch) OR #epoch < :now', values }
        const set = await table.update(epochKey(ownerId), 'SET #epoch = :now', past, 'UPDATED_NEW')
        if (set.done) return Number(set.attributes?.epoch?.N)
        const next = { what, condition: '#epoch >= :now', values }
        const added = await table.update(epochKey(ownerId), 'SET #epoch = #epoch + :one', next, 'UPDATED_NEW')
        if (added.done) return Number(added.attributes?.epoch?.N)
      }
    },
  }
}

function partition(ownerId: string): string {
  return `owner/${toStoredName(ownerId).name}`
}

function indexKey(ownerId: string, key: string, index: string): Item {
  return { pk: { S: partition(ownerId) }, sk: { S: `key/${toStoredName(key).name}/${index}` } }
}

function epochKey(ownerId: string): Item {
  return { pk: { S: partition(ownerId) }, sk: { S: 'epoch' } }
}

// 16 digits hold every safe integer.
function digits(time: number): string {
  return String(Math.max(time, 0)).padStart(16, '0')
}
