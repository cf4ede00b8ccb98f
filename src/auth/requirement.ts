/**
 * What a guard asks for beyond a login.
 *
 * In: what a developer wrote, once. Out: a requirement. Must not know: requests.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'

/** Whether this user may. May be async; anything but `true` is a no. */
export type PermitRule<User> = (user: User, request: object) => boolean | Promise<boolean>

export interface FreshOptions {
  /** The longest ago that the password was entered. */
  readonly within: Duration
}

/** Nothing more than a login where both are left out. */
export interface Requirement<User> {
  /** Milliseconds. */
  readonly freshWithin?: number
  readonly permit?: PermitRule<User>
}

/** @throws ConfigError OPTION_INVALID */
export function freshLogin({ within }: FreshOptions): Requirement<unknown> {
  return { freshWithin: parseDuration(within, 'within') }
}

/** @throws ConfigError OPTION_INVALID */
export function permitted<User>(rule: PermitRule<User>): Requirement<User> {
  if (typeof rule === 'function') return { permit: rule }
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot guard with this rule: found a ${typeof rule}. Give a function from a user to true or false`,
    { details: { option: 'rule' } },
  )
}
