/**
 * Tokens that only a page of this app can show.
 *
 * In: keys and a seed, or any text a stranger cares to send. Out: a token, or why it is none. Nothing is stored: the token
 * proves by itself which seed it was made for. Pure but for the random nonce. Must not know: sessions, cookies, where a seed
 * is kept.
 *
 *   token = base64url(version 0x01, kind, nonce[16], proof[16], mark[16])
 *   proof = the first 16 bytes of HMAC-SHA256(csrf key; version, kind, cookie name, 0x00, nonce, seed)
 *   mark  = the first 16 bytes of HMAC-SHA256(csrf key; version, kind, cookie name, 0x01, nonce, proof)
 *
 * The nonce makes it another text on every page: what compression tells of a page (BREACH) is of no use. The mark says that
 * this app made the token, whatever the seed was.
 *
 * @module
 */

import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { CsrfReason } from './refusal.ts'

/** `session`: bound to a login. `visitor`: bound to a browser in which nobody is logged in. */
export type SeedKind = 'session' | 'visitor'

/** What the browser that sent a token may show. */
export interface Seeds {
  /** Of the login; `null` while there is none. */
  readonly session: string | null
  /** Of the visitor's cookie; `null` without one. */
  readonly visitor: string | null
  /** The browser says that a page of this very origin sent it. */
  readonly sameOrigin: boolean
}

export interface CsrfTokens {
  /** A new token for a seed, 67 characters. Two hashes. */
  make(kind: SeedKind, seed: string): string
  /** Why a token does not count; `null` where it does. Never throws. */
  judge(token: string | null, seeds: Seeds): CsrfReason | null
}

const VERSION = 1
const KINDS: Readonly<Record<SeedKind, number>> = { session: 1, visitor: 2 }
const HEAD_BYTES = 2
const PART_BYTES = 16
const TOKEN_BYTES = HEAD_BYTES + 3 * PART_BYTES

/** The name of the form field. */
export const CSRF_FIELD = 'csrf_token'
/** The header for requests that have no form. */
export const CSRF_HEADER = 'X-CSRF-Token'

const TOKEN_CHARS = Math.ceil((TOKEN_BYTES * 4) / 3)

/** `keys`: one for each secret; the first makes tokens, all of them verify. */
export function createCsrfTokens(keys: readonly [KeyObject, ...KeyObject[]], cookieName: string): CsrfTokens {
  const name = Buffer.from(cookieName)

  function mac(key: KeyObject, kind: number, part: 0 | 1, ...fields: readonly Uint8Array[]): Buffer {
    const hmac = createHmac('sha256', key).update(Buffer.of(VERSION, kind)).update(name).update(Buffer.of(part))
    for (const field of fields) hmac.update(field)
    return hmac.digest().subarray(0, PART_BYTES)
  }

  /** The key that made it, or `undefined`. */
  function makerOf({ kind, nonce, proof, mark }: Parts): KeyObject | undefined {
    return keys.find((key) => timingSafeEqual(mac(key, kind, 1, nonce, proof), mark))
  }

  return {
    make(kind, seed) {
      const [key] = keys
      const nonce = randomBytes(PART_BYTES)
      const proof = mac(key, KINDS[kind], 0, nonce, Buffer.from(seed))
      const mark = mac(key, KINDS[kind], 1, nonce, proof)
      return Buffer.concat([Buffer.of(VERSION, KINDS[kind]), nonce, proof, mark]).toString('base64url')
    },

    judge(token, { session, visitor, sameOrigin }) {
      if (token === null || token === '') return 'missing'
      const parts = partsOf(token)
      const maker = parts && makerOf(parts)
      if (!parts || !maker) return 'malformed'
      const proves = (seed: string) =>
        timingSafeEqual(mac(maker, parts.kind, 0, parts.nonce, Buffer.from(seed)), parts.proof)
      const isVisitors = parts.kind === KINDS.visitor
      if (session !== null) {
        if (isVisitors) return 'before-login'
        return proves(session) ? null : 'other-session'
      }
      if (!isVisitors) return 'other-session'
      // Two tabs that were opened at once have each their own visitor's cookie, and the browser kept the last.
      return (visitor !== null && proves(visitor)) || sameOrigin ? null : 'other-session'
    },
  }
}

interface Parts {
  readonly kind: number
  readonly nonce: Buffer
  readonly proof: Buffer
  readonly mark: Buffer
}

function partsOf(token: string): Parts | null {
  if (token.length !== TOKEN_CHARS) return null
  const bytes = Buffer.from(token, 'base64url')
  // Only the one spelling of its bytes: `Buffer` passes over what it does not know.
  if (bytes.length !== TOKEN_BYTES || bytes[0] !== VERSION || bytes.toString('base64url') !== token) return null
  const part = (index: number) => bytes.subarray(HEAD_BYTES + index * PART_BYTES, HEAD_BYTES + (index + 1) * PART_BYTES)
  return { kind: bytes[1] ?? 0, nonce: part(0), proof: part(1), mark: part(2) }
}
