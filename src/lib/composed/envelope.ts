/**
 * A copy of an entry as the text of another entry.
 *
 * In: an entry and the moment it was confirmed; or any text. Out: text; or the copy, `null` where the text is none. Must
 * not know where it is kept. A lease is a text that is no copy.
 *
 * @module
 */
import type { Held } from '../store-rules.ts'

/** An entry as it was, at some moment after `since`. */
export interface Copy {
  readonly entry: Held
  readonly since: number
}

/** What stands in the place of a copy while one is being fetched. */
export const LEASE = 'lease'

const FORMAT = 1

/** JSON, because it writes NUL and lone surrogates so that they survive whatever the fast store does to text. */
export function encodeCopy({ entry, since }: Copy): string {
  const { value, version, expiresAt, ownerId, grave } = entry
  return JSON.stringify([FORMAT, since, version, expiresAt, grave === true, ownerId ?? null, value])
}

/** `null` for a lease, and for whatever another program or version has left there: that is a miss, not a failure. */
export function decodeCopy(text: string): Copy | null {
  try {
    const [format, since, version, expiresAt, grave, ownerId, value] = JSON.parse(text)
    if (format !== FORMAT || ![since, version, expiresAt].every(Number.isSafeInteger)) return null
    if (typeof value !== 'string' || !(ownerId === null || typeof ownerId === 'string')) return null
    const owner = ownerId === null ? {} : { ownerId }
    return { since, entry: { value, version, expiresAt, ...owner, ...(grave === true ? { grave } : {}) } }
  } catch {
    return null
  }
}
