/**
 * The names of keys.
 *
 * In: the prefix, keys and owners. Out: names, and back. Must not know what lies under them.
 *
 * Rows have no hash tag: they spread over all masters of a cluster. What belongs to one owner has the hash of the owner as
 * its tag: any text makes a name of one length, and two owners never share one.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { fromPlainText, toPlainText } from '../plain-text.ts'

/** The names of one store. */
export interface Names {
  row(key: string): string
  ownerIndex(ownerText: string): string
  epoch(ownerText: string): string
  /** What SCAN is to look for: it knows nothing of a prefix that the client adds by itself. */
  readonly rowPattern: string
  /** The key of a row, as plain text, from the name SCAN found. */
  plainKeyOf(found: string): string
}

/** `added`: what the client itself puts in front of every key it sends. */
export function namesUnder(prefix: string, added: string): Names {
  const rows = `${prefix}s:`
  const found = added + rows
  return {
    row: (key) => rows + toPlainText(key),
    ownerIndex: (ownerText) => `${prefix}{${hashOf(ownerText)}}:sessions`,
    epoch: (ownerText) => `${prefix}{${hashOf(ownerText)}}:epoch`,
    rowPattern: `${found.replaceAll(/[*?[\]\\]/g, '\\$&')}*`,
    plainKeyOf: (name) => name.slice(found.length),
  }
}

/** A key as text that is its own everywhere, and back. */
export { fromPlainText as keyOfPlain, toPlainText as plainOfKey }

function hashOf(ownerText: string): string {
  return createHash('sha256').update(ownerText).digest('base64url')
}
