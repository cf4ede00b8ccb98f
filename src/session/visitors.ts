/**
 * The seed of somebody who has no login: what CSRF tokens in a visitor's forms are bound to.
 *
 * In: what the browser sent under the visitor's cookie. Out: a seed, or a new one and its cookie. It costs no row and never
 * becomes a session id: whoever plants one in a browser gains no session by it. Must not know: tokens, sessions.
 *
 * Fields of the cookie, version 1: when it was made (6 bytes, big endian, ms), the seed (16 random bytes).
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { cookieValues } from '../cookie/parse.ts'
import type { CookieProfile } from '../cookie/profile.ts'
import type { SignedFields } from '../crypto/signed-fields.ts'

const TIME_BYTES = 6
const SEED_BYTES = 16

/** The length of the cookie's fields, in bytes. */
export const VISITOR_FIELDS_BYTES = TIME_BYTES + SEED_BYTES

export interface Visitors {
  /** The seed that the browser brings; `null` where it brings none that is ours and young enough. Never throws. */
  seedOf(cookieHeader: string | null, now: number): string | null
  /** A new seed, and the Set-Cookie header that brings it to the browser. */
  make(now: number): { readonly seed: string; readonly setCookie: string }
  /** The Set-Cookie header that removes it; `null` where the browser has none. */
  clear(cookieHeader: string | null): string | null
}

/** The seed of a login: drawn anew at every one. */
export function newSeed(): string {
  return randomBytes(SEED_BYTES).toString('base64url')
}

/** `absolute`: how long a seed counts, in milliseconds. */
export function createVisitors(profile: CookieProfile, signed: SignedFields, absolute: number): Visitors {
  return {
    seedOf(header, now) {
      for (const value of cookieValues(header, profile.name)) {
        const opened = signed.open(value)
        if (!opened.ok) continue
        const age = now - opened.fields.readUIntBE(0, TIME_BYTES)
        // Made by a clock ahead of ours it is as good; it ends no later for it.
        if (age < absolute) return opened.fields.toString('base64url', TIME_BYTES)
      }
      return null
    },

    make(now) {
      const fields = Buffer.alloc(VISITOR_FIELDS_BYTES)
      fields.writeUIntBE(now, 0, TIME_BYTES)
      randomBytes(SEED_BYTES).copy(fields, TIME_BYTES)
      return { seed: fields.toString('base64url', TIME_BYTES), setCookie: profile.set(signed.make(fields)) }
    },

    clear: (header) => (cookieValues(header, profile.name).length > 0 ? profile.clear() : null),
  }
}
