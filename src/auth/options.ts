/**
 * The options of `createAuth`, judged once, at start-up.
 *
 * In: what a developer wrote. Out: settings that can be relied on, or an error that says what was found and what to do.
 * Must not know: requests.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'
import { plainPath } from '../lib/paths.ts'
import { type Limits, LONGEST_LIFE } from '../record/lifetime.ts'
import { invalidOption as invalid, refuseUnknown } from '../session/option-checks.ts'
import type { AttemptsOptions } from './attempts.ts'
import type { SessionLimitOptions } from './session-limit.ts'

export type Maybe<T> = T | null | undefined

export interface AuthOptions<User> {
  /** The user with this id, or nothing if there is none any more: then the session ends. May be async. */
  readonly findUser: (id: string) => Maybe<User> | Promise<Maybe<User>>
  /** The id of a user; `user.id` if left out. `findUser` gets it back as a string. */
  readonly userId?: (user: User) => string | number
  /**
   * What ends every session of a user when it changes: the password hash, say, or a counter. Only a MAC of it is kept.
   * Sessions from before this option was set end with it.
   */
  readonly stamp?: (user: User) => string | number
  /** Where people log in; `/login` if left out. */
  readonly loginPath?: string
  /** Where they enter their password once more, for `freshLoginRequired`; `loginPath` if left out. */
  readonly confirmPath?: string
  /** Keys of an anonymous session that survive a login; none if left out. Another user's data never carries over. */
  readonly carryOver?: readonly string[]
  /** The limits of a remembered login, in place of the app's: '30d' and '90d' if left out; 400 days at most. */
  readonly remember?: { readonly idle?: Duration; readonly absolute?: Duration }
  /** How long a second factor may take; '10m' if left out. */
  readonly pendingTimeout?: Duration
  /** Server-side: how many sessions a user may have, and what a login does that would be one too many. */
  readonly maxSessionsPerOwner?: SessionLimitOptions
  /** Limiters for `attempt`. Without them it counts nothing. */
  readonly attempts?: AttemptsOptions
  /** A logout also asks the browser to forget its cache, cookies and storage of this origin (Clear-Site-Data). */
  readonly clearSiteData?: boolean
}

export interface AuthSettings<User> {
  readonly findUser: AuthOptions<User>['findUser']
  readonly userId: (user: User) => unknown
  /** As text; `null` where the app has none. @throws ConfigError OPTION_INVALID for what is none. */
  readonly stamp: (user: User) => string | null
  readonly loginPath: string
  readonly confirmPath: string
  readonly carryOver: readonly string[]
  readonly remember: Limits
  readonly pendingTimeout: number
  readonly clearSiteData: boolean
}

const KNOWN: readonly (keyof AuthOptions<unknown>)[] = [
  'findUser',
  'userId',
  'stamp',
  'loginPath',
  'confirmPath',
  'carryOver',
  'remember',
  'pendingTimeout',
  'maxSessionsPerOwner',
  'attempts',
  'clearSiteData',
]

/** @throws ConfigError OPTION_INVALID */
export function resolveAuthOptions<User>(options: AuthOptions<User>): AuthSettings<User> {
  requireFunction('findUser', options?.findUser, 'a function from an id to a user')
  refuseUnknown('auth option', options, KNOWN)
  refuseUnknown('remember option', options.remember ?? {}, ['idle', 'absolute'])
  const { userId = defaultUserId, stamp, loginPath = '/login', confirmPath = loginPath, carryOver = [] } = options
  requireFunction('userId', userId, 'a function from a user to an id')
  if (stamp !== undefined) requireFunction('stamp', stamp, 'a function from a user to text')
  requirePath('loginPath', loginPath)
  requirePath('confirmPath', confirmPath)
  if (!Array.isArray(carryOver) || carryOver.some((key) => typeof key !== 'string')) {
    throw invalid('carryOver', "it is no list of keys. Give one, such as ['cart']")
  }
  const { clearSiteData = false } = options
  if (typeof clearSiteData !== 'boolean') throw invalid('clearSiteData', 'it is neither true nor false')
  return {
    findUser: options.findUser,
    userId,
    stamp: (user) => (stamp === undefined ? null : stampText(stamp(user))),
    loginPath,
    confirmPath,
    carryOver,
    remember: resolveRemember(options.remember ?? {}),
    pendingTimeout: parseDuration(options.pendingTimeout ?? '10m', 'pendingTimeout'),
    clearSiteData,
  }
}

function resolveRemember({ idle, absolute = '90d' }: NonNullable<AuthOptions<unknown>['remember']>): Limits {
  const all = parseDuration(absolute, 'remember.absolute')
  // An error about an option that nobody wrote would be no help.
  const limits = {
    idle:
      idle === undefined ? Math.min(parseDuration('30d', 'remember.idle'), all) : parseDuration(idle, 'remember.idle'),
    absolute: all,
  }
  if (limits.absolute < limits.idle)
    throw invalid('remember', 'its absolute is below its idle. Raise one or lower the other')
  if (limits.absolute > LONGEST_LIFE)
    throw invalid('remember', 'its absolute is over 400 days, which browsers do not keep')
  return limits
}

/** A promise, or a field that is not there, would be the same text for ever, and end nothing. */
function stampText(stamp: unknown): string {
  if (typeof stamp === 'string' || typeof stamp === 'number' || typeof stamp === 'bigint') return String(stamp)
  throw invalid(
    'stamp',
    `it returned ${stamp === null ? 'null' : `a value of type ${typeof stamp}`}. Return text or a number, at once`,
  )
}

function defaultUserId(user: unknown): unknown {
  return (user as { id?: unknown } | null | undefined)?.id ?? ''
}

function requireFunction(option: string, value: unknown, wanted: string): void {
  if (typeof value === 'function') return
  throw new ConfigError('OPTION_INVALID', `Cannot create auth: found ${typeof value} as ${option}. Give ${wanted}`, {
    details: { option },
  })
}

function requirePath(option: string, path: unknown): void {
  if (typeof path === 'string' && plainPath(path) !== null && path.startsWith('/')) return
  throw invalid(
    option,
    `found ${typeof path === 'string' ? `"${path}"` : `a ${typeof path}`}. Give a path on this origin, "/login"`,
  )
}
