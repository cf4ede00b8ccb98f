import { expect, test } from 'vitest'
import { idOf, newId, plaintextOf, seenFieldsOf, textOf, timeOf } from './sealed-layout.ts'

const NOW = 1_800_000_000_000

test.each([
  ['nothing', ''],
  ['ASCII', '{"theme":"dark"}'],
  ['characters of two, three and four bytes', 'Zoë €5 🦊'.repeat(100)],
  ['more than any cookie holds', 'x'.repeat(20_000)],
  ['more than any cookie holds, three bytes each', '€'.repeat(20_000)],
])('a plaintext of %s says what it was made of', (_, text) => {
  const id = newId()
  const plaintext = plaintextOf(id, NOW, text)
  expect(plaintext.length).toBe(22 + Buffer.byteLength(text))
  expect([idOf(plaintext), timeOf(plaintext), textOf(plaintext)]).toEqual([id, NOW, text])
})

test('a short one after a long one has nothing of it', () => {
  plaintextOf(newId(), NOW, 'a long text that was here before')
  const id = newId()
  expect(textOf(plaintextOf(id, NOW, 'short'))).toBe('short')
  expect(seenFieldsOf(id, NOW)).toHaveLength(22)
})
