/**
 * An entry <-> the columns of its row.
 *
 * In: an entry, or a row as some driver gave it. Out: the other. Must not know a driver, but that they disagree: a big
 * integer may be a number, a text or a BigInt, a truth may be 0 or 1, a text may be bytes.
 *
 * @module
 */
import { fromPlainText, toPlainText } from '../plain-text.ts'
import { type Held, heldOf } from '../store-rules.ts'
import { fromStoredName, toStoredName } from './stored-name.ts'

/** What a statement binds, by the names its text uses. */
export type Params = Readonly<Record<string, string | number | boolean | null>>

/** A row of either table, or a part of one. */
export type Row = Readonly<Record<string, unknown>>

/** `key`, `keyText`. */
export function keyParams(key: string): Params {
  const { name, text } = toStoredName(key)
  return { key: name, keyText: text }
}

const NOBODY = { name: null, text: null } as const

/**
 * `key`, `keyText`, `value`, `version`, `expiresAt`, `owner`, `ownerText`, `grave`, `now`, and `expected`: the version that is written
 * over. In one piece, for putting objects together costs more than all the rest.
 */
export function entryParams(key: string, entry: Held, now: number, expected = 0): Params {
  const { value, version, expiresAt, ownerId, grave = false } = entry
  const { name, text } = toStoredName(key)
  const owner = ownerId === undefined ? NOBODY : toStoredName(ownerId)
  return {
    key: name,
    keyText: text,
    value: toPlainText(value),
    version,
    expiresAt,
    owner: owner.name,
    ownerText: owner.text,
    grave,
    now,
    expected,
  }
}

/** The entry of a row with all columns but the key's. */
export function entryOf(row: Row): Held {
  const ownerId = row.owner === null ? undefined : fromColumns(row.owner, row.owner_text)
  const value = fromPlainText(String(row.value))
  return heldOf(value, Number(row.version), Number(row.expires_at), ownerId, Number(row.grave) === 1)
}

/** The key of a row that has its columns. */
export function keyOf(row: Row): string {
  return fromColumns(row.key, row.key_text)
}

function fromColumns(name: unknown, text: unknown): string {
  return fromStoredName({ name: String(name), text: text === null ? null : String(text) })
}
