import { expect, test } from 'vitest'
import { createRecent, ENTRY_BYTES, ownText } from './recent.ts'

const KEPT_BYTES = 1500
const keyOf = (n: number) => `key number ${n}`.padEnd(500, 'x') + String(n).padStart(10, '0')
const create = (bytes: number) =>
  createRecent<{ readonly n: number; readonly bytes: number }>(bytes, (kept) => kept.bytes)

function twice(recent: ReturnType<typeof create>, n: number, bytes = KEPT_BYTES) {
  const key = keyOf(n)
  for (let times = 0; times < 2; times++) if (recent.comesAgain(key)) recent.keep(key, { n, bytes })
}

test('what came once is not worth keeping, what comes again is', () => {
  const recent = create(1_000_000)
  expect(recent.comesAgain(keyOf(1))).toBe(false)
  expect(recent.find(keyOf(1))).toBeUndefined()
  expect(recent.comesAgain(keyOf(1))).toBe(true)
  recent.keep(keyOf(1), { n: 1, bytes: 1 })
  expect(recent.find(keyOf(1))?.n).toBe(1)
  expect(recent.find(keyOf(2))).toBeUndefined()
})

test('it stays within its bytes: those used longest ago go', () => {
  const recent = create(100_000)
  for (let n = 0; n < 500; n++) {
    twice(recent, n)
    expect(recent.find(keyOf(0))?.n).toBe(0)
  }
  const kept = Array.from({ length: 500 }, (_, n) => recent.find(keyOf(n))).filter((found) => found !== undefined)
  expect(kept.length).toBeGreaterThan(5)
  expect(kept.length * (ENTRY_BYTES + 510 + KEPT_BYTES)).toBeLessThan(100_000)
})

test('what is kept anew takes its own place, and pushes nobody out', () => {
  const recent = create(100_000)
  for (let n = 0; n < 5; n++) twice(recent, n)
  for (let times = 0; times < 1_000; times++) recent.keep(keyOf(4), { n: times, bytes: KEPT_BYTES })
  expect([0, 1, 2, 3, 4].map((n) => recent.find(keyOf(n))?.n)).toEqual([0, 1, 2, 3, 999])
})

test('what has grown too large for it is forgotten', () => {
  const recent = create(100_000)
  twice(recent, 1)
  recent.keep(keyOf(1), { n: 2, bytes: 100_000 })
  expect(recent.find(keyOf(1))).toBeUndefined()
})

test('a text of its own says the same', () => {
  expect(ownText('abcdefghijklmnop'.slice(2, 14))).toBe('cdefghijklmn')
})
