/**
 * A user's stamp, so that a changed password ends the sessions that were begun with the old one.
 *
 * In: keys, an owner, what the app calls the stamp (a password hash, say). Out: a MAC to keep in the session, and whether one
 * still fits. The stamp itself is kept nowhere: a stolen store does not hold it. Must not know: sessions, users.
 *
 *   mac = base64url(the first 16 bytes of HMAC-SHA256(stamp key; version 0x01, JSON of [owner, stamp]))
 *
 * @module
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../crypto/keyring.ts'

const VERSION = 1
const MAC_BYTES = 16

export interface Stamps {
  make(ownerId: string, stamp: string): string
  /** Whether a MAC is one of this stamp, under any of the secrets. */
  fits(ownerId: string, stamp: string, mac: string | null): boolean
}

export function createStamps(keyring: Keyring): Stamps {
  const keys = keyring.all.map((set) => set.key('stamp'))

  function macs(ownerId: string, stamp: string): Buffer[] {
    const input = Buffer.concat([Buffer.of(VERSION), Buffer.from(JSON.stringify([ownerId, stamp]))])
    return keys.map((key) => createHmac('sha256', key).update(input).digest().subarray(0, MAC_BYTES))
  }

  return {
    make: (ownerId, stamp) => (macs(ownerId, stamp)[0] as Buffer).toString('base64url'),
    fits(ownerId, stamp, mac) {
      const given = Buffer.from(mac ?? '', 'base64url')
      return given.length === MAC_BYTES && macs(ownerId, stamp).some((due) => timingSafeEqual(due, given))
    },
  }
}
