import { expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring, type Purpose } from './keyring.ts'

const PURPOSES = Object.keys(formatVectors.keys) as Purpose[]

test.each(PURPOSES)('the %s key of a secret is the frozen one', (purpose) => {
  const [keys] = createKeyring([formatVectors.secret]).all
  expect(keys.key(purpose).export().toString('hex')).toBe(formatVectors.keys[purpose])
})

test('the key id of a secret is the frozen one', () => {
  expect(createKeyring([formatVectors.secret]).all[0].id.toString('hex')).toBe(formatVectors.keyId)
})

test('every purpose of every secret has a key of its own', () => {
  const keys = createKeyring(['one', 'two', 'three']).all.flatMap((set) =>
    PURPOSES.map((purpose) => set.key(purpose).export().toString('hex')),
  )
  expect(new Set(keys).size).toBe(3 * PURPOSES.length)
})

test('secrets stay in the order they were given, the sealing one first', () => {
  const both = createKeyring(['new', 'old'])
  expect(both.all.map(({ id }) => id)).toEqual([createKeyring(['new']).all[0].id, createKeyring(['old']).all[0].id])
})

test('a key is derived once and then kept', () => {
  const [keys] = createKeyring(['secret']).all
  expect(keys.key('seal')).toBe(keys.key('seal'))
})

test('a keyring without a secret is refused', () => {
  expect(() => createKeyring([])).toThrow(expect.objectContaining({ code: 'SECRET_MISSING' }))
})
