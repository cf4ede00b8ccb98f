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

/** A signed id in a cookie, and a Map of texts: HMAC, a lookup, JSON. */
export function createStoredLimit<Kept>() {
  const key = createSecretKey(randomBytes(32))
  const rows = new Map<string, string>()
  const macOf = (id: string) => createHmac('sha256', key).update(id).digest('base64url')
  return {
    keep(data: unknown): string {
      const id = randomBytes(32).toString('base64url')
      rows.set(id, JSON.stringify(data))
      return id + macOf(id)
    },
    find(token: string): Kept | null {
      const id = token.slice(0, 43)
      if (!timingSafeEqual(Buffer.from(token.slice(43)), Buffer.from(macOf(id)))) return null
      const text = rows.get(id)
      return text === undefined ? null : JSON.parse(text)
    },
  }
}
