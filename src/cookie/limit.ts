/**
 * How much a browser keeps of one cookie. What is over is dropped without a word, so it is counted here first.
 *
 * @module
 */

/** Octets of name and value together (RFC 6265bis, section 5.7). Attributes do not count. */
export const MAX_COOKIE_BYTES = 4096

/** The octets of `name` and `value` that count against `MAX_COOKIE_BYTES`. */
export function cookieBytes(name: string, value: string): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value)
}
