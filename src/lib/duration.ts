/**
 * Turns a duration as people write it into milliseconds.
 *
 * In: '90s', '30m', '24h', '30d', or a whole number of milliseconds, and the name of the option it was given for.
 * Out: a whole number of milliseconds above 0, or a ConfigError. Must not know what the duration is used for.
 *
 * @module
 */
import { ConfigError } from '../errors.ts'

/** '90s', '30m', '24h', '30d', or a whole number of milliseconds above 0. */
export type Duration = string | number

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Milliseconds of `value`; `what` is the option's name, for the message.
 *
 * @throws ConfigError `OPTION_INVALID` on anything that is not a duration above 0: there is no "never".
 */
export function parseDuration(value: Duration, what: string): number {
  const milliseconds = typeof value === 'string' ? fromText(value) : value
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0) return milliseconds
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use ${what}: found ${shown(value)}, which is not a duration. Write it as '90s', '30m', '24h' or '30d', or as a whole number of milliseconds above 0`,
    { details: { option: what } },
  )
}

function fromText(text: string): number {
  const [, amount, unit] = /^([0-9]{1,15})([smhd])$/.exec(text) ?? []
  return Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN)
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  // Short enough to help with a typo; text of another length is not a duration, and may be what nobody wants in a log.
  if (typeof value === 'string') return value.length <= 16 ? `'${value}'` : `a text of ${value.length} characters`
  return value === null ? 'null' : `a value of type ${typeof value}`
}
