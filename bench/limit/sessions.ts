/**
 * The least that sessions can cost: bare node:crypto, no check that the format does not need, no library.
 *
 * It is no session library: no expiry, no key rotation, no binding to a cookie name, one key for ever.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto'
import type { Data } from '../lib/record.ts'

export interface Wire {
  readonly v: number
  readonly c: number
  readonly d: Data
}

const NONCE = 12
const TAG = 16

/**
 * A record in a cookie: JSON, AES-256-GCM under one KeyObject with a nonce from the system, base64url.
 *
 * `bound`: what a session library cannot leave out besides. The value is bound to the cookie it was made for, or it could be moved
 * to another; and it has one spelling, or it would slip past whatever compares cookies as texts.
 */
export function createSealedLimit({ bound }: { readonly bound: Buffer | null } = { bound: null }) {
  const key = createSecretKey(randomBytes(32))
  const options = { authTagLength: TAG }
  return {
    seal(record: Wire): string {
      const plaintext = Buffer.from(JSON.stringify(record))
      const out = Buffer.allocUnsafe(NONCE + plaintext.length + TAG)
      randomFillSync(out, 0, NONCE)
      const cipher = createCipheriv('aes-256-gcm', key, out.subarray(0, NONCE))
      if (bound !== null) cipher.setAAD(bound)
      cipher.update(plaintext).copy(out, NONCE)
      cipher.final()
      cipher.getAuthTag().copy(out, out.length - TAG)
      return out.toString('base64url')
    },
    open(value: string): Wire {
      const bytes = Buffer.from(value, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), options)
      if (bound !== null) {
        if (bytes.toString('base64url') !== value) throw new Error('Another spelling')
        decipher.setAAD(bound)
      }
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
      const plaintext = decipher.update(bytes.subarray(NONCE, bytes.length - TAG))
      decipher.final()
      return JSON.parse(plaintext.toString())
    },
  }
}

/** A random id, and a MAC after it. */
export interface IdLimit {
  issue(): { readonly id: string; readonly token: string }
  /** The id of a token. */
  open(token: string): string
}

const ID_CHARS = 43

/**
 * Signed ids: 32 random bytes and an HMAC, as every cookie of a session that is stored needs them.
 *
 * `known`: tokens that were proved are found in a Map from then on.
 */
export function createIdLimit({ known = false } = {}): IdLimit {
  const proved = new Map<string, string>()
  const key = createSecretKey(randomBytes(32))
  const macOf = (id: string) => createHmac('sha256', key).update(id).digest('base64url')
  return {
    issue() {
      const id = randomBytes(32).toString('base64url')
      return { id, token: id + macOf(id) }
    },
    open(token) {
      const before = proved.get(token)
      if (before !== undefined) return before
      const id = token.slice(0, ID_CHARS)
      const isOurs = timingSafeEqual(Buffer.from(token.slice(ID_CHARS)), Buffer.from(macOf(id)))
      if (!isOurs) throw new Error('Not a token of ours')
      if (known) proved.set(token, id)
      return id
    },
  }
}

/** A signed id in a cookie, and a Map of texts: HMAC, a lookup, JSON. */
export function createStoredLimit<Kept>() {
  const ids = createIdLimit()
  const rows = new Map<string, string>()
  return {
    keep(data: unknown): string {
      const { id, token } = ids.issue()
      rows.set(id, JSON.stringify(data))
      return token
    },
    find(token: string): Kept | null {
      const text = rows.get(ids.open(token))
      return text === undefined ? null : JSON.parse(text)
    },
  }
}
