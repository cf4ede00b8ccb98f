/**
 * SHA-256 and HMAC-SHA256 of a few bytes, in the cheapest way this runtime has.
 *
 * In: bytes. Out: bytes, or text. Must not know: what is hashed, and why.
 *
 * @module
 */

// As a namespace, because a runtime without `hash` would refuse to load the module for naming it.
import * as crypto from 'node:crypto'

type Encoding = 'base64url' | 'binary'

/** The one-shot `crypto.hash` costs half of a Hash object. Node has it since 20.12; other runtimes may not. */
export const sha256: (bytes: Buffer, encoding: Encoding) => string =
  typeof crypto.hash === 'function'
    ? (bytes, encoding) => crypto.hash('sha256', bytes, encoding)
    : (bytes, encoding) => crypto.createHash('sha256').update(bytes).digest(encoding)

/** Writes the HMAC of the head and `message` into `into`; where that is shorter than 32 bytes, as much as fits. */
export type Hmac = (message: Buffer, into: Buffer) => void

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/**
 * HMAC-SHA256 (RFC 2104) for messages that all begin with `head` and go on for `length` bytes.
 *
 * Written as the two hashes it is, because two one-shot hashes take half the time of node:crypto's Hmac object, and
 * every request pays for one. `key` is at most one block long, as all keys of a keyring are. The padded key lies in two
 * buffers that never leave this function.
 */
export function prepareHmac(key: crypto.KeyObject, head: Buffer, length: number): Hmac {
  const padded = Buffer.alloc(BLOCK_BYTES)
  key.export().copy(padded)
  const inner = Buffer.concat([padded.map((byte) => byte ^ 0x36), head, Buffer.alloc(length)])
  const outer = Buffer.concat([padded.map((byte) => byte ^ 0x5c), Buffer.alloc(DIGEST_BYTES)])
  const messageAt = BLOCK_BYTES + head.length
  padded.fill(0)

  return function hmac(message, into) {
    message.copy(inner, messageAt)
    outer.write(sha256(inner, 'binary'), BLOCK_BYTES, 'binary')
    into.write(sha256(outer, 'binary'), 'binary')
  }
}
