import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64url, NOT_CANONICAL } from './base64url.ts'

const into = Buffer.alloc(64)

test('bytes come back from the text they are written as', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: into.length }), (bytes) => {
      const length = decodeBase64url(Buffer.from(bytes).toString('base64url'), into)
      expect(into.subarray(0, length)).toEqual(Buffer.from(bytes))
    }),
  )
})

test.each([
  ['padding', 'QQ=='],
  ['the alphabet of plain base64', '+/+/'],
  ['bits left over at the end', 'QR'],
  ['one character that is no byte', 'QUJDR'],
  ['a line break', 'QUJD\n'],
  ['a space', ' QUJD'],
  ['a NUL', 'QUJD\0'],
  ['a letter that looks like one of ours', 'QUJDＱ'],
  ['half a surrogate pair', '\ud800'],
  ['more bytes than there is room for', 'A'.repeat(88)],
])('%s is not canonical', (_, text) => {
  expect(decodeBase64url(text, into)).toBe(NOT_CANONICAL)
})

/** Of each kind: ends with bits left over and without, the other alphabet, what counts for nothing, what looks like an A to 8 bits. */
const CHARACTERS = [...'ABEQghwx048-_+/=. \n\0\u00c1\u0141\u012b\uff21\ud83d']

test.each([
  ['few', CHARACTERS],
  ['nearly all ours', [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', '+', '\u0141']],
])('no two texts decode to the same bytes: %s characters', (_, characters) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 }), (text) => {
      const length = decodeBase64url(text, into)
      if (length !== NOT_CANONICAL) expect(into.toString('base64url', 0, length)).toBe(text)
      else expect(Buffer.from(text, 'base64url').toString('base64url')).not.toBe(text)
    }),
    { numRuns: 5000 },
  )
})
