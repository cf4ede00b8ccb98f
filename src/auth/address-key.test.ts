import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressKey } from './address-key.ts'

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
  ['2001:0DB8:0000:0000::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['1::', '1:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['::FFFF:c633:6407', '198.51.100.7'],
  ['0:0:0:0:0:ffff:198.51.100.7', '198.51.100.7'],
  // Neither mapped, nor of one machine.
  ['::198.51.100.7', '0:0:0:0::/64'],
  ['64:ff9b::198.51.100.7', '64:ff9b:0:0::/64'],
])('%s counts under %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})

test.each([
  null,
  '',
  'unknown',
  '198.51.100',
  '198.51.100.7:80',
  '198.51.100.007',
  '[::1]',
  '2001:db8::1::2',
  'x'.repeat(1e6),
])('what is no address counts as one: %.20s', (text) => {
  expect(addressKey(text)).toBe('unknown')
})

const ipv6 = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })

function written(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

test('two addresses count as one exactly where their first 64 bits are the same', () => {
  fc.assert(
    fc.property(ipv6, ipv6, fc.boolean(), (one, two, isSame) => {
      const other = isSame ? [...one.slice(0, 4), ...two.slice(4)] : two
      const mapped = [one, other].some((groups) => written(groups).startsWith('0:0:0:0:0:ffff'))
      fc.pre(!mapped)
      const expected = written(one.slice(0, 4)) === written(other.slice(0, 4))
      expect(addressKey(written(one)) === addressKey(written(other))).toBe(expected)
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(addressKey(text)).toMatch(/^[\d.]+$|^[\da-f:]+\/64$|^unknown$/)
    }),
  )
})
