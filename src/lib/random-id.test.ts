import { expect, test } from 'vitest'
import { randomId } from './random-id.ts'

test('no id comes twice, however often the pool is filled anew', () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => randomId(32 - (n % 3)).toString('hex'))
  expect(new Set(ids).size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^(?!0+$)[0-9a-f]{60,64}$/)
})

test('an id belongs to who asked for it: changing it touches no other', () => {
  const first = randomId(32)
  const second = randomId(32)
  const before = Buffer.from(second)
  first.fill(0)
  expect(second).toEqual(before)
  expect(randomId(32).equals(Buffer.alloc(32))).toBe(false)
})
