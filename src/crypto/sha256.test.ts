import * as crypto from 'node:crypto'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { prepareHmac, sha256 } from './sha256.ts'

afterEach(() => {
  vi.doUnmock('node:crypto')
  vi.resetModules()
})

function hmacHex(key: Uint8Array, head: Uint8Array, message: Uint8Array): string {
  const mac = Buffer.alloc(32)
  prepareHmac(crypto.createSecretKey(key), Buffer.from(head), message.length)(Buffer.from(message), mac)
  return mac.toString('hex')
}

// RFC 4231, section 4: the cases whose key fits a block.
test.each([
  ['0b'.repeat(20), '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    '4a656665',
    '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    '0102030405060708090a0b0c0d0e0f10111213141516171819',
    'cd'.repeat(50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
])('HMAC-SHA256 with the key %s is what RFC 4231 says', (key, message, expected) => {
  expect(hmacHex(Buffer.from(key, 'hex'), Buffer.alloc(0), Buffer.from(message, 'hex'))).toBe(expected)
})

test('the HMAC is the one node:crypto makes, wherever head ends and message begins', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), bytes, bytes, (key, head, message) => {
      const expected = crypto.createHmac('sha256', key).update(head).update(message).digest('hex')
      expect(hmacHex(key, head, message)).toBe(expected)
    }),
  )
})

test('one prepared HMAC serves many messages, and leaves none behind in the next', () => {
  const key = crypto.createSecretKey(Buffer.alloc(32, 7))
  const hmac = prepareHmac(key, Buffer.from('head'), 4)
  const mac = Buffer.alloc(32)
  for (const message of ['aaaa', 'bbbb', 'aaaa']) {
    hmac(Buffer.from(message), mac)
    expect(mac).toEqual(crypto.createHmac('sha256', key).update(`head${message}`).digest())
  }
})

test('a short place takes as much of the MAC as fits', () => {
  const key = crypto.createSecretKey(Buffer.alloc(32, 7))
  const mac = Buffer.alloc(16)
  prepareHmac(key, Buffer.from('head'), 0)(Buffer.alloc(0), mac)
  expect(mac).toEqual(crypto.createHmac('sha256', key).update('head').digest().subarray(0, 16))
})

test('a runtime without the one-shot hash gets the same digests', async () => {
  vi.doMock('node:crypto', async (original) => ({ ...(await original<typeof crypto>()), hash: undefined }))
  vi.resetModules()
  const elsewhere = await import('./sha256.ts')
  const bytes = Buffer.from('sojourn')
  expect(elsewhere.sha256).not.toBe(sha256)
  expect(elsewhere.sha256(bytes, 'base64url')).toBe(sha256(bytes, 'base64url'))
  expect(elsewhere.sha256(bytes, 'binary')).toBe(sha256(bytes, 'binary'))
})
