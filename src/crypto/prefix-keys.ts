/**
 * Derived keys worth keeping, so that XAES costs no more than the GCM inside it.
 *
 * In: the key derivation of `xaes.ts` and the caller's clock. Out: the prefix to seal under now, and the key for a
 * nonce seen before. Must not know: formats and cookies. What it keeps is bounded, and a stranger cannot fill it.
 *
 * @module
 */

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { type DeriveKey, openDerived, PREFIX_BYTES, type SealedParts } from './xaes.ts'

/** The first half of a nonce, and the key it derives. */
export interface SealingKey {
  readonly prefix: Buffer
  readonly key: KeyObject
}

/** How long one prefix is used for. */
export interface PrefixLimits {
  /** Seals. */
  readonly messages: number
  /** Milliseconds. */
  readonly age: number
}

/**
 * Under one prefix only the other 96 bits tell nonces apart. After 2^20 messages a collision among them has a chance
 * below 2^-57; ten minutes keep a quiet process from staying under one key for days.
 */
export const PREFIX_LIMITS: PrefixLimits = { messages: 2 ** 20, age: 10 * 60_000 }

/** Hands out the key to seal the next message under. Draws its first prefix at the first call, not before. */
export function createSealingKeys(derive: DeriveKey, clock: () => number, limits: PrefixLimits): () => SealingKey {
  let current: SealingKey | undefined
  let used = 0
  let since = 0

  return function sealingKey() {
    const now = clock()
    const age = now - since
    // Asked this way round, a clock that was set back, or is no number at all, also ends the prefix.
    if (current === undefined || used >= limits.messages || !(age >= 0 && age < limits.age)) {
      const prefix = randomBytes(PREFIX_BYTES)
      current = { prefix, key: createSecretKey(derive(prefix)) }
      used = 0
      since = now
    }
    used++
    return current
  }
}

/** Null when the tag does not verify. */
export type OpenSealed = (sealed: SealedParts, associated: Buffer) => Buffer | null

/** One process draws 144 prefixes in a day of ten-minute turns, so the cookies of a day from one process all fit. */
export const KEPT_KEYS = 144

/** Opens, and keeps the keys of up to twice `KEPT_KEYS` prefixes. A key is kept only once a tag verified under it. */
export function createOpenSealed(derive: DeriveKey): OpenSealed {
  // Least recently used goes first, in two generations: a key that is used moves to the young one, and when that is
  // full the old one is dropped whole. Keeping exact order would cost each hit a tenth of what opening costs.
  //
  // As bytes, because making a KeyObject costs a fifth of an opening and saves a fiftieth of one.
  let young = new Map<string, Buffer>()
  let old = new Map<string, Buffer>()

  function keep(prefix: string, key: Buffer): void {
    if (young.size >= KEPT_KEYS) {
      old = young
      young = new Map()
    }
    young.set(prefix, key)
  }

  // Nearly all cookies of a while have one of few prefixes: comparing with the last one costs less than a look-up.
  let last: { readonly words: readonly [number, number, number]; readonly key: Buffer } | null = null

  function isLast(nonce: Buffer): boolean {
    return (
      last !== null &&
      nonce.readUInt32LE(0) === last.words[0] &&
      nonce.readUInt32LE(4) === last.words[1] &&
      nonce.readUInt32LE(8) === last.words[2]
    )
  }

  return function openSealed(sealed, associated) {
    const { nonce } = sealed
    if (last !== null && isLast(nonce)) return openDerived(last.key, sealed, associated)
    const prefix = nonce.toString('latin1', 0, PREFIX_BYTES)
    const known = young.get(prefix)
    const key = known ?? old.get(prefix) ?? derive(nonce)
    const plaintext = openDerived(key, sealed, associated)
    if (plaintext === null) return null
    if (known === undefined) keep(prefix, key)
    last = { words: [nonce.readUInt32LE(0), nonce.readUInt32LE(4), nonce.readUInt32LE(8)], key }
    return plaintext
  }
}
