import { expect, test } from 'vitest'
import { ODD_TEXTS } from '../odd-texts.ts'
import { BEFORE_ALL, fromStoredName, toStoredName } from './stored-name.ts'

const KEY = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

test.each([KEY, 'ada', 'ada@example.org', 'auth0|123', "o'brien", '"', 'a=', 'x'.repeat(128)])(
  '%s is its own name',
  (text) => {
    expect(toStoredName(text)).toEqual({ name: text, text: null })
  },
)

test('names are short, of printable ASCII, and come back as the string they are of', () => {
  for (const text of [...ODD_TEXTS, '=', `=${KEY}`, 'x'.repeat(129), 'x'.repeat(10_240), 'ada ', '\x7f']) {
    const stored = toStoredName(text)
    expect(stored.name).toMatch(/^[!-~]{1,128}$/)
    expect(stored.name > BEFORE_ALL).toBe(true)
    expect(fromStoredName(stored)).toBe(text)
  }
})

test('strings that differ have names that differ, digests of each other included', () => {
  const texts = [...ODD_TEXTS, 'ada', 'Ada', 'ada ', 'x'.repeat(10_240), 'x'.repeat(10_241)]
  const digests = texts.map((text) => toStoredName(text).name)
  const all = new Set([...texts, ...digests])
  expect(new Set([...all].map((text) => toStoredName(text).name)).size).toBe(all.size)
})
