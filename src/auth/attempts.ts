/**
 * How often a name and a password may be tried.
 *
 * In: limiters by shape, an account and an address, the app's own check. Out: the user, or nothing: a locked account, an
 * unknown one and a wrong password are one answer after the same work. Must not know: passwords, sessions.
 *
 * An address that tries too much is answered before any work: that says nothing about any account, and hashing for it would
 * be what it wants. OWASP ASVS 6.3.1; NIST 800-63B-4, 3.2.2.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { ConfigError, SojournError } from '../errors.ts'
import type { Emit } from '../session/events.ts'
import { addressKey } from './address-key.ts'

/** What is needed of a limiter of rate-limiter-flexible, whatever it counts in. */
export interface AttemptLimiter {
  /** Counts; rejects with anything but an Error where that is one too many, with an Error where it cannot count. */
  consume(key: string, points?: number): Promise<unknown>
  /** Takes back one that was counted. */
  reward(key: string, points?: number): Promise<unknown>
  /** Forgets a key. */
  delete(key: string): Promise<unknown>
}

export interface AttemptsOptions {
  /** How often one account may be tried, by whomever: 5 times in 15 minutes, say. */
  readonly account: AttemptLimiter
  /** How often one address may try, whichever account: 50 times in 15 minutes, say. An IPv6 network counts by its /64. */
  readonly address: AttemptLimiter
}

export interface Attempt {
  /** The name as it was typed. */
  readonly account: string
  /** `auth.addressOf(request)`. */
  readonly address: string | null
}

type Maybe<T> = T | null | undefined

export type Attempts = <User>(
  attempt: Attempt,
  verify: () => Maybe<User> | Promise<Maybe<User>>,
) => Promise<User | null>

/** @throws ConfigError OPTION_INVALID */
export function createAttempts(options: AttemptsOptions | undefined, emit: Emit): Attempts {
  if (options === undefined) return withoutLimits(emit)
  for (const name of ['account', 'address'] as const) requireLimiter(name, options[name])

  return async (attempt, verify) => {
    const address = `address:${addressKey(attempt.address)}`
    const account = `account:${accountKey(attempt.account)}`
    const waitFor = await over(options.address, address)
    if (waitFor !== null) {
      emit({ type: 'login-failed', reason: 'throttled', address: attempt.address })
      throw tooMany(waitFor)
    }
    const isLocked = (await over(options.account, account)) !== null
    // Also where it is locked: how long the answer takes must not tell.
    const user = await verify()
    if (isLocked || user === null || user === undefined) {
      emit({ type: 'login-failed', reason: isLocked ? 'throttled' : 'rejected', address: attempt.address })
      return null
    }
    // A right one was no guess: people behind one address do not lock each other out.
    await counted(() => Promise.all([options.account.delete(account), options.address.reward(address)]))
    return user
  }
}

/** Without limiters, it still tells of failures. */
function withoutLimits(emit: Emit): Attempts {
  return async ({ address }, verify) => {
    const user = (await verify()) ?? null
    if (user === null) emit({ type: 'login-failed', reason: 'rejected', address })
    return user
  }
}

/** Milliseconds until the next try, where this one was too many. */
async function over(limiter: AttemptLimiter, key: string): Promise<number | null> {
  try {
    await counted(() => limiter.consume(key))
    return null
  } catch (error) {
    if (error instanceof Error) throw error
    const { msBeforeNext } = (error ?? {}) as { msBeforeNext?: unknown }
    return typeof msBeforeNext === 'number' ? msBeforeNext : 0
  }
}

/** Who cannot count cannot guard: the login waits until it can. */
async function counted(count: () => Promise<unknown>): Promise<void> {
  try {
    await count()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new SojournError(
      'LIMITER_FAILED',
      'Cannot count this attempt to log in: the limiter failed. Its own error is in the cause of this one',
      { cause: error },
    )
  }
}

// Accents, and what is not seen at all. Databases compare without them where nobody tells them otherwise (MySQL's
// utf8mb4_0900_ai_ci, after the Unicode Collation Algorithm), so that one account would have as many spellings as one likes.
const IGNORED = /[\p{M}\p{C}]/gu

/** One for every spelling that may be one account, and of one length: what was typed may be a megabyte, or a password. */
function accountKey(account: string): string {
  // By way of upper case, which makes one of "ß" and "ss", and of both small sigmas.
  const folded = account.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase().normalize('NFKD')
  return createHash('sha256').update(folded.replace(IGNORED, '').trim()).digest('base64url')
}

function tooMany(waitFor: number): SojournError {
  const seconds = Math.ceil(waitFor / 1000)
  return new SojournError(
    'TOO_MANY_ATTEMPTS',
    'Cannot look at this attempt to log in: too many came from its address. Answer 429, and let it wait',
    { details: { retryAfter: seconds } },
  )
}

function requireLimiter(name: string, limiter: unknown): void {
  const missing = ['consume', 'reward', 'delete'].filter(
    (method) => typeof (limiter as Record<string, unknown> | null | undefined)?.[method] !== 'function',
  )
  if (missing.length === 0) return
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use attempts.${name}: it has no method ${missing.join(', ')}. Give a limiter of rate-limiter-flexible, or one with its methods`,
    { details: { option: `attempts.${name}`, missing } },
  )
}
