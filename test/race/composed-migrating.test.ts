import { describe, expect, test } from 'vitest'
import { isMark, readDraft } from '../../src/lib/composed/transit.ts'
import { type Held, isLive } from '../../src/lib/store-rules.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { migrating } from '../../src/store/migrating.ts'
import type { Store, Sweepable } from '../../src/store/store.ts'
import { pausingStore } from '../../src/testing/stores.ts'
import { inEveryOrder, type Stage } from '../support/every-order.ts'
import { explain, type Observed, type Operation } from '../support/linearizable.ts'

/** Set it to also let each of two die at each of its steps, from every state: some minutes. */
const EVERY_ORDER = process.env.SOJOURN_EVERY_ORDER !== undefined
const ENDS = 1_000_000
const NOW = 0

const FIRST: Held = { value: 'first', version: 1, expiresAt: ENDS, ownerId: 'ada' }
const operations: Readonly<Record<string, Operation>> = {
  find: { call: 'find' },
  create: { call: 'create', entry: { value: 'created', version: 7, expiresAt: ENDS }, now: NOW },
  'create a grave': { call: 'create', entry: { value: '', version: 1, expiresAt: ENDS, grave: true }, now: NOW },
  replace: { call: 'replace', entry: { value: 'second', version: 2, expiresAt: ENDS + 2 }, version: 1, now: NOW },
  'log out': { call: 'replace', entry: { value: '', version: 2, expiresAt: 60, grave: true }, version: 1, now: NOW },
  'extend a little': { call: 'extend', expiresAt: ENDS + 4, now: NOW },
  extend: { call: 'extend', expiresAt: ENDS + 9, now: NOW },
  bury: { call: 'bury', value: 'buried', until: 60, now: NOW },
}

interface Stores {
  readonly from: Store & Sweepable
  readonly to: Store & Sweepable
}

/** Everything a crash can leave behind, and everything in between. */
const states: Readonly<Record<string, (stores: Stores) => Promise<Held | null>>> = {
  'nothing anywhere': async () => null,
  'an entry that has not moved': async ({ from }) => {
    await from.create('key', FIRST, NOW)
    return FIRST
  },
  'a grave that has not moved': async ({ from }) => {
    await from.bury('key', 'successor', 30, NOW)
    return from.find('key')
  },
  'a mover died with a draft written': (stores) => afterDeadMover(stores, 3),
  'a mover died with a draft written, and the entry went on': async (stores) => {
    await afterDeadMover(stores, 3)
    const next = { ...FIRST, value: 'went on', expiresAt: ENDS + 1 }
    await stores.from.replace('key', { ...next, version: 2 }, 1, NOW)
    await stores.from.replace('key', next, 2, NOW)
    return next
  },
  'a mover died with a draft written, and the entry was logged out': async (stores) => {
    await afterDeadMover(stores, 3)
    const end: Held = { value: '', version: 2, expiresAt: 60, grave: true }
    await stores.from.replace('key', end, 1, NOW)
    return end
  },
  'a mover died with a draft written, and the grave over the entry is gone too': async (stores) => {
    await afterDeadMover(stores, 3)
    await stores.from.replace('key', { value: '', version: 2, expiresAt: 60, grave: true }, 1, NOW)
    await stores.from.sweep(60 + 60_001)
    return null
  },
  'a mover died before it confirmed': (stores) => afterDeadMover(stores, 5),
  'an entry that has moved': async (stores) => {
    await stores.from.create('key', FIRST, NOW)
    await migrating(stores.from, stores.to, { move: true }).extend('key', 0, NOW)
    return FIRST
  },
  'an entry created in the new store': async ({ from, to }) => {
    await migrating(from, to, { move: true }).create('key', FIRST, NOW)
    return FIRST
  },
  'a creator died with the new store opened': async ({ from, to }) => {
    const dead = migrating(dyingAt(from, 1), dyingAt(to, 0), { move: true })
    void dead.create('key', FIRST, NOW)
    await new Promise(setImmediate)
    return null
  },
}

