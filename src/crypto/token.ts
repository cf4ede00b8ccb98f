/**
 * What the cookie of a stored session carries: a random id that this app vouches for.
 *
 * In: any text a stranger cares to send. Out: a token and the key its session is stored under, or a reason. The store
 * sees the key alone, a hash of the id: who steals the store has no token. And who invents a token never reaches
 * the store, because its MAC does not verify.
 *
 *   text = signed fields (purpose `token`), the fields being 32 random bytes
 *   key  = base64url(SHA-256(cookie name, 0x00, random))
 *
 * @module
 */

import { fillWithRandomId } from '../lib/random-id.ts'
import type { Keyring } from './keyring.ts'
import type { Refusal } from './refusal.ts'
import { sha256 } from './sha256.ts'
import { createSignedFields } from './signed-fields.ts'

/** A token that was issued here, just now or earlier. */
export interface Token {
  /** What the cookie says, 66 characters. A secret: never logged, never stored. */
  readonly text: string
  /** Where the session is stored, 43 characters. Safe to log; does not lead back to the token. */
  readonly key: string
  /** Signed under the first secret. */
  readonly current: boolean
}

/** What came of opening a text. */
export type OpenedToken = { readonly ok: true; readonly token: Token } | Refusal

const ID_BYTES = 32

/** The length of every token's text. */
export const TOKEN_CHARS = 66

/** The 32 random bytes, which the text carries behind its version. As secret as the text. */
export function randomOf({ text }: Token): Buffer {
  return Buffer.from(text, 'base64url').subarray(1, 1 + ID_BYTES)
}

/** Issues and opens the tokens of one cookie. */
export interface Tokens {
  /** A token with a new id. */
  issue(): Token
  /** Accepts any text; opens what any of the secrets signed. */
  open(text: string): OpenedToken
  /** The same id, and so the same key, signed under the first secret. */
  reissue(token: Token): Token
}

/** Makes the tokens of one cookie. One HMAC and one hash a call. */
export function createTokens(keyring: Keyring, cookieName: string): Tokens {
  const signed = createSignedFields(keyring, 'token', cookieName, ID_BYTES)
  const head = Buffer.from(`${cookieName}\0`)
  const input = Buffer.concat([head, Buffer.alloc(ID_BYTES)]) // kept for its head, as in signed-fields.ts
  const hashed = input.subarray(head.length)

  /** Of the random bytes that were put there. */
  function keyOfHashed(): string {
    return sha256(input, 'base64url')
  }

  function issue(): Token {
    fillWithRandomId(hashed)
    return { text: signed.make(hashed), key: keyOfHashed(), current: true }
  }

  function open(text: string): OpenedToken {
    const opened = signed.open(text, hashed)
    if (!opened.ok) return opened
    return { ok: true, token: { text, key: keyOfHashed(), current: opened.current } }
  }

  function reissue(token: Token): Token {
    return { text: signed.make(randomOf(token)), key: token.key, current: true }
  }

  return { issue, open, reissue }
}
