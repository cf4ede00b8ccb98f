/**
 * Cookies that were opened a moment ago, so that the next request of the same browser need not open them again.
 *
 * In: the value of a cookie and what it opened to, once its seal was found true. Out: the same again for the same value. It
 * says what the value holds, never that it still counts: time and revocation are judged at every hit. Bounded in bytes; a
 * stranger cannot fill it. Must not know: keys, times.
 *
 * Kept from the second time it was opened: keeping costs half of what opening does, and many a cookie comes only once.
 *
 * A look-up compares texts, and its time tells nothing: they are compared once their hashes are equal, and V8 draws the
 * seed of the hash anew for each process.
 *
 * @module
 */

import type { SessionRecord } from '../record/record.ts'

/** What a value holds. */
export interface OpenedValue {
  readonly id: string
  /** The time of the last activity when it was sealed, in milliseconds since the epoch. */
  readonly sealedAt: number
  /** The record's text. Each request gets a record of its own, until one is frozen and may be shared. */
  readonly text: string
  shared: SessionRecord | null
}

export interface OpenedMemo {
  find(value: string): OpenedValue | undefined
  /**
   * It was opened. Keeps what it opened to if it was so not long ago.
   *
   * @param value ASCII, as every value is that opens.
   */
  note(value: string, id: string, sealedAt: number, text: string): void
}

/** What an entry takes beside its texts, and its record for each character of it: measured, rounded up. */
const ENTRY_BYTES = 512
const RECORD_BYTES = 5

/** Pairs of fingerprints of values that were opened: more than values that fit, or they would push each other out. */
const PAIRS = 4096

/** `bytes`: what it may take in all. */
export function createOpenedMemo(bytes: number): OpenedMemo {
  // Least recently used goes first, in two generations, as in crypto/prefix-keys.ts.
  let young = new Map<string, OpenedValue>()
  let old = new Map<string, OpenedValue>()
  let youngBytes = 0
  // Asked first: hashing a value for a look-up costs twenty times as much, and at first sight there is nothing to find.
  const opened = new Uint32Array(2 * PAIRS)
  const most = Math.max(0, bytes - opened.byteLength) / 2

  function put(value: string, kept: OpenedValue): void {
    const size = ENTRY_BYTES + value.length + RECORD_BYTES * kept.text.length
    if (size > most) return
    if (youngBytes + size > most) {
      old = young
      young = new Map()
      youngBytes = 0
    }
    young.set(value, kept)
    youngBytes += size
  }

  function wasOpened(print: number): boolean {
    const at = 2 * (print % PAIRS)
    return opened[at] === print || opened[at + 1] === print
  }

  return {
    find(value) {
      if (!wasOpened(fingerprint(value))) return undefined
      const known = young.get(value)
      if (known !== undefined) return known
      const before = old.get(value)
      if (before !== undefined) {
        old.delete(value)
        put(value, before)
      }
      return before
    },
    note(value, id, sealedAt, text) {
      const print = fingerprint(value)
      // Another value may have the same fingerprint: then one is kept a little early.
      if (wasOpened(print)) {
        put(ownText(value), { id, sealedAt, text, shared: null })
        return
      }
      const at = 2 * (print % PAIRS)
      opened[at + 1] = opened[at] ?? 0
      opened[at] = print
    },
  }
}

const scratch = Buffer.alloc(4096)

/** A copy: what a parser cut from a header keeps the whole header in memory (V8's sliced strings). */
function ownText(value: string): string {
  return scratch.toString('latin1', 0, scratch.write(value, 'latin1'))
}

/** Of the tag at the end of a value, which no two have in common but by chance. */
function fingerprint(value: string): number {
  let print = 0
  for (let at = value.length - 9; at < value.length - 2; at++)
    print = (Math.imul(print, 31) + value.charCodeAt(at)) >>> 0
  return print
}
