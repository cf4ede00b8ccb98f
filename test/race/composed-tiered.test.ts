import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/store/memory.ts'
import type { Entry, Store } from '../../src/store/store.ts'
import { tiered } from '../../src/store/tiered.ts'
import { fixedClock } from '../../src/testing/clock.ts'
import { inEveryOrder, type Stage } from '../support/every-order.ts'

const clock = fixedClock()
const NOW = clock()
const FIRST: Entry = { value: 'first', version: 1, expiresAt: NOW + 60_000 }

// No time passes in these stories: nobody is ever late.
beforeAll(() => void vi.stubGlobal('setTimeout', () => 0))
afterAll(() => void vi.unstubAllGlobals())

interface Stores {
  readonly fast: Store & { flush(): Promise<void> }
  readonly durable: Store
}

/** What `fast` may hold before anybody begins. */
const states: Readonly<Record<string, (stores: Stores) => Promise<unknown>>> = {
  'nothing in fast': async () => {},
  'a fresh copy in fast': (stores) => tiered(stores.fast, stores.durable, { clock }).find('key'),
  'a copy in fast that is past its time': ({ fast, durable }) =>
    tiered(fast, durable, { clock: () => NOW - 1_000 }).find('key'),
  'a copy in fast by a clock that is ahead': ({ fast, durable }) =>
    tiered(fast, durable, { clock: () => NOW + 500 }).find('key'),
}

const writes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  replace: (store) => store.replace('key', { ...FIRST, value: 'second', version: 2 }, 1, NOW),
  'log out': (store) => store.replace('key', { ...FIRST, value: '', version: 2, grave: true }, 1, NOW),
  extend: (store) => store.extend('key', NOW + 90_000, NOW),
  bury: (store) => store.bury('key', 'buried', NOW + 60_000, NOW),
}

function writeOf(name: string): (store: Store) => Promise<unknown> {
  return writes[name] ?? (() => Promise.reject(new RangeError(name)))
}

function flushable(): Stores['fast'] {
  let inner = memoryStore()
  return {
    find: (key) => inner.find(key),
    create: (key, entry, now) => inner.create(key, entry, now),
    replace: (key, entry, version, now) => inner.replace(key, entry, version, now),
    extend: (key, expiresAt, now) => inner.extend(key, expiresAt, now),
    bury: (key, value, until, now) => inner.bury(key, value, until, now),
    async flush() {
      inner = memoryStore()
    },
  }
}

type Play = (stage: Stage, stores: Stores) => void

/** Tells a story in every order; when all is quiet, and a second later, everybody is told what `durable` holds. */
function tellAll(state: string, play: Play): Promise<number> {
  return inEveryOrder(async (stage) => {
    const stores = { fast: flushable(), durable: memoryStore() }
    await stores.durable.create('key', FIRST, NOW)
    await states[state]?.(stores)
    play(stage, stores)
    if (!(await stage.play())) return
    await sameAsDurable('when all is quiet', stores, clock)
    await sameAsDurable('a second later', stores, () => NOW + 1_000)
  })
}

async function sameAsDurable(when: string, { fast, durable }: Stores, at: () => number): Promise<void> {
  const [found, held] = [await tiered(fast, durable, { clock: at }).find('key'), await durable.find('key')]
  if (JSON.stringify(found) !== JSON.stringify(held)) {
    expect.fail(`${when}: ${JSON.stringify(held)} is held, and ${JSON.stringify(found)} was found`)
  }
}

function processOf(stage: Stage, { fast, durable }: Stores) {
  const process = stage.process()
  return { store: tiered(process.at(fast), process.at(durable), { clock }), process }
}

function reads(stage: Stage, stores: Stores): void {
  const { store, process } = processOf(stage, stores)
  process.start(() => store.find('key'))
}

function changes(stage: Stage, stores: Stores, name: string): void {
  const { store, process } = processOf(stage, stores)
  process.start(() => writeOf(name)(store))
}

/** Writes, and then reads through another process: what was answered must be seen there. */
function writesAndLooks(stage: Stage, stores: Stores, name: string): void {
  const { store, process } = processOf(stage, stores)
  const other = tiered(process.at(stores.fast), process.at(stores.durable), { clock })
  process.start(async () => {
    await writeOf(name)(store)
    const held = await stores.durable.find('key')
    const found = await other.find('key')
    const after = await stores.durable.find('key')
    if (![held, after].some((entry) => JSON.stringify(entry) === JSON.stringify(found))) {
      problems.push(`${JSON.stringify(held)} was answered, and then ${JSON.stringify(found)} was found`)
    }
  })
}

const problems: string[] = []

function flushes(stage: Stage, { fast }: Stores): void {
  const process = stage.process()
  process.start(() => process.at(fast).flush())
}

describe.each(Object.keys(states))('%s', (state) => {
  test.each(Object.keys(writes))('two read while one does: %s', async (name) => {
    const orders = await tellAll(state, (stage, stores) => {
      reads(stage, stores)
      writesAndLooks(stage, stores, name)
      reads(stage, stores)
    })
    expect(problems).toEqual([])
    expect(orders).toBeGreaterThan(20)
  })

  test.each(Object.keys(writes))('one reads and fast is flushed while one does: %s', async (name) => {
    const orders = await tellAll(state, (stage, stores) => {
      reads(stage, stores)
      writesAndLooks(stage, stores, name)
      flushes(stage, stores)
    })
    expect(problems).toEqual([])
    expect(orders).toBeGreaterThan(20)
  })
})

describe.each(['nothing in fast', 'a fresh copy in fast'])('%s', (state) => {
  test.each([
    ['replace', 'bury'],
    ['extend', 'log out'],
  ])('one reads while two do: %s and %s', async (first, second) => {
    const orders = await tellAll(state, (stage, stores) => {
      reads(stage, stores)
      changes(stage, stores, first)
      writesAndLooks(stage, stores, second)
    })
    expect(problems).toEqual([])
    expect(orders).toBeGreaterThan(20)
  })
})
