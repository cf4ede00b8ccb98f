import { expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { parseDuration } from './duration.ts'

test.each([
  ['1s', 1_000],
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['30d', 2_592_000_000],
  [1, 1],
  [250, 250],
])('%o is %i milliseconds', (value, milliseconds) => {
  expect(parseDuration(value, 'idleTimeout')).toBe(milliseconds)
})

test.each([
  ['5 minutes'],
  ['0s'],
  ['-1m'],
  ['1.5h'],
  ['1M'],
  [' 1m'],
  ['1m\n'],
  ['m'],
  [''],
  ['60'],
  ['999999999999999d'],
  [0],
  [-1],
  [1.5],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
])('%o is not a duration, and the error names the option', (value) => {
  const attempt = () => parseDuration(value, 'idleTimeout')
  expect(attempt).toThrow(ConfigError)
  expect(attempt).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'idleTimeout' } }))
  expect(attempt).toThrow(/^Cannot use idleTimeout: found /)
})

test.each([[undefined], [null], [{}], [10n], [['1m']]])('%o, passed from plain JavaScript, is refused too', (value) => {
  expect(() => parseDuration(value as unknown as string, 'storeTimeout')).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
})

test('a long text is never repeated in the message: it may be a secret in the wrong option', () => {
  const text = 'correct horse battery staple'
  expect(() => parseDuration(text, 'idleTimeout')).toThrow(/found a text of 28 characters/)
  expect(() => parseDuration(text, 'idleTimeout')).not.toThrow(/horse/)
})
