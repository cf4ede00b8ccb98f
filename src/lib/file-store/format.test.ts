import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeVersion, encodeClosed, encodeVersion } from './format.ts'

const held = { value: '{"theme":"dark"}', version: 7, expiresAt: 1_767_225_600_000, ownerId: 'ada' }

test('a version file is a line people can read, and the texts', () => {
  expect(encodeVersion('key', held).toString()).toMatch(
    /^sojourn\/1 live 7 1767225600000 3 3 16 [0-9a-f]{32}\nkeyada\{"theme":"dark"\}$/,
  )
})

test('what was written comes back, whatever the texts are', () => {
  const text = fc.string({ unit: 'binary' })
  const anything = fc.record({
    value: text,
    version: fc.maxSafeNat(),
    expiresAt: fc.maxSafeInteger(),
    ownerId: fc.option(text, { nil: undefined }),
    grave: fc.option(fc.constant(true as const), { nil: undefined }),
  })
  fc.assert(
    fc.property(text, anything, (key, entry) => {
      expect(decodeVersion(encodeVersion(key, entry))).toEqual({ kind: 'held', key, held: entry })
    }),
  )
  expect(decodeVersion(encodeClosed())).toEqual({ kind: 'closed' })
})

test('an owner of no characters is not the same as no owner', () => {
  const { ownerId: _, ...ownerless } = held
  expect(decodeVersion(encodeVersion('key', { ...held, ownerId: '' }))).toHaveProperty('held.ownerId', '')
  expect(decodeVersion(encodeVersion('key', ownerless))).toEqual({ kind: 'held', key: 'key', held: ownerless })
})

test('half of a file is unreadable, wherever it was cut', () => {
  const whole = encodeVersion('key', held)
  for (let length = 0; length < whole.length; length++) {
    expect(decodeVersion(whole.subarray(0, length)), `first ${length} bytes`).toEqual({ kind: 'unreadable' })
  }
})

test('a file with one changed byte is unreadable, whichever it is', () => {
  const whole = encodeVersion('key', held)
  for (let place = 0; place < whole.length; place++) {
    const changed = Buffer.from(whole)
    changed[place] = (changed[place] ?? 0) ^ 1
    expect(decodeVersion(changed), `byte ${place}`).toEqual({ kind: 'unreadable' })
  }
})

test('a file of zeros, of the future or of a stranger is unreadable', () => {
  const future = encodeVersion('key', held).toString().replace('sojourn/1', 'sojourn/2')
  for (const bytes of [Buffer.alloc(4_096), Buffer.from(future), Buffer.from('hello\nworld'), Buffer.from('\n')]) {
    expect(decodeVersion(bytes)).toEqual({ kind: 'unreadable' })
  }
  fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeVersion(Buffer.from(bytes)).kind === 'unreadable'))
})
