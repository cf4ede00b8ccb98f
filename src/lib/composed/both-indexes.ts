/**
 * Two owner indexes as one, and two walks as one, while entries move from the first store to the second.
 *
 * In: both stores, and where an entry counts. Out: every entry once, and epochs that never go back. Must not know
 * how entries move; that they never move back is all that is needed.
 *
 * @module
 */
import type { Held } from '../store-rules.ts'

/** The shapes of `OwnerIndex` and `Enumerable` in store/store.ts, which this room may not import. */
export interface Index {
  listByOwner(ownerId: string): AsyncIterable<{ readonly key: string; readonly entry: Held }>
  epochOf(ownerId: string): Promise<number>
  raiseEpoch(ownerId: string, now: number): Promise<number>
}
export interface Walk {
  entries(after?: string): AsyncIterable<{ readonly key: string; readonly entry: Held }>
}

type Find = (key: string) => Promise<Held | null>

/** `find` gives what counts. `move`: whether `to` is on its way to be used alone, or `from` still was. */
export function bothIndexes(from: Index, to: Index, find: Find, move: boolean): Index {
  return {
    async *listByOwner(ownerId) {
      const seen = new Set<string>()
      // First where entries come from: one that leaves before it is met there is met where it went.
      for (const index of [from, to]) {
        for await (const { key } of index.listByOwner(ownerId)) {
          if (seen.has(key)) continue
          seen.add(key)
          const entry = await find(key)
          if (entry !== null && entry.grave !== true && entry.ownerId === ownerId) yield { key, entry }
        }
      }
    },

    async epochOf(ownerId) {
      const [old, current] = await Promise.all([from.epochOf(ownerId), to.epochOf(ownerId)])
      // Raised when `to` was not there yet, or by one who died in between. Whoever uses `to` alone must know it.
      if (move && current < old) return to.raiseEpoch(ownerId, old)
      return Math.max(old, current)
    },

    async raiseEpoch(ownerId, now) {
      const old = await from.epochOf(ownerId)
      // Two calls never get the same from one store, so one store gives the answer.
      const raised = await to.raiseEpoch(ownerId, Math.max(now, old + 1))
      await from.raiseEpoch(ownerId, raised)
      return raised
    },
  }
}

/** First all keys that `from` knows, marks of moved ones included, then those it does not. */
export function bothWalks(from: Walk, to: Walk, findFrom: Find, findTo: Find, find: Find): Walk {
  return {
    async *entries(after) {
      const isInSecond = after !== undefined && (await findFrom(after)) === null && (await findTo(after)) !== null
      if (!isInSecond) {
        for await (const { key } of from.entries(after)) {
          const entry = await find(key)
          if (entry !== null) yield { key, entry }
        }
      }
      for await (const { key } of to.entries(isInSecond ? after : undefined)) {
        const entry = (await findFrom(key)) === null ? await find(key) : null
        if (entry !== null) yield { key, entry }
      }
    },
  }
}
