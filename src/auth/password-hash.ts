/**
 * The two ways to hash a password, and their text.
 *
 * In: bytes and a recipe (algorithm, costs, salt). Out: derived bytes, and PHC strings both ways. A stored hash is read
 * as if a stranger had written it: one whose costs could exhaust the machine is no hash. Must not know: users, queues,
 * or what is preferred.
 *
 * @module
 */

import { Buffer } from 'node:buffer'
import { scrypt } from 'node:crypto'
import { ConfigError } from '../errors.ts'

/** The part of `@node-rs/argon2` that is needed. Its types are not imported, so that nobody has to have them. */
export interface Argon2 {
  hashRaw(
    password: Uint8Array,
    options: {
      algorithm: number
      version: number
      memoryCost: number
      timeCost: number
      parallelism: number
      outputLen: number
      salt: Uint8Array
    },
  ): Promise<Uint8Array>
}

/** Costs as the algorithms name them: `m` in KiB, `t` passes, `p` lanes; `ln` is the binary logarithm of scrypt's N. */
export type Costs =
  | { readonly algorithm: 'argon2id'; readonly m: number; readonly t: number; readonly p: number }
  | { readonly algorithm: 'scrypt'; readonly ln: number; readonly r: number; readonly p: number }

/** A hash that was read, or is about to be made. */
export interface PasswordHash {
  readonly costs: Costs
  readonly salt: Uint8Array
  readonly derived: Uint8Array
}

/** Both as OWASP's Password Storage Cheat Sheet sets them: 19 MiB, and 128 MiB, for one hash. */
export const ARGON2ID_COSTS: Costs = { algorithm: 'argon2id', m: 19_456, t: 2, p: 1 }
export const SCRYPT_COSTS: Costs = { algorithm: 'scrypt', ln: 17, r: 8, p: 1 }
export const SALT_BYTES = 16
export const HASH_BYTES = 32

/** What a hash may cost at most: memory, and memory times passes. Four times the work of the costs above and more. */
const MOST_MEMORY = 256 * 1024 * 1024
const MOST_ARGON2_KIB_PASSES = 1024 * 1024
const MOST_SCRYPT_BLOCKS = 2 ** 22

// $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash> and $scrypt$ln=<log2 N>,r=<r>,p=<p>$<salt>$<hash>, the
// numbers decimal without leading zeros, the rest base64 without padding: the PHC string format. A hash of under
// 16 bytes could be met by chance, and argon2 takes no salt under 8.
const ARGON2ID =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/
const SCRYPT =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,3}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{2,86})\$([A-Za-z0-9+/]{22,86})$/

/** Reads a PHC string. Null for what is malformed, of another algorithm or version, or too costly to follow. */
export function parseHash(text: unknown): PasswordHash | null {
  if (typeof text !== 'string' || text.length > 256) return null
  const argon2id = ARGON2ID.exec(text)
  const parts = argon2id ?? SCRYPT.exec(text)
  if (!parts) return null
  const [first, second, p] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const costs: Costs = argon2id
    ? { algorithm: 'argon2id', m: first, t: second, p }
    : { algorithm: 'scrypt', ln: first, r: second, p }
  const salt = fromBase64(parts[4])
  const derived = fromBase64(parts[5])
  return isBearable(costs) && salt && derived ? { costs, salt, derived } : null
}

/** Writes a PHC string. */
export function formatHash({ costs, salt, derived }: PasswordHash): string {
  const head =
    costs.algorithm === 'argon2id'
      ? `$argon2id$v=19$m=${costs.m},t=${costs.t},p=${costs.p}`
      : `$scrypt$ln=${costs.ln},r=${costs.r},p=${costs.p}`
  return `${head}$${toBase64(salt)}$${toBase64(derived)}`
}

/**
 * Derives `length` bytes. Costs what the costs say, on a thread of libuv's pool.
 *
 * @throws ConfigError `ARGON2_UNAVAILABLE` where argon2id is asked for and `argon2` is null
 */
export async function derive(
  costs: Costs,
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  argon2: Argon2 | null,
): Promise<Uint8Array> {
  if (costs.algorithm === 'scrypt') return deriveScrypt(costs, password, salt, length)
  if (!argon2) {
    // Answering "wrong password" to everybody whose hash is argon2id would hide a broken deployment.
    throw new ConfigError(
      'ARGON2_UNAVAILABLE',
      'Cannot work with an argon2id password hash: the package "@node-rs/argon2" is not installed. Install it, as where the hash was made',
    )
  }
  return argon2.hashRaw(password, {
    algorithm: 2, // argon2id
    version: 1, // 0x13, written v=19
    memoryCost: costs.m,
    timeCost: costs.t,
    parallelism: costs.p,
    outputLen: length,
    salt,
  })
}

function deriveScrypt(
  { ln, r, p }: Costs & { algorithm: 'scrypt' },
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  // Node allows 32 MiB by default, a quarter of what our costs take. The bound is `isBearable`; this only opens the door.
  const options = { N: 2 ** ln, r, p, maxmem: 2 * MOST_MEMORY }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, derived) => (error ? reject(error) : resolve(derived)))
  })
}

function isBearable(costs: Costs): boolean {
  if (costs.algorithm === 'argon2id') {
    // RFC 9106, section 3.1: at least eight blocks for a lane.
    const { m, t, p } = costs
    return m >= 8 * p && m * 1024 <= MOST_MEMORY && m * t <= MOST_ARGON2_KIB_PASSES
  }
  // RFC 7914, section 2: N is less than 2^(128 * r / 8).
  const { ln, r, p } = costs
  const blocks = 2 ** ln * r
  return ln < 16 * r && 128 * (blocks + r * p) <= MOST_MEMORY && blocks * p <= MOST_SCRYPT_BLOCKS
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}

/** Null where it is not the one spelling of its bytes: `Buffer` would drop stray bits without a word. */
function fromBase64(text = ''): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64')
  return toBase64(bytes) === text ? bytes : null
}
