/**
 * XAES-256-GCM as C2SP specifies it (c2sp.org/XAES-256-GCM): AES-256-GCM with nonces of 192 bits.
 *
 * In: a 256-bit key, a nonce of 24 bytes, bytes. Out: bytes. Must not know: formats, cookies, where nonces come from.
 * The first 12 bytes of the nonce derive a key of their own, the last 12 are the nonce of plain GCM under that key.
 * With 192 bits a random nonce never repeats in practice, whereas GCM's own 96 bits allow 2^32 messages a key at most.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

export const NONCE_BYTES = 24
/** How much of the nonce derives the key. */
export const PREFIX_BYTES = 12
export const TAG_BYTES = 16
/** The rest of the nonce: what GCM itself takes. */
const LAST_BYTES = NONCE_BYTES - PREFIX_BYTES

/** Turns the first 12 bytes of `nonce` into the 32 bytes of the GCM key that seals under it. */
export type DeriveKey = (nonce: Buffer) => Buffer

const BLOCK_BYTES = 16

/**
 * The key derivation for one key, to be kept: CMAC-based KDF of NIST SP 800-108r1 over AES-256, with label "X" and two
 * counter blocks. Once made, a derivation costs one AES call.
 */
export function createDeriveKey(key: KeyObject): DeriveKey {
  // ECB carries nothing over from block to block, so one cipher object serves every call and its key schedule is
  // computed once. It is used here as the bare block cipher the specification is written in, never to encrypt data.
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)

  const subkey = double(aes.update(Buffer.alloc(BLOCK_BYTES)))
  const template = Buffer.concat([counterBlock(1, subkey), counterBlock(2, subkey)])
  const blocks = Buffer.from(template)

  return function deriveKey(nonce) {
    for (let i = 0; i < PREFIX_BYTES; i++) {
      const byte = nonce.readUInt8(i)
      blocks[4 + i] = template.readUInt8(4 + i) ^ byte
      blocks[20 + i] = template.readUInt8(20 + i) ^ byte
    }
    return aes.update(blocks)
  }
}

/** Counter, label "X" and a zero byte; room for the prefix; all of it masked with the CMAC subkey. */
function counterBlock(counter: number, subkey: Buffer): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.writeUInt16BE(counter, 0)
  block.write('X', 2)
  return Buffer.from(block.map((byte, i) => byte ^ subkey.readUInt8(i)))
}

/** Doubling in GF(2^128): one bit to the left, and the bit that falls out comes back as 0x87. */
function double(block: Buffer): Buffer {
  const doubled = Buffer.alloc(BLOCK_BYTES)
  let carry = 0
  for (let i = BLOCK_BYTES - 1; i >= 0; i--) {
    const shifted = (block.readUInt8(i) << 1) | carry
    doubled[i] = shifted & 0xff
    carry = shifted >> 8
  }
  doubled[BLOCK_BYTES - 1] = doubled.readUInt8(BLOCK_BYTES - 1) ^ (carry * 0x87)
  return doubled
}

/**
 * Seals under a derived key. `out` holds the last 12 bytes of the nonce at `at`; ciphertext and tag are written behind.
 */
export function sealDerived(
  derived: KeyObject | Buffer,
  plaintext: Buffer,
  associated: Buffer,
  out: Buffer,
  at: number,
): void {
  const ciphertextAt = at + LAST_BYTES
  const cipher = createCipheriv('aes-256-gcm', derived, out.subarray(at, ciphertextAt))
  cipher.setAAD(associated)
  cipher.update(plaintext).copy(out, ciphertextAt)
  cipher.final() // GCM is a stream: everything came out of update(), this only makes the tag
  cipher.getAuthTag().copy(out, ciphertextAt + plaintext.length)
}

/** A sealed message in the parts that opening asks for: views of one buffer, each of which costs a fiftieth of an opening. */
export interface SealedParts {
  readonly nonce: Buffer
  readonly lastNonce: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/** The parts of nonce, ciphertext and tag. `null`: it is too short to have them. */
export function partsOf(sealed: Buffer): SealedParts | null {
  const tagAt = sealed.length - TAG_BYTES
  if (tagAt < NONCE_BYTES) return null
  return {
    nonce: sealed.subarray(0, NONCE_BYTES),
    lastNonce: sealed.subarray(PREFIX_BYTES, NONCE_BYTES),
    ciphertext: sealed.subarray(NONCE_BYTES, tagAt),
    tag: sealed.subarray(tagAt),
  }
}

/** Opens under the key that the first half of its nonce derived. Null when the tag does not verify. */
export function openDerived(derived: KeyObject | Buffer, sealed: SealedParts, associated: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', derived, sealed.lastNonce, WHOLE_TAG)
  decipher.setAAD(associated)
  decipher.setAuthTag(sealed.tag)
  const plaintext = decipher.update(sealed.ciphertext)
  try {
    decipher.final()
  } catch {
    return null
  }
  return plaintext
}

/** Without it Node accepts a tag cut down to four bytes. */
const WHOLE_TAG = { authTagLength: TAG_BYTES }

/** Seals one message under `key`: nonce, ciphertext, tag. `nonce`: 24 bytes, never used twice with `key`. */
export function sealXaes(key: KeyObject, nonce: Buffer, plaintext: Buffer, associated: Buffer): Buffer {
  const out = Buffer.allocUnsafe(NONCE_BYTES + plaintext.length + TAG_BYTES)
  nonce.copy(out)
  sealDerived(createDeriveKey(key)(nonce), plaintext, associated, out, PREFIX_BYTES)
  return out
}

/** Opens what `sealXaes` made; null when it was not sealed under this key and with this associated data. */
export function openXaes(key: KeyObject, sealed: Buffer, associated: Buffer): Buffer | null {
  const parts = partsOf(sealed)
  return parts === null ? null : openDerived(createDeriveKey(key)(parts.nonce), parts, associated)
}
