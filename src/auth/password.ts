/**
 * Passwords: hashing, checking, and when to hash again.
 *
 * In: what somebody typed, and the hash you stored. Out: a hash to store, or yes or no. How long an answer takes does
 * not tell whether the user exists, and how many hashes run at once is bounded. Must not know: users, requests, sessions.
 *
 * @module
 */

import { Buffer } from 'node:buffer'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { ConfigError, SojournError, UsageError } from '../errors.ts'
import { workQueue } from '../lib/work-queue.ts'
import { loadArgon2 } from './load-argon2.ts'
import {
  ARGON2ID_COSTS,
  type Argon2,
  type Costs,
  derive,
  formatHash,
  HASH_BYTES,
  parseHash,
  SALT_BYTES,
  SCRYPT_COSTS,
} from './password-hash.ts'

export type { Argon2 } from './password-hash.ts'

/** A passphrase of 500 words fits. Without a bound, one request could make us normalise megabytes. */
const MOST_BYTES = 4096
/** Stands in for a password that cannot be one, so that refusing it takes as long as refusing a wrong one. */
const NO_PASSWORD = new Uint8Array(1)

/** How `createPasswords` works. */
export interface PasswordsOptions {
  /** What new hashes are. Default: argon2id where `@node-rs/argon2` is installed, scrypt where it is not. */
  readonly algorithm?: 'argon2id' | 'scrypt'
  /** Hashes at once. Default: one for each core, at most 3: Node has four threads, and files and DNS need one too. */
  readonly concurrency?: number
  /** How many may wait behind them. Default 128: about a second's worth of argon2id on two cores. */
  readonly queue?: number
  /** The module `@node-rs/argon2`, where a bundler cannot find it by itself; null does without. */
  readonly argon2?: Argon2 | null
}

/** Hashes passwords under one policy and one queue. */
export interface Passwords {
  hash(password: string): Promise<string>
  verify(password: string, hash: string | null | undefined): Promise<boolean>
  needsRehash(hash: string): boolean
}

/**
 * A password policy of your own. Most applications need only `hashPassword` and `verifyPassword`.
 *
 * @throws ConfigError `OPTION_INVALID`
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const concurrency = options.concurrency ?? Math.min(availableParallelism(), 3)
  const waiting = options.queue ?? 128
  requireWhole('concurrency', concurrency, 1)
  requireWhole('queue', waiting, 0)
  const inTurn = workQueue({ running: concurrency, waiting, full: () => queueFull(waiting) })

  // Undefined until the first password: importing this module must not load a native one.
  let argon2: Argon2 | null | undefined = options.argon2
  let loading: Promise<Argon2 | null> | undefined
  const loaded = async () => {
    if (argon2 === undefined) {
      loading ??= loadArgon2()
      argon2 = await loading
    }
    return argon2
  }
  const preferred = (): Costs => {
    const algorithm = options.algorithm ?? (argon2 ? 'argon2id' : 'scrypt')
    return algorithm === 'argon2id' ? ARGON2ID_COSTS : SCRYPT_COSTS
  }

  return {
    async hash(password) {
      const bytes = toBytes(password)
      if (!bytes) throw passwordInvalid(password)
      return inTurn(async () => {
        const engine = await loaded()
        const [costs, salt] = [preferred(), randomBytes(SALT_BYTES)]
        return formatHash({ costs, salt, derived: await derive(costs, bytes, salt, HASH_BYTES, engine) })
      })
    },

    async verify(password, hash) {
      return inTurn(async () => {
        const engine = await loaded()
        const bytes = toBytes(password)
        const stored = parseHash(hash)
        // Without a hash to compare with the same work is done against one that nothing meets.
        const { costs, salt, derived } = stored ?? noHash(preferred())
        const found = await derive(costs, bytes ?? NO_PASSWORD, salt, derived.length, engine)
        return timingSafeEqual(found, derived) && stored !== null && bytes !== null
      })
    },

    needsRehash(hash) {
      const stored = parseHash(hash)
      if (!stored || stored.salt.length < SALT_BYTES || stored.derived.length < HASH_BYTES) return true
      // Before argon2 was looked for, a scrypt hash passes: better one login late than a hash made for nothing.
      const undecided = options.algorithm === undefined && argon2 === undefined
      const wanted = undecided ? standardOf(stored.costs) : preferred()
      return isWeaker(stored.costs, wanted)
    },
  }
}

let standard: Passwords | undefined
function standardPasswords(): Passwords {
  standard ??= createPasswords()
  return standard
}

/**
 * Makes the hash to store, as a PHC string of about 100 characters: argon2id (m=19456, t=2, p=1) where the optional
 * package `@node-rs/argon2` is installed, else scrypt (N=2^17, r=8, p=1). Costs 20 ms and 19 MiB, or 400 ms and 128 MiB.
 *
 * The password is brought to Unicode form NFC first, as NIST SP 800-63B-4, section 3.1.1.2, asks: an "é" typed on one
 * keyboard is one code point and on another two. Not NFKC, which revision 3 allowed: it would make "²" and "2" the same.
 * All of it counts, up to 4096 bytes.
 *
 * @throws UsageError `PASSWORD_INVALID` (400): not text, or over 4096 bytes of UTF-8
 * @throws SojournError `PASSWORD_QUEUE_FULL` (503): more at once than the machine can hash
 */
