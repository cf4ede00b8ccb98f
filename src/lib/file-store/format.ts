/**
 * One version of an entry <-> the bytes of one file.
 *
 * In: a key and what is held under it, or any bytes a disk may hold after an accident. Out: bytes, or what they say, or
 * `unreadable`. Never throws on bytes. Must not know names, folders or when a file is written.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { fromPlainText, toPlainText } from '../plain-text.ts'
import { type Held, heldOf } from '../store-rules.ts'

/** What a version file says. `closed`: the history of its key ends here and its folder is about to be removed. */
export type Version = { kind: 'held'; key: string; held: Held } | { kind: 'closed' } | { kind: 'unreadable' }

// format, kind, version, end, bytes of key, owner ('-': no owner) and value, checksum. A line, so that people can read it.
const HEADER = /^sojourn\/1 (live|grave|closed) ([0-9]+) (-?[0-9]+) ([0-9]+) (-|[0-9]+) ([0-9]+) ([0-9a-f]{32})$/

/** The file of an entry or a grave. */
export function encodeVersion(key: string, held: Held): Buffer {
  const texts = [key, held.ownerId ?? '', held.value].map((text) => Buffer.from(toPlainText(text)))
  const [keyBytes, ownerBytes, valueBytes] = texts.map((text) => text.length)
  const owner = held.ownerId === undefined ? '-' : ownerBytes
  const facts = `${held.grave ? 'grave' : 'live'} ${held.version} ${held.expiresAt} ${keyBytes} ${owner} ${valueBytes}`
  return file(facts, Buffer.concat(texts))
}

/** The file that ends the history of a key. */
export function encodeClosed(): Buffer {
  return file('closed 0 0 0 - 0', Buffer.alloc(0))
}

/**
 * What the bytes say. Half of a file, a file of zeros, a changed byte, a stranger's file, a format of the future: all
 * are `unreadable`, because length and checksum do not fit or the first line is not ours.
 */
export function decodeVersion(bytes: Buffer): Version {
  const end = bytes.subarray(0, 256).indexOf('\n')
  const fields = HEADER.exec(bytes.toString('latin1', 0, Math.max(end, 0)))
  if (fields === null) return { kind: 'unreadable' }
  const [header, kind, ...rest] = fields
  const checksum = rest.pop()
  const [version, expiresAt, keyBytes, ownerBytes, valueBytes] = rest.map((field) =>
    field === '-' ? 0 : Number(field),
  )
  const body = bytes.subarray(end + 1)
  const facts = header.slice('sojourn/1 '.length, -33)
  if (checksum !== checksumOf(facts, body)) return { kind: 'unreadable' }
  if (kind === 'closed') return { kind }
  // The checksum holds, so these are the numbers and lengths that were written.
  const [ownerAt, valueAt] = [Number(keyBytes), Number(keyBytes) + Number(ownerBytes)]
  if (valueAt + Number(valueBytes) !== body.length) return { kind: 'unreadable' }
  const value = fromPlainText(body.toString('utf8', valueAt))
  const ownerId = rest[3] === '-' ? undefined : fromPlainText(body.toString('utf8', ownerAt, valueAt))
  const held = heldOf(value, Number(version), Number(expiresAt), ownerId, kind === 'grave')
  return { kind: 'held', key: fromPlainText(body.toString('utf8', 0, ownerAt)), held }
}

function file(facts: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`sojourn/1 ${facts} ${checksumOf(facts, body)}\n`), body])
}

// Against accidents, not against attackers: whoever can write here can write a checksum too.
function checksumOf(facts: string, body: Buffer): string {
  return createHash('sha256').update(facts).update('\n').update(body).digest('hex').slice(0, 32)
}