async function afterDeadMover({ from, to }: Stores, steps: number): Promise<Held> {
  await from.create('key', FIRST, NOW)
  let left = steps
  const dies = (store: Store) => stepped(store, () => left-- > 0)
  void migrating(dies(from), dies(to), { move: true }).extend('key', 0, NOW)
  await new Promise(setImmediate)
  return FIRST
}

function dyingAt(store: Store, steps: number): Store {
  let left = steps
  return stepped(store, () => left-- > 0)
}

function stepped(store: Store, lives: () => boolean): Store {
  return new Proxy(store, {
    get: (_, name) => {
      const member: unknown = Reflect.get(store, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => (lives() ? Reflect.apply(member, store, args) : new Promise(() => {}))
    },
  })
}

interface Actor {
  readonly name: string
  readonly move: boolean
  readonly dies?: number
}

/** The actors do their operations at once, in every order of steps; then somebody looks. Returns how many orders. */
function tellAll(state: string, actors: readonly Actor[]): Promise<number> {
  return inEveryOrder(async (stage) => {
    const stores = { from: memoryStore(), to: memoryStore() }
    const start = (await states[state]?.(stores)) ?? null
    const observed = actors.map((actor) => act(stage, stores, actor))
    if (!(await stage.play())) return
    await lookAround(stores, observed)
    if (explain(observed, start) === null) {
      expect.fail(`${state}; ${actors.map(({ name, move }) => `${name} (move ${move})`)}: ${JSON.stringify(observed)}`)
    }
  })
}

function act(stage: Stage, { from, to }: Stores, { name, move, dies }: Actor): Observed {
  const process = stage.process(dies)
  const store = migrating(process.at(from), process.at(to), { move })
  const operation = operations[name] ?? { call: 'find' }
  const observed: Observed = { operation, began: 0, ended: Number.POSITIVE_INFINITY, answer: undefined }
  process.start(async () => {
    observed.answer = inOrder(await perform(store, operation))
    observed.ended = 1
  })
  return observed
}

/** Nobody is under way any more. One of each deploy looks; the second also writes, so that what hung in between is settled. */
async function lookAround({ from, to }: Stores, observed: Observed[]): Promise<void> {
  const looks: readonly Operation[] = [{ call: 'find' }, { call: 'extend', expiresAt: 0, now: NOW }, { call: 'find' }]
  for (const [n, operation] of looks.entries()) {
    const store = migrating(from, to, { move: operation.call === 'extend' })
    const answer = inOrder(await perform(store, operation))
    observed.push({ operation, began: 2 * n + 2, ended: 2 * n + 3, answer })
  }
  const [old, current] = [await from.find('key'), await to.find('key')]
  const isConfirmed = current !== null && readDraft(current) === null
  if (isConfirmed && isLive(old, NOW)) expect.fail('what is confirmed in the new store is live in the old one')
  if (isLive(old, NOW) && isMark(old)) expect.fail('a mark is alive')
}

function perform(store: Store, operation: Operation): Promise<unknown> {
  switch (operation.call) {
    case 'find':
      return store.find('key')
    case 'create':
      return store.create('key', operation.entry, operation.now)
    case 'replace':
      return store.replace('key', operation.entry, operation.version, operation.now)
    case 'extend':
      return store.extend('key', operation.expiresAt, operation.now)
    case 'bury':
      return store.bury('key', operation.value, operation.until, operation.now)
    case 'sweep':
      throw new RangeError('A sweep is no operation of one key')
  }
}

/** Answers are compared as text. */
function inOrder(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  const { value, version, expiresAt, ownerId, grave } = answer as Held
  return { value, version, expiresAt, ownerId, grave }
}

const names = Object.keys(operations)
const actors: readonly Actor[] = names.flatMap((name) => [true, false].map((move) => ({ name, move })))
const all = actors.flatMap((one, n) => actors.slice(n).map((other) => [one, other] as const))
// A logout takes the same steps as any other replace, and a short extend as a long one: each meets its twin, and what
// takes few steps. All meet all where every order is asked for.
const TWINS: Readonly<Record<string, string>> = { 'log out': 'replace', 'extend a little': 'extend' }
const MANY_STEPS = ['replace', 'log out', 'extend', 'extend a little']
const pairs = all.filter(([one, other]) => EVERY_ORDER || (isNew(one, other) && isNew(other, one)))

function isNew(one: Actor, other: Actor): boolean {
  const twin = TWINS[one.name]
  return twin === undefined || twin === other.name || !MANY_STEPS.includes(other.name)
}

describe.each(Object.keys(states))('%s', (state) => {
  test('one after the other, any two are told what one store would say', async () => {
    for (const [one, other] of [...all, ...all.map(([one, other]) => [other, one] as const)]) {
      const stores = { from: memoryStore(), to: memoryStore() }
      const start = (await states[state]?.(stores)) ?? null
      const observed: Observed[] = []
      for (const { name, move } of [one, other]) {
        const operation = operations[name] ?? { call: 'find' }
        const answer = inOrder(await perform(migrating(stores.from, stores.to, { move }), operation))
        observed.push({ operation, began: observed.length - 10, ended: observed.length - 9.5, answer })
      }
      await lookAround(stores, observed)
      expect(explain(observed, start), JSON.stringify(observed)).not.toBeNull()
    }
  })

  test('at once, in whatever order of steps, any two are told what one store would say', async () => {
    let orders = 0
    for (const pair of pairs) orders += await tellAll(state, pair)
    expect(orders).toBeGreaterThan(pairs.length)
  })
})

// A death leaves one of the states above, so most of these orders have been told: all of them only where asked for.
const deaths = EVERY_ORDER
  ? Object.keys(states).flatMap((state) => pairs.map((pair) => [state, pair] as const))
  : pairs.filter((pair) => pair.every(isLikely)).map((pair) => ['an entry that has not moved', pair] as const)

function isLikely({ name, move }: Actor): boolean {
  return name === 'extend' || (!move && (name === 'replace' || name === 'bury'))
}

test('where one of two dies before any of its steps, the other is told what one store would say', async () => {
  let orders = 0
  for (const [state, [one, other]] of deaths) {
    for (let dies = 0; dies < 9; dies++) {
      orders += await tellAll(state, [{ ...one, dies }, other])
      orders += await tellAll(state, [one, { ...other, dies }])
    }
  }
  expect(orders).toBeGreaterThan(deaths.length)
}, 600_000)

test('a mover that slept until what it moves had moved, ended and gone brings nothing back', async () => {
  const [from, to] = [memoryStore(), memoryStore()]
  await from.create('key', FIRST, NOW)
  const asleep = pausingStore(to)
  const gate = asleep.pause('create')
  const late = migrating(from, asleep, { move: true }).extend('key', ENDS + 1, NOW)
  await gate.reached
  const others = migrating(from, to, { move: true })
  await others.extend('key', ENDS + 2, NOW)
  await others.replace('key', { value: '', version: 2, expiresAt: 60, grave: true }, 1, NOW)
  await to.sweep(60 + 60_001)
  gate.release()
  expect(await late).toBe(false)
  expect(await others.find('key')).toBeNull()
  expect(await others.replace('key', { ...FIRST, version: 2 }, 1, NOW)).toBe('gone')
})

test('no backend is told a time that would let it forget an entry before its end', async () => {
  const spans: number[] = []
  const noting = (store: Store): Store => ({
    ...store,
    create: (key, entry, now) => store.create(key, noted(entry, now), now),
    replace: (key, entry, version, now) => store.replace(key, noted(entry, now), version, now),
  })
  const noted = (entry: Held, now: number): Held => {
    spans.push(entry.expiresAt - now)
    return entry
  }
  const from = memoryStore()
  await from.create('key', FIRST, NOW)
  const store = migrating(noting(from), noting(memoryStore()), { move: true })
  await store.extend('key', ENDS, ENDS / 2)
  await store.create('other', FIRST, ENDS / 2)
  expect(spans.length).toBeGreaterThan(3)
  expect(Math.min(...spans)).toBe(ENDS / 2)
})
