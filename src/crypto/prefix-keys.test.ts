import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createOpenSealed, createSealingKeys, KEPT_KEYS, PREFIX_LIMITS } from './prefix-keys.ts'
import {
  createDeriveKey,
  type DeriveKey,
  NONCE_BYTES,
  PREFIX_BYTES,
  partsOf,
  type SealedParts,
  sealXaes,
} from './xaes.ts'

const KEY = createSecretKey(Buffer.alloc(32, 1))
const ASSOCIATED = Buffer.from('cookie')

/** The real derivation, and how often it was asked. */
function countedDerivation(): { derive: DeriveKey; count: () => number } {
  const derive = createDeriveKey(KEY)
  let count = 0
  return {
    derive: (nonce) => {
      count++
      return derive(nonce)
    },
    count: () => count,
  }
}

/** A message under the nth prefix. */
function sealedUnder(n: number): SealedParts {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(n)
  return partsOf(sealXaes(KEY, nonce, Buffer.from(`message ${n}`), ASSOCIATED)) as SealedParts
}

function forgedUnder(n: number): SealedParts {
  const sealed = sealedUnder(n)
  sealed.tag[0] = sealed.tag.readUInt8(0) ^ 1
  return sealed
}

test('a prefix seals at most 2^20 messages, for at most ten minutes', () => {
  expect(PREFIX_LIMITS).toEqual({ messages: 1_048_576, age: 600_000 })
})

test('the prefix changes after as many messages as it is good for', () => {
  const { derive, count } = countedDerivation()
  const next = createSealingKeys(derive, () => 0, { messages: 3, age: 1_000 })
  const prefixes = Array.from({ length: 7 }, () => next().prefix.toString('hex'))
  expect(prefixes.map((prefix) => prefixes.indexOf(prefix))).toEqual([0, 0, 0, 3, 3, 3, 6])
  expect(count()).toBe(3)
})

test('the prefix changes when its time is up, and not before', () => {
  let now = 5_000
  const next = createSealingKeys(createDeriveKey(KEY), () => now, PREFIX_LIMITS)
  const first = next()
  now += PREFIX_LIMITS.age - 1
  expect(next()).toBe(first)
  now += 1
  const second = next()
  expect(second.prefix).not.toEqual(first.prefix)
  now += PREFIX_LIMITS.age - 1
  expect(next()).toBe(second)
})

test.each([
  ['was set back', -1],
  ['is no number', Number.NaN],
])('a clock that %s ends the prefix instead of keeping it for good', (_, broken) => {
  let now = 0
  const next = createSealingKeys(createDeriveKey(KEY), () => now, PREFIX_LIMITS)
  const first = next()
  now = broken
  expect(next()).not.toBe(first)
})

test('the key that seals is the one XAES derives for the prefix', () => {
  const derive = createDeriveKey(KEY)
  const { prefix, key } = createSealingKeys(derive, () => 0, PREFIX_LIMITS)()
  expect(prefix).toHaveLength(PREFIX_BYTES)
  expect(key.export()).toEqual(derive(prefix))
})

test('a prefix that has opened once is derived once', () => {
  const { derive, count } = countedDerivation()
  const open = createOpenSealed(derive)
  for (let i = 0; i < 5; i++) expect(open(sealedUnder(1), ASSOCIATED)?.toString()).toBe('message 1')
  expect(count()).toBe(1)
})

test('a flood of forgeries pushes no honest key out, and leaves none behind', () => {
  const { derive, count } = countedDerivation()
  const open = createOpenSealed(derive)
  open(sealedUnder(0), ASSOCIATED)
  for (let n = 1; n <= 3 * KEPT_KEYS; n++) expect(open(forgedUnder(n), ASSOCIATED)).toBeNull()

  const before = count()
  open(sealedUnder(0), ASSOCIATED)
  expect(count()).toBe(before)
  open(sealedUnder(1), ASSOCIATED)
  expect(count()).toBe(before + 1)
})

test('a forgery under a prefix whose key is kept is refused all the same', () => {
  const open = createOpenSealed(createDeriveKey(KEY))
  expect(open(sealedUnder(1), ASSOCIATED)).not.toBeNull()
  expect(open(forgedUnder(1), ASSOCIATED)).toBeNull()
  expect(open(sealedUnder(1), ASSOCIATED)).not.toBeNull()
})

test('as many prefixes as one process draws in a day are all kept', () => {
  const { derive, count } = countedDerivation()
  const open = createOpenSealed(derive)
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < KEPT_KEYS; n++) open(sealedUnder(n), ASSOCIATED)
  }
  expect(count()).toBe(KEPT_KEYS)
})

test('what it keeps is bounded: the prefix used least recently goes, one in use stays', () => {
  const { derive, count } = countedDerivation()
  const open = createOpenSealed(derive)
  open(sealedUnder(0), ASSOCIATED)
  for (let n = 1; n <= 10 * KEPT_KEYS; n++) {
    open(sealedUnder(n), ASSOCIATED)
    if (n % 100 === 0) open(sealedUnder(0), ASSOCIATED)
  }
  const before = count()
  expect(before).toBe(1 + 10 * KEPT_KEYS)
  open(sealedUnder(1), ASSOCIATED)
  expect(count()).toBe(before + 1)
})
