/**
 * What was worked out a moment ago, so that the next request of the same browser need not work it out again.
 *
 * In: a key nobody can choose, and what it led to. Out: the same for the same key. Bounded in bytes. Must not know what is kept,
 * nor whether it still counts.
 *
 * Kept from the second time on: keeping costs half of what most of it costs to work out, and many a key comes only once.
 *
 * A look-up compares texts, and its time tells nothing: they are compared once their hashes are equal, and V8 draws the
 * seed of the hash anew for each process.
 *
 * @module
 */

export interface Recent<Kept> {
  find(key: string): Kept | undefined
  /** Whether the key came before, not long ago: then it is worth keeping. From now on it did. */
  comesAgain(key: string): boolean
  /** `key` in memory of its own: `ownText`. */
  keep(key: string, kept: Kept): void
}

/** What an entry takes beside what `sizeOf` tells: measured, rounded up. */
export const ENTRY_BYTES = 512

/** Pairs of fingerprints of keys that came: more than what they lead to fits, or they would push each other out. */
const PAIRS = 4096

/** `bytes`: what it may take in all. `sizeOf`: what an entry takes, in bytes. */
export function createRecent<Kept>(bytes: number, sizeOf: (kept: Kept) => number): Recent<Kept> {
  // Least recently used goes first, in two generations, as in crypto/prefix-keys.ts.
  let young = new Map<string, Kept>()
  let old = new Map<string, Kept>()
  let youngBytes = 0
  // Asked first: hashing a long key for a look-up costs twenty times as much, and at first sight there is nothing to find.
  const came = new Uint32Array(2 * PAIRS)
  const most = Math.max(0, bytes - came.byteLength) / 2

  function keep(key: string, kept: Kept): void {
    const size = ENTRY_BYTES + key.length + sizeOf(kept)
    const before = young.get(key)
    if (before !== undefined) youngBytes -= ENTRY_BYTES + key.length + sizeOf(before)
    if (size > most) {
      young.delete(key)
      return
    }
    if (youngBytes + size > most) {
      old = young
      young = new Map()
      youngBytes = 0
    }
    young.set(key, kept)
    youngBytes += size
  }

  function hasCome(print: number): boolean {
    const at = 2 * (print % PAIRS)
    return came[at] === print || came[at + 1] === print
  }

  return {
    find(key) {
      if (!hasCome(fingerprint(key))) return undefined
      const known = young.get(key)
      if (known !== undefined) return known
      const before = old.get(key)
      if (before !== undefined) {
        old.delete(key)
        keep(key, before)
      }
      return before
    },
    comesAgain(key) {
      const print = fingerprint(key)
      // Another key may have the same fingerprint: then one is kept a little early.
      if (hasCome(print)) return true
      const at = 2 * (print % PAIRS)
      came[at + 1] = came[at] ?? 0
      came[at] = print
      return false
    },
    keep,
  }
}

const scratch = Buffer.alloc(4096)

/** A copy of an ASCII text: what a parser cut from a header keeps the whole header in memory (V8's sliced strings). */
export function ownText(value: string): string {
  return scratch.toString('latin1', 0, scratch.write(value, 'latin1'))
}

/** Of the end of a key, which no two have in common but by chance. */
function fingerprint(key: string): number {
  let print = 0
  for (let at = key.length - 9; at < key.length - 2; at++) print = (Math.imul(print, 31) + key.charCodeAt(at)) >>> 0
  return print
}
