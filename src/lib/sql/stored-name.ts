/**
 * A key or an owner id, any JavaScript string <-> a short name that a column can index.
 *
 * In: any string. Out: at most 128 printable ASCII characters, the same for the same string and for no other: no
 * collation folds two of them into one, no padding and no index limit touches them. Where the name had to be another
 * one, also the string itself, to keep beside it. Must not know which of the two it is.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { fromPlainText, toPlainText } from '../plain-text.ts'

/** What two columns hold of one string. */
export interface StoredName {
  readonly name: string
  /** `null` where the name is the string. */
  readonly text: string | null
}

/** Sorts before every name. */
export const BEFORE_ALL = ''

const DIGEST = '='

// Session keys (43 characters of base64url) and most owner ids. No blank: SQL pads with it. No DIGEST in front: a string
// that looks like a digest is digested itself.
const SHORT = /^[!-<>-~][!-~]{0,127}$/

/** Two strings that differ get names that differ (SHA-256 where they are long or unusual). */
export function toStoredName(string: string): StoredName {
  if (SHORT.test(string)) return { name: string, text: null }
  // A hash takes bytes, and UTF-8 would make every lone surrogate the same.
  const text = toPlainText(string)
  return { name: DIGEST + createHash('sha256').update(text).digest('base64url'), text }
}

/** The string that `toStoredName` was given. */
export function fromStoredName({ name, text }: StoredName): string {
  return text === null ? name : fromPlainText(text)
}
