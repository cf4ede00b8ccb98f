import { expect, test } from 'vitest'
import { cookieBytes, MAX_COOKIE_BYTES } from './limit.ts'

test('name and value count together, attributes and the equals sign do not', () => {
  expect(cookieBytes('__Host-Http-session', 'A'.repeat(4077))).toBe(MAX_COOKIE_BYTES)
  expect(cookieBytes('session', '')).toBe(7)
})

test('octets are counted, not characters', () => {
  expect(cookieBytes('s', 'ü€')).toBe(6)
})
