import { createHash, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { xaesVectors } from '../../test/vector/vectors.ts'
import { NONCE_BYTES, openXaes, sealXaes } from './xaes.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

test.each(xaesVectors.vectors)('seals and opens the published vector with key $key', (vector) => {
  const key = createSecretKey(hex(vector.key))
  const sealed = sealXaes(key, hex(vector.nonce), hex(vector.plaintext), hex(vector.aad))
  expect(sealed.toString('hex')).toBe(vector.nonce + vector.ciphertext)
  expect(openXaes(key, sealed, hex(vector.aad))).toEqual(hex(vector.plaintext))
})

test('agrees with the published digest over ten thousand random messages', () => {
  const { iterations, digest } = xaesVectors.accumulated
  // Enough for the longest messages: key, nonce, and two texts of up to 255 bytes with a byte of length each.
  const source = createHash('shake128', { outputLength: iterations * (32 + 24 + 2 * 256) }).digest()
  let at = 0
  const read = (bytes: number) => {
    at += bytes
    return source.subarray(at - bytes, at)
  }
  const readText = () => read(read(1).readUInt8())

  const ciphertexts = createHash('shake128', { outputLength: 32 })
  for (let i = 0; i < iterations; i++) {
    const key = createSecretKey(read(32))
    const nonce = read(NONCE_BYTES)
    const plaintext = readText()
    const associated = readText()
    const sealed = sealXaes(key, nonce, plaintext, associated)
    if (!openXaes(key, sealed, associated)?.equals(plaintext)) expect.fail(`message ${i} did not open`)
    ciphertexts.update(sealed.subarray(NONCE_BYTES))
  }
  expect(ciphertexts.digest('hex')).toBe(digest)
})

test('opens under no other key, nonce or associated data', () => {
  const some = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(some, some, fc.nat(), (plaintext, associated, flip) => {
      const key = createSecretKey(Buffer.alloc(32, 1))
      const sealed = sealXaes(key, Buffer.alloc(NONCE_BYTES, 2), plaintext, associated)
      expect(openXaes(createSecretKey(Buffer.alloc(32, 3)), sealed, associated)).toBeNull()
      expect(openXaes(key, sealed, flipped(associated, flip))).toBeNull()
      expect(openXaes(key, flipped(sealed, flip), associated)).toBeNull()
    }),
  )
})

test('a message cut short at any byte does not open', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))
  const sealed = sealXaes(key, Buffer.alloc(NONCE_BYTES, 2), Buffer.from('plaintext'), Buffer.alloc(0))
  for (let length = 0; length < sealed.length; length++) {
    expect(openXaes(key, sealed.subarray(0, length), Buffer.alloc(0))).toBeNull()
  }
})

/** A copy with one bit changed. */
function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor(bit / 8) % copy.length
  copy[at] = copy.readUInt8(at) ^ (1 << (bit % 8))
  return copy
}
