/**
 * Blocks by their owner; every change costs O(1).
 *
 * In: addresses of blocks. Out: those of one owner. The blocks carry the links, because most owners have one, and a list for
 * each of them would weigh more. Must not know what an entry says; a grave is nobody's.
 *
 * @module
 */
import { type Blocks, NEXT, PREVIOUS } from './blocks.ts'
import { createHashTable } from './hash-table.ts'

/** One doubly linked list for each owner. */
export interface OwnerChains {
  of(ownerId: string): number[]
  /** Adds a block that is in no list; one without an owner stays in none. */
  add(address: number): void
  /** Takes out a block whose owner is still the one it was added with. */
  remove(address: number): void
}

/** No owner has anything. */
export function ownerChains(blocks: Blocks): OwnerChains {
  const { word, setWord } = blocks
  const text = (address: number) => blocks.ownerId(address) ?? ''
  const heads = createHashTable({ text, hash: (address) => heads.hashOf(text(address)) })

  function ownerOf(address: number): string | undefined {
    return blocks.isGrave(address) ? undefined : blocks.ownerId(address)
  }

  return {
    of(ownerId) {
      const addresses: number[] = []
      let address = heads.find(ownerId, heads.hashOf(ownerId))
      for (; address !== 0; address = word(address, NEXT)) addresses.push(address)
      return addresses
    },
    add(address) {
      const owner = ownerOf(address)
      if (owner === undefined) return
      const hash = heads.hashOf(owner)
      const head = heads.find(owner, hash)
      setWord(address, PREVIOUS, 0)
      setWord(address, NEXT, head)
      if (head === 0) return heads.add(address, hash)
      setWord(head, PREVIOUS, address)
      heads.exchange(head, address, hash)
    },
    remove(address) {
      const owner = ownerOf(address)
      if (owner === undefined) return
      const [previous, next] = [word(address, PREVIOUS), word(address, NEXT)]
      if (next !== 0) setWord(next, PREVIOUS, previous)
      if (previous !== 0) return setWord(previous, NEXT, next)
      const hash = heads.hashOf(owner)
      if (next === 0) heads.remove(address, hash)
      else heads.exchange(address, next, hash)
    },
  }
}
