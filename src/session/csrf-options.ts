/**
 * The options `csrf` and `trustedOrigins`, judged once, at start-up.
 *
 * In: what a developer wrote. Out: a policy that can be relied on. Must not know: requests.
 *
 * @module
 */

import { createPathMatcher } from '../lib/paths.ts'
import { invalidOption, refuseUnknown } from './option-checks.ts'
import { parseOrigin } from './origin.ts'

export interface CsrfOptions {
  /** `origin`: by where the browser says that a request comes from. `token`: a form has to bring its token, too. */
  readonly mode?: 'origin' | 'token'
  /** Tells of what would be refused, in the event `csrf-refused`, and lets it pass: for the time of a roll-out. */
  readonly reportOnly?: true
  /** Paths whose requests may come with a session and without Origin: from a program that cannot send it. */
  readonly unsafeAllowMissingOrigin?: readonly string[]
  /** Paths that other sites may post to in the name of a logged-in person: nothing is checked there. */
  readonly unsafeExempt?: readonly string[]
  /** How far into a body the token is looked for, in bytes; 128 KB if left out. */
  readonly bodyLimit?: number
}

export interface CsrfPolicy {
  readonly mode: 'origin' | 'token'
  readonly reportOnly: boolean
  readonly mayMissOrigin: (url: string) => boolean
  readonly isExempt: (url: string) => boolean
  readonly bodyLimit: number
}

const KNOWN: readonly (keyof CsrfOptions)[] = [
  'mode',
  'reportOnly',
  'unsafeAllowMissingOrigin',
  'unsafeExempt',
  'bodyLimit',
]

/** @throws ConfigError OPTION_INVALID */
export function resolveCsrf(option: 'origin' | 'token' | CsrfOptions = 'origin'): CsrfPolicy {
  const given: CsrfOptions = typeof option === 'string' ? { mode: option } : option
  if (typeof given !== 'object' || given === null) {
    throw invalidOption(
      'csrf',
      `found ${given === null ? 'null' : `a ${typeof given}`}. Give 'origin', 'token' or an object; what a path must do without is named in unsafeExempt`,
    )
  }
  refuseUnknown('csrf option', given, KNOWN)
  const { mode = 'origin', reportOnly = false, bodyLimit = 128 * 1024 } = given
  if (mode !== 'origin' && mode !== 'token') throw invalidOption('csrf', "its mode is neither 'origin' nor 'token'")
  if (typeof reportOnly !== 'boolean')
    throw invalidOption('csrf', 'reportOnly is not true. Write true, or leave it out')
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 1) {
    throw invalidOption('csrf', `bodyLimit is ${String(bodyLimit)}. Give a whole number of bytes above 0`)
  }
  return {
    mode,
    reportOnly,
    mayMissOrigin: createPathMatcher('csrf.unsafeAllowMissingOrigin', given.unsafeAllowMissingOrigin ?? []),
    isExempt: createPathMatcher('csrf.unsafeExempt', given.unsafeExempt ?? []),
    bodyLimit,
  }
}

/** @throws ConfigError ORIGIN_INVALID, OPTION_INVALID */
export function resolveTrustedOrigins(option: readonly string[] = []): ReadonlySet<string> {
  if (!Array.isArray(option)) {
    throw invalidOption('trustedOrigins', `found a ${typeof option}. Give a list: ["https://partner.example"]`)
  }
  return new Set(option.map((text) => parseOrigin(text, 'trustedOrigins').origin))
}
