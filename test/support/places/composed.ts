/**
 * Places made of two others: Redis before a database, a near cache, a change of store.
 *
 * @module
 */
import type { Bus } from '../../../src/store/bus/bus.ts'
import { cached } from '../../../src/store/cached.ts'
import { migrating } from '../../../src/store/migrating.ts'
import type { OwnerIndex, Store } from '../../../src/store/store.ts'
import { tiered } from '../../../src/store/tiered.ts'
import type { OpenPlace, Place } from './place.ts'

/**
 * A change waits for the fast store at most `maxStale` of real time, and a copy gets old by the clock of the story, which
 * stands still between two steps. So that both mean the same, nobody gives up waiting.
 */
const FOR_EVER = '20s'

export function tieredPlaces(fast: OpenPlace, durable: OpenPlace): OpenPlace {
  return (clock) => {
    const moving = ticking(clock)
    return both(fast(clock), durable(clock), (one, other) => tiered(one, other, { clock: moving, maxStale: FOR_EVER }))
  }
}

/** What voids a copy is over after a millisecond: in a world where none passes, nothing would ever be copied again. */
function ticking(clock: () => number): () => number {
  let ticks = 0
  return () => clock() + ++ticks
}

/** The first process is of the second deploy and moves, the next is of the first and does not, and so on. */
export function migratingPlaces(from: OpenPlace, to: OpenPlace): OpenPlace {
  return (clock) => {
    let processes = 0
    return both(from(clock), to(clock), (one, other) => migrating(one, other, { move: processes++ % 2 === 0 }))
  }
}

export function cachedPlaces(inner: OpenPlace): OpenPlace {
  return (clock) => {
    const place = inner(clock)
    const bus = busHeardAtOnce()
    return { ...place, connect: async () => cached(storeOf(await place.connect()), { clock, bus }) }
  }
}

function both(
  one: Place,
  other: Place,
  compose: (one: Store & OwnerIndex, other: Store & OwnerIndex) => Store & OwnerIndex,
): Place {
  return {
    connect: async () => compose(storeOf(await one.connect()), storeOf(await other.connect())),
    bytesKept: async () => `${await one.bytesKept()}\n${await other.bytesKept()}`,
    async close() {
      await one.close()
      await other.close()
    },
  }
}

function storeOf(store: (Store & OwnerIndex) | null): Store & OwnerIndex {
  if (store === null) throw new Error('A place to be composed has no store')
  return store
}

/** Every process has heard of a change before the one that made it goes on. */
function busHeardAtOnce(): Bus {
  const listeners = new Set<(key: string | null) => void>()
  return {
    subscribe(onInvalidate) {
      listeners.add(onInvalidate)
      onInvalidate(null)
      return () => listeners.delete(onInvalidate)
    },
    async publish(key) {
      for (const listener of listeners) listener(key)
    },
  }
}
