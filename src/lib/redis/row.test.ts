import { expect, test } from 'vitest'
import { decodeRow, listing, numberText, ownerLine, rowHead } from './row.ts'

const entry = { value: 'text\nof two lines', version: 12, expiresAt: 1_767_229_200_000, ownerId: 'ada@home' }

test('a row in format 1 is read for ever', () => {
  const frozen =
    '1l0000000000000001200001767229200000AAAABBBBCCCCaaaabbbbcccc00001767315600000@ada%40home\ntext\nof two lines'
  expect(decodeRow(frozen)).toEqual({ entry, listId: 'aaaabbbbcccc' })
  const written = `${rowHead(entry)}AAAABBBBCCCC${listing('aaaabbbbcccc', 1_767_315_600_000)}`
  expect(written + ownerLine(entry.ownerId) + entry.value).toBe(frozen)
})

test('a row without an owner is not one of an owner without a name', () => {
  const head = `1g${numberText(1)}${numberText(-5)}${'-'.repeat(12)}${listing('-'.repeat(12), 0)}`
  expect(decodeRow(`${head}\n`)?.entry).toEqual({ value: '', version: 1, expiresAt: -5, grave: true })
  expect(decodeRow(`${head}@\n`)?.entry).toMatchObject({ ownerId: '' })
})

test('numbers are of one length, and come back exactly', () => {
  for (const number of [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    expect(numberText(number)).toHaveLength(17)
    expect(Number(numberText(number))).toBe(number)
  }
})

test.each([
  '',
  'x',
  '2l',
  `1x${'0'.repeat(80)}\n`,
  `1l${'0'.repeat(200)}`,
  `1l${'x'.repeat(75)}\n`,
  `1l${'0'.repeat(75)}@%zz\n`,
])('%j is not a row, and a grave to whoever reads it', (text) => {
  expect(decodeRow(text)?.entry).toMatchObject({ grave: true, value: '' })
})
