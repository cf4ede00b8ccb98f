/**
 * The frozen vectors, with types. What they say stands in the JSON beside this file, where nothing formats it.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Purpose } from '../../src/crypto/keyring.ts'
import type { SeedKind } from '../../src/csrf/token.ts'

/** Our own formats, version 1. Keys, nonces and fields are hex; values are as a cookie carries them. */
interface FormatVectors {
  secret: string
  keyId: string
  keys: Record<Purpose, string>
  seals: { purpose: Purpose; cookieName: string; nonce: string; plaintext: string; value: string }[]
  tokens: { cookieName: string; random: string; text: string; key: string }[]
  signedFields: { purpose: Purpose; cookieName: string; fields: string; text: string }[]
  csrfTokens: { kind: SeedKind; cookieName: string; nonce: string; seed: string; text: string }[]
  /** `time` in milliseconds, `seed` as tokens take it. */
  visitors: { cookieName: string; time: number; seed: string; value: string }[]
  stamps: { ownerId: string; stamp: string; mac: string }[]
}

/** C2SP's own, all hex. */
interface XaesVectors {
  vectors: { key: string; nonce: string; plaintext: string; aad: string; ciphertext: string }[]
  accumulated: { iterations: number; digest: string }
}

export const formatVectors: FormatVectors = read('sojourn-1.json')

export const xaesVectors: XaesVectors = read('xaes-256-gcm.json')

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
}
