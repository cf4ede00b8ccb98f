import { expect, test } from 'vitest'
import { compile } from './statement.ts'

const tables = { entries: '"a:value @epochs"', epochs: '`e`' }
const sql = 'UPDATE @entries SET a = :value, b = :other WHERE c = :value AND @epochs.d'

test('numbered marks stand for a value wherever it is used', () => {
  const { update } = compile({ update: sql }, tables, 'numbered')
  expect(update.text).toBe('UPDATE "a:value @epochs" SET a = $1, b = $2 WHERE c = $1 AND `e`.d')
  expect(update.valuesOf({ other: 2, value: 1, unused: 3 })).toEqual([1, 2])
})

test('marks in order take a value each time it is used', () => {
  const { update } = compile({ update: sql }, tables, 'in order')
  expect(update.text).toBe('UPDATE "a:value @epochs" SET a = ?, b = ? WHERE c = ? AND `e`.d')
  expect(update.valuesOf({ other: 2, value: 1 })).toEqual([1, 2, 1])
})

test('a value that is missing is no NULL', () => {
  const { update } = compile({ update: sql }, tables, 'numbered')
  expect(update.valuesOf<unknown>({ value: null, other: null })).toEqual([null, null])
  expect(() => update.valuesOf({ value: 1 })).toThrow('No value for :other')
})
