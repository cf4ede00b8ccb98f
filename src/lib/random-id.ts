/**
 * Random bytes for ids, bought in bulk: asking the system for 32 bytes costs ten times as much as copying them.
 *
 * Out: bytes nobody else gets. For ids only. Nonces and keys come from the system one by one, because there a bug
 * that handed out the same bytes twice would break the cipher itself.
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096

let pool: Buffer | undefined
let taken = POOL_BYTES

/** `length` random bytes, far fewer than 4096. The pool is filled at the first call, and forgets what it has handed out. */
export function randomId(length: number): Buffer {
  const id = Buffer.allocUnsafe(length)
  fillWithRandomId(id)
  return id
}

/** The same in a buffer that is there already: for who makes many. */
export function fillWithRandomId(id: Buffer): void {
  const { length } = id
  pool ??= Buffer.alloc(POOL_BYTES)
  if (taken + length > POOL_BYTES) {
    randomFillSync(pool)
    taken = 0
  }
  pool.copy(id, 0, taken, taken + length)
  pool.fill(0, taken, taken + length)
  taken += length
}
