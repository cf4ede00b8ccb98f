import { expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { fixedClock } from './clock.ts'

test('the clock stands still until it is moved', () => {
  const clock = fixedClock('2026-03-01T12:00:00Z')
  expect(clock()).toBe(Date.UTC(2026, 2, 1, 12))
  clock.advance('21m')
  clock.advance(500)
  expect(clock()).toBe(Date.UTC(2026, 2, 1, 12, 21, 0, 500))
})

test('the clock can be set, back too', () => {
  const clock = fixedClock(5_000)
  clock.set('2020-01-01T00:00:00Z')
  expect(clock()).toBe(Date.UTC(2020, 0, 1))
  clock.set(7)
  expect(clock()).toBe(7)
})

test('a clock that was told nothing starts at the same time everywhere', () => {
  expect(fixedClock()()).toBe(Date.UTC(2026, 0, 1))
})

test('what is no time and no duration is refused', () => {
  const clock = fixedClock()
  const refused = expect.objectContaining({ code: 'OPTION_INVALID' })
  for (const time of ['tomorrow', '', Number.NaN, 0.5]) {
    expect(() => fixedClock(time)).toThrow(ConfigError)
    expect(() => clock.set(time)).toThrow(refused)
  }
  for (const duration of ['a while', 0, -1]) expect(() => clock.advance(duration)).toThrow(refused)
  expect(clock()).toBe(Date.UTC(2026, 0, 1))
})
