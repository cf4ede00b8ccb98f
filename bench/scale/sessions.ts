/**
 * The sessions of the scale run: of a typical size, logged in, two to a user.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Entry } from '../../src/store/store.ts'

/** Characters of a value: a record with a name, a role and a small cart. */
export const VALUE_LENGTH = 300
const HOUR = 3_600_000

/** A store key as the library makes them. */
export function keyOf(n: number): string {
  return createHash('sha256').update(`session ${n}`).digest('base64url')
}

/** In its first version; it ends within two hours from `now`. */
export function entryOf(n: number, now: number): Entry {
  const ownerId = `user ${Math.floor(n / 2)}`
  return { value: textOf(n, 1), version: 1, expiresAt: now + HOUR + (n % HOUR), ownerId }
}

/** What a request that writes makes of it: the value is another, the end is later. */
export function nextEntry(n: number, version: number, now: number): Entry {
  return { ...entryOf(n, now), value: textOf(n, version), version }
}

function textOf(n: number, version: number): string {
  return `{"n":${n},"version":${version},"`.padEnd(VALUE_LENGTH - 4, 'sessiondata ').concat('":0}')
}
