/**
 * Stores around another store, for tests: one counts, one fails, one waits where it is told.
 *
 * In: any store. Out: the same store, its other powers (`sweep`, listing) included, with controls beside them. Must
 * not know what is kept.
 *
 * @module
 */
import { StoreError } from '../errors.ts'
import type { Store } from '../store/store.ts'

/** A method of a store, the optional ones included. */
export type StoreMethod = keyof Store | 'sweep' | 'listByOwner' | 'epochOf' | 'raiseEpoch' | 'entries'

/** Before the call reaches the store inside, or after it did and before the answer is heard. */
export type Side = 'before' | 'after'

/** What a counting store adds. */
export interface Counting {
  /** Calls so far, by method; a method never called is 0. */
  readonly calls: Readonly<Record<StoreMethod, number>>
  /** Calls so far of all methods. */
  readonly total: number
  /** Starts again at 0. */
  reset(): void
}

/** What a failing store adds. */
export interface Failing {
  /**
   * From now on these methods reject, with `STORE_FAILED` unless told. `after`: the store inside has done the work, and
   * only its answer is lost.
   */
  fail(methods: StoreMethod | readonly StoreMethod[], options?: { error?: unknown; side?: Side }): void
  /** From now on these methods never answer. */
  hang(methods: StoreMethod | readonly StoreMethod[], options?: { side?: Side }): void
  /** All methods work again. Calls that hang stay so, as over a lost connection. */
  heal(): void
}

/** A call that was stopped on its way. */
export interface Gate {
  /** Resolves when a call has arrived. */
  readonly reached: Promise<void>
  /** Lets it go on; before it arrived, it will not stop at all. */
  release(): void
}

/** What a pausing store adds. */
export interface Pausing {
  /** Stops the next call of the method, and no other; called again, the one after it. */
  pause(method: StoreMethod, options?: { side?: Side }): Gate
}

/** Counts the calls that reach `store`. */
export function countingStore<Inner extends Store>(store: Inner): Inner & Counting {
  let calls = NONE
  const counted = hooked(store, async (method, side) => {
    if (side === 'before') calls = { ...calls, [method]: calls[method] + 1 }
  })
  return withControls(counted, {
    get calls() {
      return calls
    },
    get total() {
      return Object.values(calls).reduce((sum, count) => sum + count, 0)
    },
    reset: () => {
      calls = NONE
    },
  })
}

/** Works as `store` does until it is told to fail or to hang. */
export function failingStore<Inner extends Store>(store: Inner): Inner & Failing {
  let faults = new Map<string, () => Promise<void>>()
  const failing = hooked(store, async (method, side) => faults.get(`${method} ${side}`)?.())
  const set = (methods: StoreMethod | readonly StoreMethod[], side: Side, fault: () => Promise<void>) => {
    for (const method of [methods].flat()) faults.set(`${method} ${side}`, fault)
  }
  return withControls(failing, {
    fail: (methods, { error, side = 'before' } = {}) => set(methods, side, () => Promise.reject(error ?? outage())),
    hang: (methods, { side = 'before' } = {}) => set(methods, side, () => new Promise(() => {})),
    heal: () => {
      faults = new Map()
    },
  } satisfies Failing)
}

/** Works as `store` does, but stops single calls until they are released: two requests meet exactly where a test says. */
export function pausingStore<Inner extends Store>(store: Inner): Inner & Pausing {
  const waiting: { method: StoreMethod; side: Side; arrive: () => void; released: Promise<void> }[] = []
  const pausing = hooked(store, async (method, side) => {
    const index = waiting.findIndex((gate) => gate.method === method && gate.side === side)
    const [gate] = index === -1 ? [] : waiting.splice(index, 1)
    gate?.arrive()
    await gate?.released
  })
  return withControls(pausing, {
    pause(method, { side = 'before' } = {}) {
      const arrival = signal()
      const departure = signal()
      waiting.push({ method, side, arrive: arrival.give, released: departure.given })
      return { reached: arrival.given, release: departure.give }
    },
  } satisfies Pausing)
}

type Hook = (method: StoreMethod, side: Side) => Promise<void>

const NONE: Readonly<Record<StoreMethod, number>> = Object.freeze({
  ...{ find: 0, create: 0, replace: 0, extend: 0, bury: 0, sweep: 0 },
  ...{ listByOwner: 0, epochOf: 0, raiseEpoch: 0, entries: 0 },
})

// A proxy, so that every power the inner store has is still there, and none appears that it has not. Around an heir of
// it, because a proxy may not answer for the own members of a frozen object.
function hooked<Inner extends Store>(store: Inner, hook: Hook): Inner {
  return new Proxy(Object.create(store) as Inner, {
    get(_heir, name) {
      const member: unknown = Reflect.get(store, name)
      if (typeof member !== 'function' || typeof name !== 'string' || !(name in NONE)) return member
      const method = name as StoreMethod
      if (method === 'listByOwner' || method === 'entries') {
        return async function* (...args: unknown[]) {
          await hook(method, 'before')
          yield* Reflect.apply(member, store, args)
          await hook(method, 'after')
        }
      }
      return async (...args: unknown[]) => {
        await hook(method, 'before')
        const answer: unknown = await Reflect.apply(member, store, args)
        await hook(method, 'after')
        return answer
      }
    },
  })
}

function withControls<Inner extends Store, Controls>(store: Inner, controls: Controls): Inner & Controls {
  return Object.create(store, Object.getOwnPropertyDescriptors(controls)) as Inner & Controls
}

function signal(): { given: Promise<void>; give: () => void } {
  let give: () => void = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}

function outage(): StoreError {
  return new StoreError('STORE_FAILED', 'Cannot reach the store: this test has switched it off')
}
