import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigError, StoreError } from '../errors.ts'
import { fixedClock } from '../testing/clock.ts'
import { countingStore, failingStore, pausingStore } from '../testing/stores.ts'
import { memoryStore } from './memory.ts'
import type { Entry } from './store.ts'
import { tiered } from './tiered.ts'

const NOW = Date.UTC(2026, 0, 1)
const ENTRY: Entry = { value: 'first', version: 4, expiresAt: NOW + 60_000, ownerId: 'ada' }
const GRAVE: Entry = { value: '', version: 5, expiresAt: NOW + 60_000, grave: true }

let warnings: string[]

// The store waits by the timers of the process: here they move when they are told to.
beforeEach(() => {
  warnings = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Two processes on the same two stores; the way of the first to `fast` can be cut. */
async function world() {
  const clock = fixedClock(NOW)
  const [inFast, inDurable] = [memoryStore(), countingStore(memoryStore())]
  const fast = countingStore(inFast)
  const way = failingStore(fast)
  const here = tiered(way, inDurable, { clock })
  const there = tiered(inFast, inDurable, { clock })
  await inDurable.create('key', ENTRY, NOW)
  inDurable.reset()
  return { clock, inFast, fast, way, inDurable, here, there }
}

/** Whether a promise has come to an end by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  promise.then(
    () => (done = true),
    () => (done = true),
  )
  await vi.advanceTimersByTimeAsync(0)
  return done
}

describe('while fast works', () => {
  test('the first read asks durable, those after it in the same second do not, in any process', async () => {
    const { clock, here, there, inDurable } = await world()
    expect(await here.find('key')).toEqual(ENTRY)
    clock.advance(999)
    expect(await here.find('key')).toEqual(ENTRY)
    expect(await there.find('key')).toEqual(ENTRY)
    expect(inDurable.calls.find).toBe(1)
    clock.advance(1)
    expect(await here.find('key')).toEqual(ENTRY)
    expect(inDurable.calls.find).toBe(2)
  })

  test('a hit costs one command', async () => {
    const { here, fast, inDurable } = await world()
    await here.find('key')
    fast.reset()
    inDurable.reset()
    await here.find('key')
    expect([fast.total, inDurable.total]).toEqual([1, 0])
  })

  test('a session that has ended is read from durable, whatever fast has', async () => {
    const { clock, here, inDurable } = await world()
    await inDurable.replace('key', { ...ENTRY, version: 5, expiresAt: NOW + 500 }, 4, NOW)
    await here.find('key')
    clock.advance(500)
    await inDurable.create('key', { ...ENTRY, value: 'second' }, NOW + 500)
    expect(await here.find('key')).toEqual({ ...ENTRY, value: 'second' })
  })

  test('absence is not copied', async () => {
    const { here, there } = await world()
    expect(await here.find('other')).toBeNull()
    await there.create('other', ENTRY, NOW)
    expect(await here.find('other')).toEqual(ENTRY)
  })

  test('what a reader took with it into death is free again after a second', async () => {
    const { clock, inFast, inDurable, there } = await world()
    const dying = pausingStore(inDurable)
    const gate = dying.pause('find')
    void tiered(inFast, dying, { clock }).find('key')
    await gate.reached
    await there.find('key')
    await there.find('key')
    expect(inDurable.calls.find).toBe(2)
    clock.advance(1_000)
    await there.find('key')
    await there.find('key')
    expect(inDurable.calls.find).toBe(3)
  })

  test('a refused write also makes the next reader ask durable: what the caller knew was old', async () => {
    const { here, inDurable } = await world()
    await here.find('key')
    await inDurable.replace('key', { ...ENTRY, value: 'second', version: 5 }, 4, NOW)
    expect(await here.replace('key', { ...ENTRY, version: 5 }, 4, NOW)).toBe('stale')
    expect((await here.find('key'))?.value).toBe('second')
  })

  test('what another program has left in fast is a miss', async () => {
    const { here, inFast } = await world()
    for (const value of [
      '',
      '{}',
      '[1]',
      '[2,0,1,1,false,null,"x"]',
      '[1,0,1,1,false,7,"x"]',
      '[1,"0",1,1,false,null,"x"]',
    ]) {
      await inFast.bury('key', '', NOW - 1, NOW)
      await inFast.create('key', { value, version: 1, expiresAt: NOW + 1_000 }, NOW)
      expect(await here.find('key')).toEqual(ENTRY)
    }
  })

  test('findFresh asks durable', async () => {
    const { here, inDurable } = await world()
    await here.find('key')
    await inDurable.bury('key', '', NOW + 60_000, NOW)
    expect((await here.findFresh('key'))?.grave).toBe(true)
  })

  test('a copy by a clock that is ahead is not served: nobody knows how old it is', async () => {
    const { inFast, inDurable, here } = await world()
    await tiered(inFast, inDurable, { clock: () => NOW + 5_000 }).find('key')
    await inDurable.bury('key', '', NOW + 60_000, NOW)
    expect((await here.find('key'))?.grave).toBe(true)
  })

  test('a copy is as old as the question it answers, however late the answer came', async () => {
    const { clock, inFast, inDurable, there } = await world()
    const slow = pausingStore(inDurable)
    const gate = slow.pause('find', { side: 'after' })
    const late = tiered(inFast, slow, { clock }).find('key')
    await gate.reached
    clock.advance(700)
    gate.release()
    await late
    await inDurable.bury('key', '', NOW + 60_000, NOW)
    clock.advance(300)
    expect((await there.find('key'))?.grave).toBe(true)
  })
})

describe('while fast fails', () => {
  test('reads and writes go on, and it is said once', async () => {
    const { here, way } = await world()
    way.fail(['find', 'create', 'replace', 'bury'])
    expect(await here.find('key')).toEqual(ENTRY)
    expect(await here.extend('key', NOW + 90_000, NOW)).toBe(true)
    expect(await here.create('other', ENTRY, NOW)).toBe(true)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('The fast store of tiered fails')
  })

  test('it is left alone for a second, then one reader tries again', async () => {
    const { clock, here, way, fast } = await world()
    way.fail('find')
    await here.find('key')
    way.heal()
    fast.reset()
    clock.advance(999)
    await Promise.all([here.find('key'), here.find('key')])
    expect(fast.total).toBe(0)
    clock.advance(1)
    await Promise.all([here.find('key'), here.find('key'), here.find('key')])
    expect(fast.calls.find).toBe(1)
    await here.find('key')
    expect(fast.calls.find).toBe(2)
  })

  test.each(['fail', 'hang'] as const)(
    'a logout is answered a second after durable has it, and from then on nobody sees the session: %s',
    async (how) => {
      const { clock, here, there, way } = await world()
      await there.find('key')
      way[how]('bury')
      const logout = here.replace('key', GRAVE, 4, NOW)
      expect(await isDone(logout)).toBe(false)
      clock.advance(999)
      await vi.advanceTimersByTimeAsync(999)
      expect(await isDone(logout)).toBe(false)
      expect(await there.find('key')).toEqual(ENTRY)
      clock.advance(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(await logout).toBe('done')
      expect(await there.find('key')).toEqual(GRAVE)
    },
  )

  test('a reader that asked durable before a logout cannot make its copy younger than that', async () => {
    const { clock, here, there, inDurable, inFast, way } = await world()
    const slow = pausingStore(inDurable)
    const gate = slow.pause('find', { side: 'after' })
    const late = tiered(inFast, slow, { clock }).find('key')
    await gate.reached
    way.fail('bury')
    const logout = here.bury('key', '', NOW + 60_000, NOW)
    clock.advance(500)
    gate.release()
    await late
    clock.advance(500)
    await vi.advanceTimersByTimeAsync(1_000)
    await logout
    expect((await there.find('key'))?.grave).toBe(true)
  })

  test('a logout that reaches fast after all is answered then', async () => {
    const { here, inFast, inDurable, clock } = await world()
    const slow = pausingStore(inFast)
    const gate = slow.pause('bury')
    const logout = tiered(slow, inDurable, { clock }).bury('key', '', NOW + 60_000, NOW)
    await gate.reached
    await vi.advanceTimersByTimeAsync(400)
    gate.release()
    expect(await isDone(logout)).toBe(true)
    expect((await here.find('key'))?.grave).toBe(true)
  })

  test('where it hangs, a read waits for a tenth of a second, and those after it do not', async () => {
    const { here, way, fast } = await world()
    way.hang('find')
    const first = here.find('key')
    await vi.advanceTimersByTimeAsync(99)
    expect(await isDone(first)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await first).toEqual(ENTRY)
    fast.reset()
    expect(await isDone(here.find('key'))).toBe(true)
    expect(fast.total).toBe(0)
  })

  test('no more than a thousand calls wait for an answer', async () => {
    const { here, way } = await world()
    way.hang('bury')
    const hung = vi.spyOn(way, 'bury')
    const buries = Array.from({ length: 1_200 }, (_, n) => here.bury(`key ${n}`, '', NOW + 60_000, NOW))
    await vi.advanceTimersByTimeAsync(1_000)
    await Promise.all(buries)
    expect(hung.mock.calls.length).toBe(1_000)
  })
})

describe('while durable fails', () => {
  test('a fresh copy is served, everything else is its error, and what it may have done is not hidden', async () => {
    const clock = fixedClock(NOW)
    const inDurable = failingStore(memoryStore())
    const store = tiered(memoryStore(), inDurable, { clock })
    await inDurable.create('key', ENTRY, NOW)
    await store.find('key')
    inDurable.fail('replace', { side: 'after' })
    expect(await store.find('key')).toEqual(ENTRY)
    const refused = await store.replace('key', GRAVE, 4, NOW).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreError)
    expect(await store.find('key')).toEqual(GRAVE)
  })
})

test('it sweeps both, and has the powers of durable and no others', async () => {
  const clock = fixedClock(NOW)
  const [fast, durable] = [countingStore(memoryStore()), countingStore(memoryStore())]
  const store = tiered(fast, durable, { clock })
  await durable.create('key', { ...ENTRY, expiresAt: NOW + 1 }, NOW)
  expect(await store.sweep(NOW + 60_002)).toBe(1)
  expect([fast.calls.sweep, durable.calls.sweep]).toEqual([1, 1])
  const { sweep: _, ...bare } = memoryStore({ unsafeAllowInProduction: true })
  expect('sweep' in tiered(bare, { ...bare })).toBe(false)
  expect(store.developmentOnly).toBe(true)
  expect(tiered(bare, { ...bare }).developmentOnly).toBe(false)
})

test.each([
  ['one store twice', (store: never) => tiered(store, store)],
  ['no store', (store: never) => tiered(undefined as never, store)],
  ['half a store', (store: never) => tiered(store, { find: async () => null } as never)],
  ['no duration', (store: never) => tiered(store, memoryStore(), { maxStale: 'soon' })],
])('%s is refused at once', (_, make) => {
  const refused = () => make(memoryStore() as never)
  expect(refused).toThrow(ConfigError)
  expect(refused).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
