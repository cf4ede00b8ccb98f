/**
 * What a row's text says, plain or sealed.
 *
 * In: a record, the token it belongs to, or a row's text. Out: text, a record, or what a list may show without any
 * token. Must not know: when a row is written or read.
 *
 * Sealed at rest (law 8): `s1.<summary>.<record>`. The record is sealed under a key that needs the token's random bytes
 * and the app's secret: who has the database and the secret but no cookie cannot read it, nor move it to another row,
 * owner or version. The summary, sealed under the app's key alone, is what a list of devices shows.
 *
 * @module
 */

import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { Keyring } from '../crypto/keyring.ts'
import { createSealer } from '../crypto/seal.ts'
import { randomOf, type Token } from '../crypto/token.ts'
import { NONCE_BYTES, openXaes, sealXaes } from '../crypto/xaes.ts'
import { decodeRecord, encodeRecord } from '../record/codec.ts'
import { claimantOf, type SessionRecord } from '../record/record.ts'

/** What may be known of a row without its token. */
export interface Summary {
  readonly createdAt: number
  readonly label: string | null
  readonly predecessor: string | null
  /** The second factor is still due. */
  readonly pending: boolean
  /** The idle time of its own, in milliseconds, where it has one. */
  readonly idle: number | null
}

/** What the text of a row is bound to. */
export interface RowPlace {
  readonly key: string
  readonly ownerId: string | null
  readonly version: number
}

export interface RowCodec {
  encode(record: SessionRecord, token: Token, version: number): string
  /** `null` for what cannot be read. Never throws. */
  decode(text: string, token: Token, place: RowPlace): SessionRecord | null
  summarise(text: string, place: RowPlace): Summary | null
}

export interface RowCodecOptions {
  readonly keyring: Keyring
  readonly cookieName: string
  /** Whether rows are written sealed; what is sealed is read in any case. */
  readonly sealed: boolean
  /** Whether plain rows are read. */
  readonly acceptPlain: boolean
}

const SEALED = 's1.'

export function createRowCodec({ keyring, cookieName, sealed, acceptPlain }: RowCodecOptions): RowCodec {
  const summaries = createSealer(keyring, 'at-rest', cookieName)

  function encode(record: SessionRecord, token: Token, version: number): string {
    const text = encodeRecord(record)
    if (!sealed) return text
    const { createdAt, label, predecessor, pending, idle } = summaryOf(record)
    const listed = JSON.stringify([token.key, createdAt, label, predecessor, pending, idle])
    const summary = summaries.seal(Buffer.from(listed))
    const [key] = rowKeys(token)
    const bound = associated({ key: token.key, ownerId: claimantOf(record), version })
    const body = sealXaes(key, randomBytes(NONCE_BYTES), Buffer.from(text), bound)
    return `${SEALED}${summary}.${body.toString('base64url')}`
  }

  function decode(text: string, token: Token, place: RowPlace): SessionRecord | null {
    if (!text.startsWith(SEALED)) return acceptPlain ? decodeRecord(text) : null
    const body = Buffer.from(text.slice(text.indexOf('.', SEALED.length) + 1), 'base64url')
    const bound = associated(place)
    for (const key of rowKeys(token)) {
      const plaintext = openXaes(key, body, bound)
      if (plaintext !== null) return decodeRecord(plaintext.toString())
    }
    return null
  }

  function summarise(text: string, place: RowPlace): Summary | null {
    if (!text.startsWith(SEALED)) {
      const record = acceptPlain ? decodeRecord(text) : null
      return record && summaryOf(record)
    }
    const end = text.indexOf('.', SEALED.length)
    const opened = summaries.open(text.slice(SEALED.length, end === -1 ? undefined : end))
    if (!opened.ok) return null
    const [key, createdAt, label, predecessor, pending = false, idle = null] = JSON.parse(opened.plaintext.toString())
    // A summary moved here from another row is no summary of this one.
    return key === place.key ? { createdAt, label, predecessor, pending, idle } : null
  }

  /** One key for each secret, the first of them the one that seals. */
  function rowKeys(token: Token) {
    const [first, ...others] = keyring.all
    const derive = (set: Keyring['all'][number]) =>
      createSecretKey(createHmac('sha256', set.key('at-rest')).update(randomOf(token)).digest())
    return [derive(first), ...others.map(derive)] as const
  }

  return { encode, decode, summarise }
}

function summaryOf({ createdAt, label, predecessor, pendingOwnerId, limits }: SessionRecord): Summary {
  return { createdAt, label, predecessor, pending: pendingOwnerId !== null, idle: limits?.idle ?? null }
}

/** JSON of a list: no two places are written alike, whatever an owner's id has in it. */
function associated({ key, ownerId, version }: RowPlace): Buffer {
  return Buffer.from(JSON.stringify([key, ownerId, version]))
}
