/**
 * A change of store that logs nobody out.
 *
 * In: the store that was and the store that is to be, and the calls of `Store`. Out: the answers of one store: versions go
 * on, nothing is lost, nothing that was ended comes back, whatever other processes do and wherever one dies. Must not know
 * which stores they are.
 *
 * Where the entry of a key counts is told in lib/composed/move.ts. Here every change is made where it counts, and looks
 * again where it has moved in between.
 *
 * @module
 */
import { ConfigError } from '../errors.ts'
import { bothIndexes, bothWalks } from '../lib/composed/both-indexes.ts'
import { freshFind, isDevelopmentOnly, type PowersOf, requireStore } from '../lib/composed/inner.ts'
import { createMover } from '../lib/composed/move.ts'
import { isMark, openedMark } from '../lib/composed/transit.ts'
import { isLive, isTaken } from '../lib/store-rules.ts'
import type { DevelopmentOnly, Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

/** Which of the two deploys this is. */
export interface MigratingStoreOptions {
  /**
   * `false`: new entries are made in `from`, and each is changed where it is. `true`: new ones are made in `to`, and every
   * change of one brings it over. The second only when every process runs with the first.
   */
  readonly move: boolean
}

/** The powers both stores have; of `sweep` it is enough that one has it. */
export type MigratingPowers<From, To> = Omit<PowersOf<From> & PowersOf<To>, OnlyIn<From, To> | OnlyIn<To, From>>

type OnlyIn<One, Other> = Exclude<keyof PowersOf<One>, keyof PowersOf<Other> | 'sweep'>

/**
 * `from` and `to` as one store, for as long as sessions live that began in `from`.
 *
 * What has moved costs one command more than none: its read is one. What has not costs two to read, and about seven at its
 * first change with `move: true`; a new entry costs two. Both stores must be up. Neither may answer from copies but past
 * `findFresh`: put `cached` around this, not inside.
 *
 * `sweep` sweeps both; a listing is made of both, each key once; an epoch is raised in both, and the higher one counts.
 *
 * @throws ConfigError `OPTION_INVALID` where one is no store, both are the same, or `move` was not said.
 */
export function migrating<From extends Store, To extends Store>(
  from: From,
  to: To,
  options: MigratingStoreOptions,
): Store & DevelopmentOnly & MigratingPowers<From, To> {
  requireStore('migrating', 'the store from', from)
  requireStore('migrating', 'the store to', to)
  requireOptions(from, to, options)
  const { move } = options
  const { locate, settle, move: bringOver, overwrite } = createMover(from, to)
  const findFrom = freshFind(from)
  const findTo = freshFind(to)
  const find: Store['find'] = async (key) => (await locate(key)).entry

  return {
    ...(powers(from, to, find, move) as MigratingPowers<From, To>),
    developmentOnly: isDevelopmentOnly(from, to),
    find,

    async create(key, entry, now) {
      for (;;) {
        // A mark first, so that nobody creates the same key in `from`.
        if (move && (await from.create(key, openedMark(entry.expiresAt), now)) && (await to.create(key, entry, now))) {
          return true
        }
        const { in: place, entry: held, draft } = await settle(key, now)
        if (isTaken(held, now)) return false
        if (place === 'to') {
          const made = draft === null ? await to.create(key, entry, now) : await overwrite(key, draft, entry, now)
          if (made) return true
        } else if (!move && (await from.create(key, entry, now))) return true
      }
    },

    async replace(key, entry, version, now) {
      // Most have moved. A draft is not hit by it: nobody knows its version.
      if (move && (await to.replace(key, entry, version, now)) === 'done') return 'done'
      for (;;) {
        const located = await settle(key, now)
        if (!isLive(located.entry, now)) return 'gone'
        if (located.entry.version !== version) return 'stale'
        if (located.in === 'to') return to.replace(key, entry, version, now)
        // A draft says that somebody is moving it, or has died over it: then it is brought over, whatever `move` says.
        if (move || located.draft !== null) await bringOver(key, located, now)
        else {
          const answer = await from.replace(key, entry, version, now)
          // Gone may mean that it has moved.
          if (answer !== 'gone') return answer
        }
      }
    },

    async extend(key, expiresAt, now) {
      let extended = false
      for (;;) {
        const located = await settle(key, now)
        if (!isLive(located.entry, now)) return extended
        if (located.in === 'to') return (await to.extend(key, expiresAt, now)) || extended
        if (move || located.draft !== null) await bringOver(key, located, now)
        else if (await from.extend(key, expiresAt, now)) {
          extended = true
          // Somebody may have drafted the end of before. If not by now, then what they draft later has the new one.
          if ((await findTo(key)) === null) return true
        }
      }
    },

    async bury(key, value, until, now) {
      for (;;) {
        const { in: place, entry, draft } = await settle(key, now)
        if (place === 'to') {
          if (draft === null) return to.bury(key, value, until, now)
          if (await overwrite(key, draft, { value, version: 1, expiresAt: until, grave: true }, now)) return
        } else if (move && entry === null) {
          await from.create(key, openedMark(until), now)
        } else {
          // First in `from`: a grave in `to` alone would end one day, and uncover what is alive here. A mark stays a mark.
          await from.bury(key, value, until, now)
          const held = await findFrom(key)
          if (!isMark(held)) return
        }
      }
    },
  }
}

type Any = Store & Partial<OwnerIndex & Enumerable & Sweepable>

function powers(from: Any, to: Any, find: Store['find'], move: boolean): Partial<OwnerIndex & Enumerable & Sweepable> {
  const sweeps = [from, to].filter((store): store is Any & Sweepable => typeof store.sweep === 'function')
  return {
    ...(hasIndex(from) && hasIndex(to) ? bothIndexes(from, to, find, move) : {}),
    ...(hasWalk(from) && hasWalk(to) ? bothWalks(from, to, freshFind(from), freshFind(to), find) : {}),
    ...(sweeps.length > 0 ? { sweep: (now: number) => sweepAll(sweeps, now) } : {}),
  }
}

async function sweepAll(stores: readonly Sweepable[], now: number): Promise<number> {
  const removed = await Promise.all(stores.map((store) => store.sweep(now)))
  return removed.reduce((sum, count) => sum + count, 0)
}

function hasIndex(store: Any): store is Store & OwnerIndex {
  return typeof store.listByOwner === 'function' && typeof store.raiseEpoch === 'function'
}

function hasWalk(store: Any): store is Store & Enumerable {
  return typeof store.entries === 'function'
}

function requireOptions(from: Store, to: Store, options: { readonly move?: unknown } | undefined): void {
  const found = Object.is(from, to)
    ? 'the same store twice. Give the new one a table or prefix of its own'
    : typeof options?.move !== 'boolean'
      ? 'no option move. Pass { move: false } in the first deploy and { move: true } in the second'
      : null
  if (found === null) return
  throw new ConfigError('OPTION_INVALID', `Cannot migrate between these stores: found ${found}`, {
    details: { option: 'move' },
  })
}
