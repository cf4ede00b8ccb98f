/**
 * Bytes <-> a cookie value nobody outside can read, change, or move to another cookie.
 *
 * In: bytes to keep, or any text a stranger cares to send. Out: the value, or the bytes, or a reason. `open` never
 * throws. Must not know: what the bytes mean and when they end.
 *
 *   value      = base64url(version 0x01, key id[4], nonce[24], ciphertext, tag[16])
 *   associated = version 0x01, purpose, 0x00, cookie name
 *
 * The cipher is XAES-256-GCM. A purpose has no 0x00 in it, so no two pairs of purpose and name are written alike.
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'
import { decodeBase64url } from './base64url.ts'
import type { Keyring, KeySet, Purpose } from './keyring.ts'
import {
  createOpenSealed,
  createSealingKeys,
  type OpenSealed,
  PREFIX_LIMITS,
  type PrefixLimits,
} from './prefix-keys.ts'
import { FORGED, type Refusal, UNDECODABLE } from './refusal.ts'
import {
  createDeriveKey,
  NONCE_BYTES,
  PREFIX_BYTES,
  partsOf,
  type SealedParts,
  sealDerived,
  TAG_BYTES,
} from './xaes.ts'

/** What came of opening a value. `current`: it was sealed under the first secret. */
export type Opened = { readonly ok: true; readonly plaintext: Buffer; readonly current: boolean } | Refusal

/** Seals and opens the values of one cookie for one purpose. */
export interface Sealer {
  /** About 1.36 times the plaintext in characters, and 60 more. Whether that still fits a cookie is for the caller. */
  seal(plaintext: Buffer): string
  /** Accepts any text; opens what any of the secrets sealed. */
  open(value: string): Opened
}

export interface SealerOptions {
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly clock?: () => number
  /** How long one nonce prefix is used for. The default is argued in `prefix-keys.ts`; only tests need another. */
  readonly prefixLimits?: PrefixLimits
}

const VERSION = 1
const KEY_ID_AT = 1
const NONCE_AT = 5
const LAST_NONCE_BYTES_AT = NONCE_AT + PREFIX_BYTES
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES
const OVERHEAD = CIPHERTEXT_AT + TAG_BYTES
/** Browsers keep no cookie with more in name and value (RFC 6265bis, section 5.7), so a longer one is not ours. */
const MAX_VALUE_CHARS = 4096

/** Holds the one value that is being opened, which takes no turn of the event loop. Never a plaintext or a key. */
const bytes = Buffer.alloc((MAX_VALUE_CHARS / 4) * 3)

/** Views of it by the length of what it holds, kept because the cookies of an app have few lengths. */
const views: (SealedParts | null | undefined)[] = new Array(bytes.length + 1).fill(undefined)

function viewsOf(length: number): SealedParts | null {
  let parts = views[length]
  if (parts === undefined) {
    parts = partsOf(bytes.subarray(NONCE_AT, length))
    views[length] = parts
  }
  return parts
}

/**
 * Makes the sealer of one cookie. A value opens only for the purpose and the cookie name it was sealed for.
 * Costs about what AES-256-GCM and base64url cost; opening under a nonce prefix not seen before, about a third more.
 */
export function createSealer(
  keyring: Keyring,
  purpose: Purpose,
  cookieName: string,
  options: SealerOptions = {},
): Sealer {
  const associated = Buffer.from(`${String.fromCharCode(VERSION)}${purpose}\0${cookieName}`)
  const openers: { readonly set: KeySet; readonly id: number; readonly open: OpenSealed }[] = keyring.all.map(
    (set) => ({
      set,
      id: set.id.readUInt32BE(),
      open: createOpenSealed(createDeriveKey(set.key(purpose))),
    }),
  )
  const [first] = keyring.all
  const sealingKey = createSealingKeys(
    createDeriveKey(first.key(purpose)),
    options.clock ?? Date.now,
    options.prefixLimits ?? PREFIX_LIMITS,
  )

  function seal(plaintext: Buffer): string {
    const { prefix, key } = sealingKey()
    const out = Buffer.allocUnsafe(OVERHEAD + plaintext.length)
    out[0] = VERSION
    first.id.copy(out, KEY_ID_AT)
    prefix.copy(out, NONCE_AT)
    // Straight from the system for each message, never from a pool: a nonce that repeats gives the key away.
    randomFillSync(out, LAST_NONCE_BYTES_AT, NONCE_BYTES - PREFIX_BYTES)
    sealDerived(key, plaintext, associated, out, LAST_NONCE_BYTES_AT)
    return out.toString('base64url')
  }

  function open(value: string): Opened {
    if (value.length > MAX_VALUE_CHARS) return UNDECODABLE
    const length = decodeBase64url(value, bytes)
    if (length < OVERHEAD || bytes[0] !== VERSION) return UNDECODABLE

    const id = bytes.readUInt32BE(KEY_ID_AT)
    const sealed = viewsOf(length)
    if (sealed === null) return UNDECODABLE
    for (const opener of openers) {
      // No stop at the first match: the id is four bytes, and two secrets may share one.
      if (opener.id !== id) continue
      const plaintext = opener.open(sealed, associated)
      if (plaintext !== null) return { ok: true, plaintext, current: opener.set === first }
    }
    return FORGED
  }

  return { seal, open }
}
