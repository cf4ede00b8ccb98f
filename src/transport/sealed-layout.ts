/**
 * How the bytes of client-side sessions are laid out.
 *
 * In: an id, a time, the text of a record. Out: what is sealed or signed, and the parts of it again. Must not know: keys, or when a
 * session ends.
 *
 * Plaintext of the seal, version 1: id (16 bytes), time of the last activity (6 bytes, big endian, ms), the record.
 * Fields of the seen cookie, version 1: id (16 bytes), time of the last activity (6 bytes).
 *
 * @module
 */

import { randomId } from '../lib/random-id.ts'

const ID_BYTES = 16
const TIME_BYTES = 6

/** Id and time: what a plaintext begins with, and all that the seen cookie has. */
export const HEAD_BYTES = ID_BYTES + TIME_BYTES

export function newId(): string {
  return randomId(ID_BYTES).toString('base64url')
}

/** Where the next plaintext is put together: to seal it takes no turn of the event loop. */
const scratch = Buffer.alloc(16_384)

/** Of UTF-8 for each character of a text: so nobody has to count first. */
const MOST_BYTES = 3

/** In one piece: what is put together is copied once more. It counts until the next call, for most are in the same memory. */
export function plaintextOf(id: string, now: number, text: string): Buffer {
  const most = HEAD_BYTES + MOST_BYTES * text.length
  const bytes = most > scratch.length ? Buffer.allocUnsafe(most) : scratch
  bytes.write(id, 'base64url')
  bytes.writeUIntBE(now, ID_BYTES, TIME_BYTES)
  return bytes.subarray(0, HEAD_BYTES + bytes.write(text, HEAD_BYTES))
}

export function seenFieldsOf(id: string, now: number): Buffer {
  return plaintextOf(id, now, '')
}

// Of at least `HEAD_BYTES` bytes; one by one, for an object of all three would be one more for each request.

export function idOf(bytes: Buffer): string {
  return bytes.toString('base64url', 0, ID_BYTES)
}

/** Of the last activity, in milliseconds since the epoch. */
export function timeOf(bytes: Buffer): number {
  return bytes.readUIntBE(ID_BYTES, TIME_BYTES)
}

export function textOf(plaintext: Buffer): string {
  return plaintext.toString('utf8', HEAD_BYTES)
}
