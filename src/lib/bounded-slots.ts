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
import { type IdleList, idleList } from './idle-list.ts'
import { full, textBytes, tooLarge } from './memory-limits.ts'
import { ownerLists } from './owner-lists.ts'
import { type Held, hasEnded, ownerOf } from './store-rules.ts'

/** What an entry takes beside its characters: about 230 bytes measured with 200,000 of them, rounded up for the index's growth. */
const ENTRY_BYTES = 256

/** What the owner of an entry takes beside its characters. */
const OWNER_BYTES = 64

/** One entry and its places in the lists, which are nobody else's business. */
export interface Slot {
  readonly key: string
  value: string
  version: number
  expiresAt: number
  ownerId: string | undefined
  grave: true | undefined
  bytes: number
  place: number
  older: Slot | null
  newer: Slot | null
  previous: Slot | null
  next: Slot | null
}

/** Slots that together stay within the limits. */
export interface BoundedSlots {
  get(key: string): Slot | null
  keys(): Iterable<string>
  ofOwner(ownerId: string): Slot[]
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
  const slots = new Map<string, Slot>()
  const ends = expiryHeap<Slot>()
  const ownerless = idleList<Slot>()
  const owned = idleList<Slot>()
  const owners = ownerLists<Slot>(ownerOf)
  // `lasting`: the bytes of graves and of what was reserved, which stay whatever happens.
  const total = { bytes: 0, graves: 0, lasting: 0 }

  // Graves are in no idle list: what pushes out never comes across one.
  function listOf(slot: Slot): IdleList<Slot> | null {
    if (slot.grave) return null
    return slot.ownerId === undefined ? ownerless : owned
  }

  /** What is not in order is not pushed out, and does not count. */
  function putInOrder(slot: Slot): void {
    ends.add(slot)
    listOf(slot)?.add(slot)
    count(slot, 1)
  }

  function takeOutOfOrder(slot: Slot): void {
    ends.remove(slot)
    listOf(slot)?.remove(slot)
    count(slot, -1)
  }

  function remove(slot: Slot): void {
    slots.delete(slot.key)
    owners.remove(slot)
    takeOutOfOrder(slot)
  }

  function count(slot: Slot, sign: 1 | -1): void {
    total.bytes += sign * slot.bytes
    if (!slot.grave) return
    total.graves += sign
    total.lasting += sign * slot.bytes
  }

  /** Puts `entry` in the place of what `old` holds, or of nothing. */
  function write(key: string, entry: Held, old: Slot | null, now: number): void {
    const { value, ownerId } = entry
    const bytes =
      ENTRY_BYTES + textBytes(key) + textBytes(value) + (ownerId === undefined ? 0 : OWNER_BYTES + textBytes(ownerId))
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes)
    if (old !== null) takeOutOfOrder(old)
    if (!makeRoom(old === null ? 1 : 0, bytes, now)) {
      if (old !== null) putInOrder(old)
      throw full(maxEntries, maxBytes)
    }
    if (old === null) slots.set(key, newSlot(key, entry, bytes))
    else rewrite(old, entry, bytes)
  }

  function newSlot(key: string, { value, version, expiresAt, ownerId, grave }: Held, bytes: number): Slot {
    const slot: Slot = {
      key,
      value,
      version,
      expiresAt,
      ownerId,
      grave,
      bytes,
      place: 0,
      older: null,
      newer: null,
      previous: null,
      next: null,
    }
    putInOrder(slot)
    owners.add(slot)
    return slot
  }

  function rewrite(slot: Slot, { value, version, expiresAt, ownerId, grave }: Held, bytes: number): void {
    const moves = ownerOf(slot) !== ownerOf({ ownerId, grave })
    if (moves) owners.remove(slot)
    slot.value = value
    slot.version = version
    slot.expiresAt = expiresAt
    slot.ownerId = ownerId
    slot.grave = grave
    slot.bytes = bytes
    putInOrder(slot)
    if (moves) owners.add(slot)
  }

  function makeRoom(entries: 0 | 1, bytes: number, now: number): boolean {
    const fits = () => slots.size + entries <= maxEntries && total.bytes + bytes <= maxBytes
    while (!fits()) {
      const first = ends.earliest()
      if (first === undefined || !hasEnded(first, now)) break
      remove(first)
    }
    // Nobody is pushed out for what would not fit beside all that stays.
    if (total.graves + entries > maxEntries || total.lasting + bytes > maxBytes) return false
    while (!fits()) {
      const idlest = ownerless.longestIdle() ?? owned.longestIdle()
      if (idlest === null) return false
      remove(idlest)
    }
    return true
  }

  return {
    get: (key) => slots.get(key) ?? null,
    keys: () => slots.keys(),
    ofOwner: (ownerId) => owners.of(ownerId),
    write,
    prolong(slot, expiresAt) {
      const list = listOf(slot)
      list?.remove(slot)
      list?.add(slot)
      if (expiresAt <= slot.expiresAt) return
      slot.expiresAt = expiresAt
      ends.moved(slot)
    },
    remove,
    earliest: () => ends.earliest(),
    reserve(bytes, now) {
      if (!makeRoom(0, bytes, now)) throw full(maxEntries, maxBytes)
      total.bytes += bytes
      total.lasting += bytes
    },
  }
}
