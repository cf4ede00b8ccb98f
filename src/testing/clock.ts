/**
 * A clock for tests: it stands still until it is told to move.
 *
 * In: a time to start from, and how far to move. Out: a function that gives milliseconds since the epoch, as the option
 * `clock` takes it. Must not know what is measured with it.
 *
 * @module
 */
import { ConfigError } from '../errors.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'

/** A function that gives the time, and the two ways to change what it gives. */
export interface Clock {
  /** Milliseconds since the epoch. */
  (): number
  /** Moves on by '90s', '30m', '24h', '30d' or milliseconds. */
  advance(duration: Duration): void
  /** Moves to a time, earlier ones included: servers' clocks do that too. */
  set(time: string | number): void
}

/**
 * A clock that stands at `start`: a date as `Date.parse` reads it, or milliseconds. 2026-01-01T00:00:00Z unless told.
 *
 * @throws ConfigError `OPTION_INVALID` on what is no time, and in `advance` on what is no duration.
 */
export function fixedClock(start: string | number = '2026-01-01T00:00:00Z'): Clock {
  let now = timeOf(start)
  return Object.assign(() => now, {
    advance(duration: Duration): void {
      now += parseDuration(duration, 'the duration of clock.advance')
    },
    set(time: string | number): void {
      now = timeOf(time)
    },
  })
}

function timeOf(time: string | number): number {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time)
  if (Number.isSafeInteger(milliseconds)) return milliseconds
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot set the clock: found ${JSON.stringify(time)}. Write a date as '2026-01-01T00:00:00Z', or whole milliseconds since the epoch`,
    { details: { option: 'time' } },
  )
}
