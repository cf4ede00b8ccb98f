import { expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring } from '../crypto/keyring.ts'
import { createStamps } from './stamps.ts'

const OTHER = 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'
const stamps = createStamps(createKeyring([formatVectors.secret]))

test.each(formatVectors.stamps)('the MAC of $ownerId with "$stamp" fits for ever', ({ ownerId, stamp, mac }) => {
  expect(stamps.make(ownerId, stamp)).toBe(mac)
  expect(stamps.fits(ownerId, stamp, mac)).toBe(true)
})

test('it fits no other user, no other stamp, and no other way to cut the two', () => {
  const mac = stamps.make('ada', '1')
  expect(stamps.fits('bob', '1', mac)).toBe(false)
  expect(stamps.fits('ada', '2', mac)).toBe(false)
  expect(stamps.make('ada","1', '')).not.toBe(stamps.make('ada', '","1'))
  expect(stamps.make('a', 'da1')).not.toBe(mac)
})

test('two users with the same stamp have different MACs', () => {
  expect(stamps.make('ada', 'the same')).not.toBe(stamps.make('bob', 'the same'))
})

test('one by an old secret fits, one by a secret that is gone does not', () => {
  const mac = stamps.make('ada', '1')
  expect(createStamps(createKeyring([OTHER, formatVectors.secret])).fits('ada', '1', mac)).toBe(true)
  expect(createStamps(createKeyring([OTHER])).fits('ada', '1', mac)).toBe(false)
  expect(createStamps(createKeyring([OTHER, formatVectors.secret])).make('ada', '1')).not.toBe(mac)
})

test.each([null, '', 'A', 'not base64 !', 'x'.repeat(10_000), '\u0000'.repeat(22)])(
  '%j is no MAC, and no exception',
  (mac) => {
    expect(stamps.fits('ada', '1', mac)).toBe(false)
  },
)

test('a MAC that was cut or lengthened does not fit', () => {
  const mac = stamps.make('ada', '1')
  expect(stamps.fits('ada', '1', mac.slice(0, -2))).toBe(false)
  expect(stamps.fits('ada', '1', `${mac}AA`)).toBe(false)
})
