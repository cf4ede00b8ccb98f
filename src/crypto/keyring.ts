/**
 * Secrets in, keys out: one key per purpose, so that no cookie of one kind can ever pass for another.
 *
 * In: secrets that `secret.ts` has already judged. Out: a set of keys for each, the first of which signs and seals.
 * Must not know: what the keys are used for. Derivation draws nothing random, so it may run while a module loads.
 *
 * @module
 */

import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { ConfigError } from '../errors.ts'

/** What a key is for. The name goes into the derivation: renaming one ends every cookie made with it. */
export type Purpose = 'seal' | 'token' | 'seen' | 'visitor' | 'csrf' | 'at-rest' | 'stamp'

/** Everything that follows from one secret. */
export interface KeySet {
  /** Four bytes that tell which secret sealed a cookie. A hint, not a proof: two secrets may share an id. */
  readonly id: Buffer
  /** The key for one purpose, 256 bits; derived at first use, then kept. */
  key(purpose: Purpose): KeyObject
}

/** The keys of all secrets in force. All of them open; `all[0]` is the one that signs and seals. */
export interface Keyring {
  readonly all: readonly [KeySet, ...KeySet[]]
}

const KEY_BYTES = 32
const KEY_ID_BYTES = 4

/**
 * Makes the keys for `secrets`, the newest first. Keys: HKDF-SHA256 (RFC 5869) of the secret's UTF-8 bytes, with an
 * empty salt and the info `sojourn/1/<purpose>`. About 20 microseconds for each secret.
 *
 * @throws {ConfigError} `SECRET_MISSING` when there is none.
 */
export function createKeyring(secrets: readonly string[]): Keyring {
  const [first, ...older] = secrets.map(createKeySet)
  if (first === undefined) {
    throw new ConfigError('SECRET_MISSING', 'Cannot make keys: no secret was given, and at least one is needed')
  }
  return { all: [first, ...older] }
}

function createKeySet(secret: string): KeySet {
  const input = createSecretKey(secret, 'utf8')
  const keys = new Map<Purpose, KeyObject>()
  return {
    id: derive(input, 'key-id', KEY_ID_BYTES),
    key(purpose) {
      let key = keys.get(purpose)
      if (key === undefined) {
        key = createSecretKey(derive(input, purpose, KEY_BYTES))
        keys.set(purpose, key)
      }
      return key
    },
  }
}

function derive(input: KeyObject, purpose: Purpose | 'key-id', bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', input, '', `sojourn/1/${purpose}`, bytes))
}
