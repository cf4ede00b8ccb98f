import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromPlainText, toPlainText } from './plain-text.ts'

test('ordinary text is kept as it is', () => {
  for (const text of ['', 'user:{1}\n"ada"', '__proto__', 'Zoë 🦊 \u{10FFFF}']) expect(toPlainText(text)).toBe(text)
})

test('every string comes back as it was, and none holds a NUL or half a character on the way', () => {
  const anyString = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\0', '\u0001', '\ud83e', '\udd8a', '"', 'a') }),
  )
  fc.assert(
    fc.property(anyString, (text) => {
      const plain = toPlainText(text)
      expect(plain).not.toContain('\0')
      expect(plain).not.toMatch(/\p{Surrogate}/u)
      expect(fromPlainText(plain)).toBe(text)
    }),
  )
})

test('strings that differ only after a NUL or in half a character stay different', () => {
  const texts = ['ada', 'ada\0', 'ada\0x', '\ud83e', '\udd8a', '\ufffd', '\u0001"ada"', '\u0001']
  expect(new Set(texts.map(toPlainText)).size).toBe(texts.length)
})

test('text that was never ours is handed back, not refused', () => {
  for (const text of ['\u0001', '\u0001{', '\u00017']) expect(fromPlainText(text)).toBe(text)
})
