/**
 * Copies in memory, bounded: the one that was left alone the longest goes first.
 *
 * In: copies by key. Out: the copy, if it is still there. Must not know how old a copy may be.
 *
 * @module
 */
import { idleList } from '../idle-list.ts'
import type { Held } from '../store-rules.ts'

/** An entry as it was read. */
export interface NearCopy {
  readonly entry: Held
  /** A moment before the read began, in milliseconds since the epoch. */
  readonly since: number
  /** Which read it was: a later one has a greater number. */
  readonly turn: number
}

/** What a copy takes beside its characters, from above. */
const COPY_BYTES = 512

interface Slot {
  readonly key: string
  readonly copy: NearCopy
  readonly bytes: number
  older: Slot | null
  newer: Slot | null
}

export interface Copies {
  get(key: string): NearCopy | null
  /** Keeps it, unless a later read is there already or it alone is larger than all may be. */
  put(key: string, copy: NearCopy): void
  remove(key: string): void
  clear(): void
}

export function createCopies(maxEntries: number, maxBytes: number): Copies {
  const slots = new Map<string, Slot>()
  let used = idleList<Slot>()
  let total = 0

  function drop(slot: Slot): void {
    slots.delete(slot.key)
    used.remove(slot)
    total -= slot.bytes
  }

  return {
    get(key) {
      const slot = slots.get(key)
      if (slot === undefined) return null
      used.remove(slot)
      used.add(slot)
      return slot.copy
    },

    put(key, copy) {
      const old = slots.get(key)
      if (old !== undefined && old.copy.turn > copy.turn) return
      if (old !== undefined) drop(old)
      const bytes = bytesOf(key, copy.entry)
      if (bytes > maxBytes) return
      for (let idlest = used.longestIdle(); idlest !== null; idlest = used.longestIdle()) {
        if (slots.size < maxEntries && total + bytes <= maxBytes) break
        drop(idlest)
      }
      const slot: Slot = { key, copy, bytes, older: null, newer: null }
      slots.set(key, slot)
      used.add(slot)
      total += bytes
    },

    remove(key) {
      const slot = slots.get(key)
      if (slot !== undefined) drop(slot)
    },

    clear() {
      slots.clear()
      used = idleList<Slot>()
      total = 0
    },
  }
}

// Two bytes a character: what V8 takes at most.
function bytesOf(key: string, { value, ownerId = '' }: Held): number {
  return COPY_BYTES + 2 * (key.length + value.length + ownerId.length)
}
