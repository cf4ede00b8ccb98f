/**
 * An entry <-> the item it is kept in.
 *
 * In: an entry, or an item of the table. Out: the other. Must not know when an item is written, nor what a server is.
 *
 *     pk                 sk                    what it is
 *     entry/<key>        entry                 an entry or a grave
 *     owner/<owner id>   key/<key>/<index id>  says that the entry may be this owner's
 *     owner/<owner id>   epoch                 the owner's epoch
 *
 * Keys and owner ids stand there by their stored names: a sort key takes 1024 bytes, and no empty text.
 *
 * @module
 */
import { StoreError } from '../../errors.ts'
import { fromPlainText, toPlainText } from '../plain-text.ts'
import { fromStoredName, toStoredName } from '../sql/stored-name.ts'
import { type Held, heldOf, SWEEP_AFTER } from '../store-rules.ts'
import type { AttributeValue, Item } from './client.ts'

/** An entry as it was found, with what only this store knows of it. */
export interface Row {
  readonly key: string
  readonly entry: Held
  /** Which item of the owner's index is this row's. Live rows with an owner have one, no others. */
  readonly index?: string
  /** Whose write it was last: a mark of one call. */
  readonly write?: string
}

/** The server takes no item above it, names of attributes included. */
const LARGEST = 400 * 1024

/** What `index` and `write` take of it. */
const MARKS = 64

/** The key of the item in which the entry of `key` is kept. */
export function rowKey(key: string): Item {
  return rowKeyOf(toStoredName(key).name)
}

/** The same, by the stored name. */
export function rowKeyOf(name: string): Item {
  return { pk: { S: `entry/${name}` }, sk: { S: 'entry' } }
}

/**
 * Without the marks of this store's own, which whoever writes it adds.
 *
 * @throws StoreError `STORE_VALUE_TOO_LARGE` before the server would say so, by an estimate from above.
 */
export function itemOf(key: string, entry: Held): Item {
  const { text: keyText } = toStoredName(key)
  const owner = entry.ownerId === undefined ? null : toStoredName(entry.ownerId)
  const item: Item = {
    ...rowKey(key),
    ...(keyText === null ? {} : { keyText: { S: keyText } }),
    value: { S: toPlainText(entry.value) },
    version: { N: String(entry.version) },
    ...ending(entry.expiresAt),
    ...(owner === null ? {} : { owner: { S: owner.name } }),
    ...(owner === null || owner.text === null ? {} : { ownerText: { S: owner.text } }),
    ...(entry.grave ? { grave: { BOOL: true } } : {}),
  }
  const bytes = MARKS + sizeOf(item)
  if (bytes <= LARGEST) return item
  throw new StoreError(
    'STORE_VALUE_TOO_LARGE',
    `Cannot keep an entry of ${bytes} bytes in DynamoDB: it takes ${LARGEST}. Store less`,
    { details: { bytes, maxBytes: LARGEST } },
  )
}

/** The entry of an item that `itemOf` made. */
export function rowOf(item: Item): Row {
  const { pk, keyText, value, version, expiresAt, owner, ownerText, grave, index, write } = item
  return {
    key: textOf(pk?.S?.slice('entry/'.length), keyText),
    entry: heldOf(
      fromPlainText(value?.S ?? ''),
      Number(version?.N),
      Number(expiresAt?.N),
      owner && textOf(owner.S, ownerText),
      grave?.BOOL === true,
    ),
    ...(index === undefined ? {} : { index: index.S }),
    ...(write === undefined ? {} : { write: write.S }),
  }
}

/**
 * When it ends: for us in milliseconds, and for the server, which then removes it, in seconds since the epoch by its own
 * clock. Rounded up and a minute late, because it is not the judge.
 */
export function ending(expiresAt: number): { expiresAt: AttributeValue; ttl: AttributeValue } {
  return { expiresAt: { N: String(expiresAt) }, ttl: secondsAfter(expiresAt) }
}

/** The server's own expiry of what ends then. */
export function secondsAfter(expiresAt: number): AttributeValue {
  return { N: String(Math.ceil((expiresAt + SWEEP_AFTER) / 1000)) }
}

function textOf(name: string | undefined, text: AttributeValue | undefined): string {
  return fromStoredName({ name: name ?? '', text: text?.S ?? null })
}

// A number takes 21 bytes at most.
function sizeOf(item: Item): number {
  const sizes = Object.entries(item).map(([name, { S }]) => name.length + (S === undefined ? 21 : Buffer.byteLength(S)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
