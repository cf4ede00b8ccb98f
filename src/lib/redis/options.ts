/**
 * What a developer may set on a Redis store -> what the store works with.
 *
 * In: whatever was passed. Out: settings that can work, or a ConfigError. Must not know a client.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import { toPlainText } from '../plain-text.ts'
import type { Confirmation } from './run.ts'

/** What replicas get to confirm a write unless told, in milliseconds: half of what a store call has by default. */
const WAIT_TIMEOUT = 1_000

/** @throws ConfigError `OPTION_INVALID` where the prefix would put all keys at one node, or would not survive the trip. */
export function requirePrefix(prefix: unknown): string {
  if (typeof prefix !== 'string') {
    throw invalid('prefix', `a value of type ${prefix === null ? 'null' : typeof prefix}. Pass a text`)
  }
  if (/[{}]/.test(prefix)) {
    throw invalid('prefix', 'braces in it, which would put every session at one node of a cluster. Leave them out')
  }
  if (toPlainText(prefix) !== prefix) {
    throw invalid('prefix', 'characters in it that not every client keeps. Pass ordinary text')
  }
  return prefix
}

/** @throws ConfigError `OPTION_INVALID` where a count or timeout is not a whole number above 0. */
export function requireConfirmation(option: unknown): Confirmation | null {
  if (option === undefined) return null
  const { count, timeout = WAIT_TIMEOUT }: { count?: unknown; timeout?: unknown } =
    typeof option === 'object' && option !== null ? option : { count: option }
  return { count: wholeNumber('waitReplicas', count), timeout: wholeNumber('waitReplicas.timeout', timeout) }
}

function wholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw invalid(name, `${String(value)}. Pass a whole number above 0, or leave it out`)
}

function invalid(option: string, found: string): ConfigError {
  return new ConfigError('OPTION_INVALID', `Cannot use the option ${option} of redisStore: found ${found}`, {
    details: { option },
  })
}
