/**
 * Entries in memory within limits: who is pushed out, and when nothing more fits.
 *
 * In: entries to hold, and the caller's time. Out: slots, each with one entry. What does not fit pushes others out: first
 * what has ended, then entries without an owner, then owned ones, those longest idle first; never a grave that has not
 * ended. Must not know the contract of a store: which write may be made is decided before.
 *
 * @module
 */
import { expiryHeap } from './expiry-heap.ts'
import { full, textBytes, tooLarge } from './memory-limits.ts'
import { createBlocks, NEWER, OLDER, PLACE } from './slab/blocks.ts'
import { chain } from './slab/chain.ts'
import { createHashTable } from './slab/hash-table.ts'
import { ownerChains } from './slab/owner-chains.ts'
import { type Held, hasEnded, ownerOf } from './store-rules.ts'

/** What an entry takes beside its characters: 70 to 120 bytes measured; from above, as pages are filled in part only. */
const ENTRY_BYTES = 256

/** What the owner of an entry takes beside its characters. */
const OWNER_BYTES = 64

/** An entry where it is kept. It means something until the next write, and nothing afterwards. */
export interface Slot extends Held {
  readonly key: string
  readonly address: number
}

/** Slots that together stay within the limits. */
export interface BoundedSlots {
  get(key: string): Slot | null
  keys(): Iterable<string>
  /** The keys of an owner's entries. */
  ofOwner(ownerId: string): string[]
  /**
   * Holds `entry` in the place of what `old` holds, or of nothing.
   *
   * @throws StoreError `STORE_FULL` or `STORE_VALUE_TOO_LARGE`; then nothing was changed, and nobody pushed out who had not ended.
   */
  write(key: string, entry: Held, old: Slot | null, now: number): void
  /** It was used, and may end later now. */
  prolong(slot: Slot, expiresAt: number): void
  remove(slot: Slot): void
  /** The one that ends first. */
  earliest(): Slot | undefined
  /**
   * Gives up so many bytes for ever.
   *
   * @throws StoreError `STORE_FULL`, with nothing changed as above.
   */
  reserve(bytes: number, now: number): void
}

/** No slots yet. */
export function boundedSlots(maxEntries: number, maxBytes: number): BoundedSlots {
  const blocks = createBlocks()
  const table = createHashTable({ text: blocks.key, hash: blocks.hash })
  const ends = expiryHeap({
    expiresAt: blocks.expiresAt,
    place: (address) => blocks.word(address, PLACE),
    setPlace: (address, place) => blocks.setWord(address, PLACE, place),
  })
  const ownerless = chain(blocks, OLDER, NEWER)
  const owned = chain(blocks, OLDER, NEWER)
  const owners = ownerChains(blocks)
  // `lasting`: the bytes of graves and of what was reserved, which stay whatever happens.
  const total = { bytes: 0, graves: 0, lasting: 0 }

  /** Reads where it is asked: most calls want no more than a version and an end. */
  class BlockSlot implements Slot {
    readonly address: number
    constructor(address: number) {
      this.address = address
    }
    get key(): string {
      return blocks.key(this.address)
    }
    get value(): string {
      return blocks.value(this.address)
    }
    get version(): number {
      return blocks.version(this.address)
    }
    get expiresAt(): number {
      return blocks.expiresAt(this.address)
    }
    get ownerId(): string | undefined {
      return blocks.ownerId(this.address)
    }
    get grave(): true | undefined {
      return blocks.isGrave(this.address) ? true : undefined
    }
  }

  // Graves are in no idle list: what pushes out never comes across one.
  function listOf(slot: Slot) {
    if (slot.grave) return null
    return slot.ownerId === undefined ? ownerless : owned
  }

  /** What is not in order is not pushed out, and does not count. */
  function putInOrder(slot: Slot): void {
    ends.add(slot.address)
    listOf(slot)?.add(slot.address)
    count(slot, 1)
  }

  function takeOutOfOrder(slot: Slot): void {
    ends.remove(slot.address)
    listOf(slot)?.remove(slot.address)
    count(slot, -1)
  }

  function forget({ address }: Slot): void {
    table.remove(address, blocks.hash(address))
    owners.remove(address)
    blocks.release(address)
  }

  function remove(slot: Slot): void {
    takeOutOfOrder(slot)
    forget(slot)
  }

  function count(slot: Slot, sign: 1 | -1): void {
    const bytes = bytesOf(slot.key, slot)
    total.bytes += sign * bytes
    if (!slot.grave) return
    total.graves += sign
    total.lasting += sign * bytes
  }

  function write(key: string, entry: Held, old: Slot | null, now: number): void {
    const bytes = bytesOf(key, entry)
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes)
    if (old !== null) takeOutOfOrder(old)
    if (!makeRoom(old === null ? 1 : 0, bytes, now)) {
      if (old !== null) putInOrder(old)
      throw full(maxEntries, maxBytes)
    }
    putInOrder(new BlockSlot(old === null ? added(key, entry) : rewritten(old, key, entry)))
  }

  function added(key: string, entry: Held): number {
    const hash = table.hashOf(key)
    const address = blocks.make(key, hash, entry)
    table.add(address, hash)
    owners.add(address)
    return address
  }

  function rewritten(old: Slot, key: string, entry: Held): number {
    const moves = ownerOf(old) !== ownerOf(entry)
    if (!moves && blocks.rewrite(old.address, entry)) return old.address
    forget(old)
    return added(key, entry)
  }

  function makeRoom(entries: 0 | 1, bytes: number, now: number): boolean {
    const fits = () => table.size + entries <= maxEntries && total.bytes + bytes <= maxBytes
    while (!fits()) {
      const first = earliest()
      if (first === undefined || !hasEnded(first, now)) break
      remove(first)
    }
    // Nobody is pushed out for what would not fit beside all that stays.
    if (total.graves + entries > maxEntries || total.lasting + bytes > maxBytes) return false
    while (!fits()) {
      const idlest = ownerless.first() || owned.first()
      if (idlest === 0) return false
      remove(new BlockSlot(idlest))
    }
    return true
  }

  function earliest(): Slot | undefined {
    const address = ends.earliest()
    return address === 0 ? undefined : new BlockSlot(address)
  }

  return {
    get(key) {
      const address = table.find(key, table.hashOf(key))
      return address === 0 ? null : new BlockSlot(address)
    },
    *keys() {
      for (const address of table.numbers()) yield blocks.key(address)
    },
    ofOwner: (ownerId) => owners.of(ownerId).map(blocks.key),
    write,
    prolong(slot, expiresAt) {
      const list = listOf(slot)
      list?.remove(slot.address)
      list?.add(slot.address)
      if (expiresAt <= slot.expiresAt) return
      blocks.setExpiresAt(slot.address, expiresAt)
      ends.moved(slot.address)
    },
    remove,
    earliest,
    reserve(bytes, now) {
      if (!makeRoom(0, bytes, now)) throw full(maxEntries, maxBytes)
      total.bytes += bytes
      total.lasting += bytes
    },
  }
}

function bytesOf(key: string, { value, ownerId }: Held): number {
  const owner = ownerId === undefined ? 0 : OWNER_BYTES + textBytes(ownerId)
  return ENTRY_BYTES + textBytes(key) + textBytes(value) + owner
}
