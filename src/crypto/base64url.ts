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
  // Node's decoder forgives: padding, the other alphabet, line breaks, bits left over at the end. A value with a second
  // spelling would slip past everything that compares cookies as text, so only what encodes back to itself passes.
  return into.toString('base64url', 0, bytes) === text ? bytes : NOT_CANONICAL
}
