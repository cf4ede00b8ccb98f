/**
 * Fields of fixed length <-> a cookie value that anybody may read and only this app can make.
 *
 * In: the fields as bytes, or any text a stranger cares to send. Out: the value, or the fields, or a reason. `open`
 * never throws. Must not know: what the fields mean. Shared by the token, seen and visitor cookies.
 *
 *   value = base64url(version 0x01, fields, mac[16])
 *   mac   = the first 16 bytes of HMAC-SHA256(key of the purpose; version 0x01, cookie name, 0x00, fields)
 *
 * The fields have one length for each purpose, and a key serves one purpose: no two inputs of the MAC read alike.
 *
 * @module
 */

import { timingSafeEqual } from 'node:crypto'
import { ConfigError } from '../errors.ts'
import { decodeBase64url, NOT_CANONICAL } from './base64url.ts'
import type { Keyring, Purpose } from './keyring.ts'
import { FORGED, type Refusal, UNDECODABLE } from './refusal.ts'
import { prepareHmac } from './sha256.ts'

/** What came of opening a value. `current`: it was signed under the first secret. */
export type OpenedFields = { readonly ok: true; readonly fields: Buffer; readonly current: boolean } | Refusal

/** Signs and opens the values of one cookie. */
export interface SignedFields {
  /** @throws {ConfigError} `OPTION_INVALID` when the fields have another length than was agreed. */
  make(fields: Buffer): string
  /** Accepts any text; opens what any of the secrets signed. The fields are put into `into`, or into a buffer of their own. */
  open(text: string, into?: Buffer): OpenedFields
}

const VERSION = 1
const MAC_BYTES = 16

/** Makes the signer of one cookie, whose fields are `length` bytes together. One HMAC a call. */
export function createSignedFields(
  keyring: Keyring,
  purpose: Purpose,
  cookieName: string,
  length: number,
): SignedFields {
  const head = Buffer.from(`${String.fromCharCode(VERSION)}${cookieName}\0`)
  const [newest, ...older] = keyring.all
  const first = prepareHmac(newest.key(purpose), head, length)
  const signers = [first, ...older.map((set) => prepareHmac(set.key(purpose), head, length))]
  const macAt = 1 + length
  const chars = Math.ceil(((macAt + MAC_BYTES) * 4) / 3)

  // Kept from call to call, for allocating them costs as much as a hash. No call here waits, so none sees another's.
  const bytes = Buffer.alloc(macAt + MAC_BYTES)
  const given = { fields: bytes.subarray(1, macAt), mac: bytes.subarray(macAt) }
  const due = Buffer.alloc(MAC_BYTES)

  function make(fields: Buffer): string {
    if (fields.length !== length) {
      throw new ConfigError(
        'OPTION_INVALID',
        `Cannot sign ${fields.length} bytes for a ${purpose} cookie: its fields are ${length} bytes. Pass that many`,
      )
    }
    bytes[0] = VERSION
    fields.copy(given.fields)
    first(fields, given.mac)
    return bytes.toString('base64url')
  }

  function open(text: string, into?: Buffer): OpenedFields {
    if (text.length !== chars) return UNDECODABLE
    if (decodeBase64url(text, bytes) === NOT_CANONICAL || bytes[0] !== VERSION) return UNDECODABLE

    for (const sign of signers) {
      sign(given.fields, due)
      if (!timingSafeEqual(due, given.mac)) continue
      // Costs less than `Buffer.from`, which has to find out first what it was given.
      const fields = into ?? Buffer.allocUnsafe(length)
      given.fields.copy(fields)
      return { ok: true, fields, current: sign === first }
    }
    return FORGED
  }

  return { make, open }
}
