import { describe, expect, test } from 'vitest'
import { endOf, expiryOf, isFromTheFuture, LONGEST_LIFE, lastEnd, renewedEnd } from './lifetime.ts'

const limits = { idle: 1000, absolute: 5000 }

describe('when a session ends', () => {
  test('activity moves the end, but never past the absolute one', () => {
    expect(endOf(0, 2000, limits)).toBe(3000)
    expect(endOf(0, 4500, limits)).toBe(5000)
  })

  test('it is over at its end, not a millisecond before', () => {
    expect(expiryOf(0, 1000, 999, limits)).toBeNull()
    expect(expiryOf(0, 1000, 1000, limits)).toBe('expired-idle')
    expect(expiryOf(0, 9000, 4999, limits)).toBeNull()
    expect(expiryOf(0, 9000, 5000, limits)).toBe('expired-absolute')
  })

  test('a renewal waits for a tenth of the idle time', () => {
    expect(renewedEnd(0, 1000, 99, limits)).toBeNull()
    expect(renewedEnd(0, 1000, 100, limits)).toBe(1100)
    expect(renewedEnd(0, 5000, 4990, limits)).toBeNull()
  })

  test('a renewal never moves the end earlier, whatever the clocks say', () => {
    expect(renewedEnd(0, 1000, -10_000, limits)).toBeNull()
  })

  test('a copy may open as long as its own limits let it, and as any may where it could not be looked at', () => {
    const DAY = 86_400_000
    expect(lastEnd({ createdAt: 0, limits: null }, limits, 100)).toBe(5100)
    expect(lastEnd({ createdAt: 3000, limits: null }, limits, 100)).toBe(8000)
    expect(lastEnd({ createdAt: 0, limits: { idle: 30 * DAY, absolute: 90 * DAY } }, limits, 100)).toBe(100 + 90 * DAY)
    expect(LONGEST_LIFE).toBe(400 * DAY)
    expect(lastEnd(null, limits, 100)).toBe(100 + 400 * DAY)
    expect(lastEnd(null, { idle: DAY, absolute: 500 * DAY }, 100)).toBe(100 + 500 * DAY)
  })

  test('milliseconds of skew are no news, seconds are', () => {
    expect(isFromTheFuture(1000, 0)).toBe(false)
    expect(isFromTheFuture(1001, 0)).toBe(true)
  })
})
