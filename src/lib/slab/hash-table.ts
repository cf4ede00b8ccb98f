/**
 * Text -> number, for numbers that can tell their own text: the table holds nothing else, four bytes each.
 *
 * In: texts, and what tells the text of a number and its hash. Out: the number under a text. Numbers are above 0 and fit 32
 * bits. Must not know what they stand for. The hash is seeded anew for each table: owners are named by strangers.
 *
 * @module
 */

export interface HashTable {
  readonly size: number
  hashOf(text: string): number
  /** 0 where there is none. */
  find(text: string, hash: number): number
  /** There must be none under its text yet. */
  add(number: number, hash: number): void
  /** Puts `next` in the place of `number`, whose text and hash it shares. */
  exchange(number: number, next: number, hash: number): void
  remove(number: number, hash: number): void
  numbers(): Iterable<number>
}

export interface TextOf {
  text(number: number): string
  hash(number: number): number
}

const LEAST = 16
/** So full is a table at most; fuller, and the way to a place gets long. */
const FULL = 0.8

export function createHashTable(of: TextOf): HashTable {
  let table = new Uint32Array(LEAST)
  let size = 0
  // At the first use: some runtimes draw nothing random while a module loads.
  let seed: number | null = null

  function hashOf(text: string): number {
    seed ??= Math.floor(Math.random() * 2 ** 32)
    let hash = seed
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    hash ^= hash >>> 15
    return Math.imul(hash, 0x2c1b3c6d) >>> 0
  }

  const mask = () => table.length - 1

  function placeOf(number: number, hash: number): number {
    let at = hash & mask()
    while (table[at] !== number) at = (at + 1) & mask()
    return at
  }

  function put(number: number, hash: number): void {
    let at = hash & mask()
    while (table[at] !== 0) at = (at + 1) & mask()
    table[at] = number
  }

  function resize(length: number): void {
    const before = table
    table = new Uint32Array(length)
    for (const number of before) if (number !== 0) put(number, of.hash(number))
  }

  return {
    get size() {
      return size
    },
    hashOf,
    find(text, hash) {
      for (let at = hash & mask(); table[at] !== 0; at = (at + 1) & mask()) {
        const number = table[at] as number
        if (of.hash(number) === hash && of.text(number) === text) return number
      }
      return 0
    },
    add(number, hash) {
      size++
      if (size > table.length * FULL) resize(table.length * 2)
      put(number, hash)
    },
    exchange(number, next, hash) {
      table[placeOf(number, hash)] = next
    },
    remove(number, hash) {
      size--
      let gap = placeOf(number, hash)
      table[gap] = 0
      // Those behind that had to go on because of it move up, so that no way is broken off at the gap.
      for (let at = (gap + 1) & mask(); table[at] !== 0; at = (at + 1) & mask()) {
        const wanted = of.hash(table[at] as number) & mask()
        if (((at - wanted) & mask()) < ((at - gap) & mask())) continue
        table[gap] = table[at] as number
        table[at] = 0
        gap = at
      }
      if (table.length > LEAST && size < table.length * (FULL / 4)) resize(table.length / 2)
    },
    *numbers() {
      for (const number of table) if (number !== 0) yield number
    },
  }
}
