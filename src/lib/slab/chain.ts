/**
 * Blocks in the order in which they were last used; every change costs O(1).
 *
 * In: addresses, as they are used, and the two words of a block that hold its neighbours. Out: the one that was left alone the
 * longest. Must not know what a block is.
 *
 * @module
 */
import type { Blocks, ListWord } from './blocks.ts'

/** A doubly linked list; the blocks carry the links. */
export interface Chain {
  /** The one that was left alone the longest; 0 where there is none. */
  first(): number
  /** Adds a block that is in no chain, as the most recently used. */
  add(address: number): void
  /** Takes out a block that is in this chain. */
  remove(address: number): void
}

/** An empty chain. */
export function chain({ word, setWord }: Blocks, older: ListWord, newer: ListWord): Chain {
  let first = 0
  let last = 0
  return {
    first: () => first,
    add(address) {
      setWord(address, older, last)
      setWord(address, newer, 0)
      if (last === 0) first = address
      else setWord(last, newer, address)
      last = address
    },
    remove(address) {
      const [before, after] = [word(address, older), word(address, newer)]
      if (before === 0) first = after
      else setWord(before, newer, after)
      if (after === 0) last = before
      else setWord(after, older, before)
    },
  }
}
