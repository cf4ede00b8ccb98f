/**
 * The one spelling of bytes in a cookie value: base64url without padding (RFC 4648, section 5).
 *
 * In: any text a stranger cares to send. Out: its bytes. Never throws.
 *
 * @module
 */

/** What `decodeBase64url` says of a text that is not exactly how its bytes are written. */
export const NOT_CANONICAL = -1

/**
 * Decodes `text` into `into`, which the caller owns and reuses: a value is read and gone before the next one comes.
 * Answers how many bytes it was, or `NOT_CANONICAL`, which a text too long for `into` is as well.
 */
export function decodeBase64url(text: string, into: Buffer): number {
  const bytes = into.write(text, 'base64url')
  return isCanonical(text, bytes) ? bytes : NOT_CANONICAL
}

/**
 * Whether the bytes that a decoder made of `text` encode to it again. Encoding them and comparing would say the same, and take 2 to 4
 * hundredths of what opening a new cookie takes, with a text to throw away.
 *
 * Node's decoder forgives: padding, the other alphabet, line breaks, bits left over at the end. A value with a second spelling would
 * slip past everything that compares cookies as text.
 */
function isCanonical(text: string, bytes: number): boolean {
  const { length } = text
  const rest = length % 4
  // A character that counts for nothing makes the bytes fewer, but where it is the one too many of four and some.
  if (rest === 1 || bytes !== Math.floor((length * 3) / 4)) return false
  // The other alphabet; and what is no ASCII, of which a decoder may look at the lower eight bits.
  if (text.includes('+') || text.includes('/') || Buffer.byteLength(text) !== length) return false
  return rest === 0 || (rest === 2 ? ENDS_OF_ONE_BYTE : ENDS_OF_TWO_BYTES).includes(text.charAt(length - 1))
}

/** The characters whose last four bits, or two, are zero: nothing is left over. */
const ENDS_OF_ONE_BYTE = 'AQgw'
const ENDS_OF_TWO_BYTES = 'AEIMQUYcgkosw048'
