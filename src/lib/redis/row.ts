/**
 * An entry <-> the text that one Redis key holds.
 *
 * In: entries, and the two marks the store puts beside them. Out: one string, so that a read is one GET. What scripts look
 * at stands at fixed places in front, so that they read and move it without touching the value behind. Must not know
 * commands.
 *
 *     byte   0  '1', the format
 *            1  'l' live, 'g' grave
 *            2  version                      17 characters: '0' or '-', then 16 digits
 *           19  expiresAt                    17
 *           36  writeId                      12: which call wrote this; one that a client sends twice knows itself again
 *           48  listId                       12: under which name the owner's index lists it, or listed it last
 *           60  listedUntil                  17: up to this end the index outlives it
 *           77  '@' and the owner, or nothing; then '\n' and the value
 *
 * @module
 */
import { StoreError } from '../../errors.ts'
import { fromPlainText, toPlainText } from '../plain-text.ts'
import { randomId } from '../random-id.ts'
import { type Held, heldOf, NOT_OURS } from '../store-rules.ts'

/** What a row says: the entry, and the name its owner's index has for it. */
export interface Row {
  readonly entry: Held
  readonly listId: string
}

const FIXED = 77
const ID_BYTES = 9
/** Characters of a writeId or listId. */
export const ID_LENGTH = 12

/** The places of listId and listedUntil in a row that no index lists. */
export const UNLISTED = listing('-'.repeat(ID_LENGTH), 0)

/** An id nobody drew before. */
export function freshId(): string {
  return randomId(ID_BYTES).toString('base64url')
}

/** A safe integer in as many characters as any other, so that it can be overwritten in place. */
export function numberText(number: number): string {
  return (number < 0 ? '-' : '0') + String(Math.abs(number)).padStart(16, '0')
}

/** Format, kind, version and end. */
export function rowHead({ grave, version, expiresAt }: Held): string {
  return `1${grave ? 'g' : 'l'}${numberText(version)}${numberText(expiresAt)}`
}

/** listId and listedUntil. */
export function listing(listId: string, listedUntil: number): string {
  return listId + numberText(listedUntil)
}

/** The owner with the sign that there is one, and the end of the line. No two owners have one text, no text begins another. */
export function ownerLine(ownerId: string | undefined): string {
  return ownerId === undefined ? '\n' : `@${ownerText(ownerId)}\n`
}

/** The owner in ASCII without '@' and newline. */
export function ownerText(ownerId: string): string {
  return encodeURIComponent(toPlainText(ownerId))
}

/**
 * What Redis holds under a key -> what it says. `null` where it holds nothing. A text that this version cannot read is a
 * grave: nobody is served from it, and as it may be one of a later version, nobody is revived by it.
 */
export function decodeRow(text: string | null): Row | null {
  if (text === null) return null
  const line = text.indexOf('\n', FIXED)
  const kind = text[1]
  const owner = line > FIXED ? ownerOf(text.slice(FIXED + 1, line)) : undefined
  if (text[0] !== '1' || (kind !== 'l' && kind !== 'g') || line === -1 || owner === null) return FOREIGN
  const value = fromPlainText(text.slice(line + 1))
  const entry = heldOf(value, Number(text.slice(2, 19)), Number(text.slice(19, 36)), owner, kind === 'g')
  return { entry, listId: text.slice(48, 48 + ID_LENGTH) }
}

const FOREIGN: Row = { entry: NOT_OURS, listId: '' }

/** `null`: no text that `ownerText` makes. */
function ownerOf(text: string): string | null {
  try {
    return fromPlainText(decodeURIComponent(text))
  } catch {
    return null
  }
}

/** Something else lives under our key, or a later version of this library does: it is not written over. */
export function foreignRow(): StoreError {
  return new StoreError(
    'STORE_FAILED',
    'Cannot use an entry in Redis: its key holds a text that this version of the store did not write. Give the store a prefix of its own, or update this process',
  )
}
