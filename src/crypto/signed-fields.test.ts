import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring } from './keyring.ts'
import { createSignedFields } from './signed-fields.ts'

const NAME = '__Host-Http-session-seen'
const LENGTH = 24
const FIELDS = Buffer.alloc(LENGTH, 'fields')
const FORGED = { ok: false, reason: 'forged' }
const UNDECODABLE = { ok: false, reason: 'undecodable' }

const signedBy = (...secrets: string[]) => createSignedFields(createKeyring(secrets), 'seen', NAME, LENGTH)

describe('what was signed', () => {
  test('opens again, whatever it was', () => {
    const signed = signedBy('secret')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: LENGTH, maxLength: LENGTH }), (bytes) => {
        const fields = Buffer.from(bytes)
        expect(signed.open(signed.make(fields))).toEqual({ ok: true, fields, current: true })
      }),
    )
  })

  test.each(formatVectors.signedFields)('is written and opens for ever: $purpose for $cookieName', (vector) => {
    const fields = Buffer.from(vector.fields, 'hex')
    const keyring = createKeyring([formatVectors.secret])
    const signed = createSignedFields(keyring, vector.purpose, vector.cookieName, fields.length)
    expect(signed.make(fields)).toBe(vector.text)
    expect(signed.open(vector.text)).toEqual({ ok: true, fields, current: true })
  })

  test('stays what it was when another value is opened', () => {
    const signed = signedBy('secret')
    const opened = signed.open(signed.make(FIELDS))
    signed.open(signed.make(Buffer.alloc(LENGTH)))
    expect(opened).toMatchObject({ fields: FIELDS })
  })

  test('opens under every secret, and is signed under the first', () => {
    const text = signedBy('old').make(FIELDS)
    const both = signedBy('new', 'old')
    expect(both.open(text)).toEqual({ ok: true, fields: FIELDS, current: false })
    expect(both.make(FIELDS)).toBe(signedBy('new').make(FIELDS))
    expect(signedBy('new').open(text)).toEqual(FORGED)
  })

  test('cannot have another length than was agreed', () => {
    for (const length of [0, LENGTH - 1, LENGTH + 1]) {
      expect(() => signedBy('secret').make(Buffer.alloc(length))).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      )
    }
  })
})

describe('what was not signed here, for this cookie', () => {
  const signed = signedBy('secret')
  const text = signed.make(FIELDS)

  test('is forged when it was signed for another cookie or another purpose', () => {
    const keyring = createKeyring(['secret'])
    expect(createSignedFields(keyring, 'seen', 'session-seen', LENGTH).open(text)).toEqual(FORGED)
    expect(createSignedFields(keyring, 'visitor', NAME, LENGTH).open(text)).toEqual(FORGED)
  })

  test('has a MAC that tells where the name ends and the fields begin', () => {
    const keyring = createKeyring(['secret'])
    const macOf = (name: string, fields: string) => {
      const made = createSignedFields(keyring, 'seen', name, fields.length).make(Buffer.from(fields))
      return Buffer.from(made, 'base64url').subarray(-16)
    }
    expect(macOf('name', 'xyz')).not.toEqual(macOf('namex', 'yz'))
    expect(macOf('name', 'xyz')).toEqual(macOf('name', 'xyz'))
  })

  test('does not open with any bit changed', () => {
    const bytes = Buffer.from(text, 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(bytes)
        changed[at] = changed.readUInt8(at) ^ (1 << bit)
        expect(signed.open(changed.toString('base64url'))).toEqual(at === 0 ? UNDECODABLE : FORGED)
      }
    }
  })

  test('is undecodable at any other length', () => {
    for (let length = 0; length < text.length; length++) {
      expect(signed.open(text.slice(0, length))).toEqual(UNDECODABLE)
    }
    for (const extra of ['A', '=', '\n', 'AAAA']) expect(signed.open(text + extra)).toEqual(UNDECODABLE)
  })

  test('is undecodable in any other spelling of the same bytes', () => {
    // 1 + 24 + 16 bytes leave two spare bits in the last character.
    const spare = text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
    expect(Buffer.from(spare, 'base64url')).toEqual(Buffer.from(text, 'base64url'))
    expect(signed.open(spare)).toEqual(UNDECODABLE)

    const withBoth = signed.make(Buffer.alloc(LENGTH, 0xff))
    expect(signed.open(withBoth.replaceAll('_', '/'))).toEqual(UNDECODABLE)
    expect(signed.open(`${text.slice(0, -1)}=`)).toEqual(UNDECODABLE)
    expect(signed.open(` ${text.slice(1)}`)).toEqual(UNDECODABLE)
  })

  test('never throws, and never opens, whatever text it is', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: 'binary', minLength: text.length, maxLength: text.length }),
      fc
        .uint8Array({ minLength: 1 + LENGTH + 16, maxLength: 1 + LENGTH + 16 })
        .map((bytes) => Buffer.from(bytes).fill(1, 0, 1).toString('base64url')),
    )
    fc.assert(
      fc.property(anyText, (garbage) => {
        expect(signed.open(garbage).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
    expect(signed.open('A'.repeat(100_000))).toEqual(UNDECODABLE)
  })
})
