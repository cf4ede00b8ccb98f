/**
 * Keeps entries in the memory of this process: for development and tests.
 *
 * In: the calls of `Store`. Out: the same answers as every other store, at once. Must not know sessions, nor the time:
 * there is no timer here, what has ended goes when room is needed or when `sweep` is called. Nothing outlives the
 * process and nothing is shared between two.
 *
 * @module
 */
import { withAtHand } from '../lib/at-hand.ts'
import { boundedSlots, type Slot } from '../lib/bounded-slots.ts'
import { limit, textBytes } from '../lib/memory-limits.ts'
import { graveOver, heldOf, isLive, isSweepable, isTaken, ownerOf, refusal } from '../lib/store-rules.ts'
import type { DevelopmentOnly, Entry, Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

/** How much a memory store may hold, and where it may serve. */
export interface MemoryStoreOptions {
  /** How many entries, graves included. 1,000,000 unless told. */
  readonly maxEntries?: number
  /** How many bytes of memory, epochs included, by an estimate from above. 268,435,456 (256 MiB) unless told. */
  readonly maxBytes?: number
  /** Serve in production too, where a restart logs everybody out and a second process knows nobody. */
  readonly unsafeAllowInProduction?: true
}

/** What an epoch takes beside the characters of its owner. */
const EPOCH_BYTES = 128

/**
 * A store in memory, bounded in entries and bytes.
 *
 * What does not fit any more pushes others out: first what has ended, then entries without an owner, then owned ones,
 * those longest idle first; never a grave that has not ended, and never an epoch. An operation costs O(log n) at most;
 * `entries` sorts the keys first.
 *
 * Rejects with `STORE_FULL` where only graves and epochs are left to push out, and with `STORE_VALUE_TOO_LARGE` where an
 * entry alone is larger than `maxBytes`. Either way no entry was changed, and none was pushed out that had not ended.
 *
 * @throws ConfigError `OPTION_INVALID` where a limit is not a whole number above 0.
 */
export function memoryStore(
  options: MemoryStoreOptions = {},
): Store & Sweepable & OwnerIndex & Enumerable & DevelopmentOnly {
  const maxEntries = limit('maxEntries', options.maxEntries ?? 1_000_000)
  const maxBytes = limit('maxBytes', options.maxBytes ?? 256 * 1024 * 1024)
  const slots = boundedSlots(maxEntries, maxBytes)
  const epochs = new Map<string, number>()

  const atHand = {
    find(key: string): Entry | null {
      const slot = slots.get(key)
      return slot === null ? null : entryOf(slot)
    },

    replace(key: string, entry: Entry, version: number, now: number): 'done' | 'stale' | 'gone' {
      const slot = slots.get(key)
      const refused = refusal(slot, version, now)
      if (refused !== null) return refused
      slots.write(key, entry, slot, now)
      return 'done'
    },
  }

  const store: Store & Sweepable & OwnerIndex & Enumerable & DevelopmentOnly = {
    developmentOnly: options.unsafeAllowInProduction !== true,

    async find(key) {
      return atHand.find(key)
    },

    async create(key, entry, now) {
      const slot = slots.get(key)
      if (isTaken(slot, now)) return false
      slots.write(key, entry, slot, now)
      return true
    },

    async replace(key, entry, version, now) {
      return atHand.replace(key, entry, version, now)
    },

    async extend(key, expiresAt, now) {
      const slot = slots.get(key)
      if (!isLive(slot, now)) return false
      slots.prolong(slot, expiresAt)
      return true
    },

    async bury(key, value, until, now) {
      const slot = slots.get(key)
      const grave = graveOver(slot, value, until, now)
      if (grave !== slot) slots.write(key, grave, slot, now)
    },

    async sweep(now) {
      let removed = 0
      for (let first = slots.earliest(); first !== undefined && isSweepable(first, now); first = slots.earliest()) {
        slots.remove(first)
        removed++
      }
      return removed
    },

    async *listByOwner(ownerId) {
      // The keys as they are now; each entry as it is when its turn comes.
      for (const key of slots.ofOwner(ownerId)) {
        const slot = slots.get(key)
        if (slot !== null && ownerOf(slot) === ownerId) yield { key, entry: entryOf(slot) }
      }
    },

    async epochOf(ownerId) {
      return epochs.get(ownerId) ?? 0
    },

    async raiseEpoch(ownerId, now) {
      const previous = epochs.get(ownerId)
      if (previous === undefined) slots.reserve(EPOCH_BYTES + textBytes(ownerId), now)
      const epoch = Math.max((previous ?? 0) + 1, now)
      epochs.set(ownerId, epoch)
      return epoch
    },

    // In the order of the keys: that of the map changes when one of them leaves and comes back.
    async *entries(after) {
      const keys = [...slots.keys()].filter((key) => after === undefined || key > after).sort()
      for (const key of keys) {
        const slot = slots.get(key)
        if (slot !== null) yield { key, entry: entryOf(slot) }
      }
    },
  }
  return withAtHand(store, atHand)
}

// A copy: what the caller does with it changes nothing in here, and the other way round.
function entryOf({ value, version, expiresAt, ownerId, grave }: Slot): Entry {
  return heldOf(value, version, expiresAt, ownerId, grave === true)
}