export function hashPassword(password: string): Promise<string> {
  return standardPasswords().hash(password)
}

/**
 * Whether the password belongs to the hash: argon2id or scrypt, whichever is preferred for new ones.
 *
 * Call it for unknown users too, with null in place of the hash: `verifyPassword(password, user?.passwordHash)`. It does
 * the same work and says false, so that the time of the answer does not tell which names exist. (While users with hashes
 * of an older cost remain, theirs still differ; `needsRehash` at each login ends that.) A hash that is malformed or
 * absurdly costly, and a password that is too long or no text, take that way too: false, never an exception.
 *
 * @throws SojournError `PASSWORD_QUEUE_FULL` (503); ConfigError `ARGON2_UNAVAILABLE`: an argon2id hash, and no package
 */
export function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  return standardPasswords().verify(password, hash)
}

/**
 * Whether a hash is weaker than one made today. Ask after `verifyPassword` said yes, when you have the password at hand:
 * `if (needsRehash(user.passwordHash)) user.passwordHash = await hashPassword(password)`. Costs nothing.
 */
export function needsRehash(hash: string): boolean {
  return standardPasswords().needsRehash(hash)
}

function toBytes(password: unknown): Uint8Array | null {
  // Composing shortens text to a third at most, so this bound refuses nothing that would fit afterwards.
  if (typeof password !== 'string' || password.length > 3 * MOST_BYTES) return null
  const bytes = Buffer.from(password.normalize('NFC'))
  return bytes.length <= MOST_BYTES ? bytes : null
}

function noHash(costs: Costs) {
  return { costs, salt: new Uint8Array(SALT_BYTES), derived: new Uint8Array(HASH_BYTES) }
}

function standardOf({ algorithm }: Costs): Costs {
  return algorithm === 'argon2id' ? ARGON2ID_COSTS : SCRYPT_COSTS
}

function isWeaker(stored: Costs, wanted: Costs): boolean {
  if (stored.algorithm === 'argon2id' && wanted.algorithm === 'argon2id') {
    return stored.m < wanted.m || stored.t < wanted.t
  }
  if (stored.algorithm === 'scrypt' && wanted.algorithm === 'scrypt') {
    return stored.ln < wanted.ln || stored.r < wanted.r
  }
  return true
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option "${name}": found ${String(value)}. Pass a whole number of at least ${least}, or leave it out`,
  )
}

function passwordInvalid(password: unknown): SojournError {
  const found =
    typeof password === 'string' ? `it has more than ${MOST_BYTES} bytes` : `it is ${typeof password}, not text`
  return new UsageError('PASSWORD_INVALID', `Cannot hash the password: ${found}. Check what the form sent first`)
}

function queueFull(waiting: number): SojournError {
  return new SojournError(
    'PASSWORD_QUEUE_FULL',
    `Cannot hash a password now: ${waiting} are waiting already. Answer 503, and limit login attempts in front of it`,
  )
}
