import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { fixedClock } from '../testing/clock.ts'
import { countingStore, failingStore, pausingStore } from '../testing/stores.ts'
import type { Bus } from './bus/bus.ts'
import { cached } from './cached.ts'
import { memoryStore } from './memory.ts'
import type { Entry } from './store.ts'

const NOW = Date.UTC(2026, 0, 1)
const ENTRY: Entry = { value: 'first', version: 4, expiresAt: NOW + 60_000, ownerId: 'ada' }

function handBus() {
  const published: string[] = []
  const listeners = new Set<{ onInvalidate: (key: string | null) => void; onLost: () => void }>()
  const bus: Bus = {
    subscribe(onInvalidate, onLost) {
      const listener = { onInvalidate, onLost }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async publish(key) {
      published.push(key)
    },
  }
  return {
    bus,
    published,
    listeners,
    tell: (key: string | null) => listeners.forEach(({ onInvalidate }) => void onInvalidate(key)),
    lose: () => listeners.forEach(({ onLost }) => void onLost()),
  }
}

async function world(options: Parameters<typeof cached>[1] = {}) {
  const clock = fixedClock(NOW)
  const elsewhere = memoryStore()
  const inner = countingStore(elsewhere)
  const store = cached(inner, { clock, ...options })
  await elsewhere.create('key', ENTRY, NOW)
  return { clock, elsewhere, inner, store }
}

describe('without a bus', () => {
  test('a hit costs nothing, and a copy is read again after a second', async () => {
    const { clock, inner, store } = await world()
    expect(await store.find('key')).toEqual(ENTRY)
    clock.advance(999)
    expect(await store.find('key')).toEqual(ENTRY)
    expect(inner.total).toBe(1)
    clock.advance(1)
    await store.find('key')
    expect(inner.total).toBe(2)
  })

  test('what another process did is seen after maxStale, and at once by findFresh and all who come after it', async () => {
    const { clock, elsewhere, store } = await world({ maxStale: '5s' })
    await store.find('key')
    await elsewhere.bury('key', '', NOW + 60_000, NOW)
    clock.advance(4_999)
    expect((await store.find('key'))?.grave).toBeUndefined()
    clock.advance(1)
    expect((await store.find('key'))?.grave).toBe(true)
    const { elsewhere: other, store: guarded } = await world()
    await guarded.find('key')
    await other.bury('key', '', NOW + 60_000, NOW)
    expect((await guarded.findFresh('key'))?.grave).toBe(true)
    expect((await guarded.find('key'))?.grave).toBe(true)
  })

  test('what this process did is seen at once, failures that may have been successes included', async () => {
    const { elsewhere } = await world()
    const inner = failingStore(elsewhere)
    const store = cached(inner, { clock: () => NOW })
    await store.find('key')
    await store.extend('key', NOW + 90_000, NOW)
    expect((await store.find('key'))?.expiresAt).toBe(NOW + 90_000)
    await store.replace('key', { ...ENTRY, version: 5 }, 4, NOW)
    expect((await store.find('key'))?.version).toBe(5)
    inner.fail('bury', { side: 'after' })
    await expect(store.bury('key', '', NOW + 60_000, NOW)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect((await store.find('key'))?.grave).toBe(true)
  })

  test('a refused write is read again: what the caller knew was old', async () => {
    const { elsewhere, store } = await world()
    await store.find('key')
    await elsewhere.replace('key', { ...ENTRY, version: 5 }, 4, NOW)
    expect(await store.replace('key', { ...ENTRY, version: 5 }, 4, NOW)).toBe('stale')
    expect((await store.find('key'))?.version).toBe(5)
  })

  test('absence is not kept', async () => {
    const { elsewhere, store } = await world()
    expect(await store.find('other')).toBeNull()
    await elsewhere.create('other', ENTRY, NOW)
    expect(await store.find('other')).toEqual(ENTRY)
  })

  test('a copy of what has ended is read again', async () => {
    const { clock, elsewhere, store } = await world({ maxStale: '1h' })
    await store.find('key')
    await elsewhere.extend('key', NOW + 90_000, NOW)
    clock.advance(60_000)
    expect((await store.find('key'))?.expiresAt).toBe(NOW + 90_000)
  })

  test('after the clock was set back a copy is read again', async () => {
    const { clock, inner, store } = await world()
    await store.find('key')
    clock.set(NOW - 1)
    await store.find('key')
    expect(inner.total).toBe(2)
  })

  test('a slow read that was overtaken by a later one does not take its place', async () => {
    const { clock, elsewhere } = await world()
    const inner = pausingStore(elsewhere)
    const store = cached(inner, { clock })
    const gate = inner.pause('find', { side: 'after' })
    const slow = store.find('key')
    await gate.reached
    await elsewhere.bury('key', '', NOW + 60_000, NOW)
    expect((await store.find('key'))?.grave).toBe(true)
    gate.release()
    await slow
    expect((await store.find('key'))?.grave).toBe(true)
  })

  test('the copy that was left alone the longest goes first, by number and by bytes', async () => {
    const { inner, elsewhere } = await world()
    for (const key of 'abcd') await elsewhere.create(key, { ...ENTRY, value: 'x'.repeat(1_000) }, NOW)
    const read = async (store: { find(key: string): Promise<unknown> }, keys: string) => {
      inner.reset()
      for (const key of keys) await store.find(key)
      return inner.calls.find
    }
    const few = cached(inner, { clock: () => NOW, maxEntries: 3 })
    expect(await read(few, 'abcad')).toBe(4)
    expect(await read(few, 'acd')).toBe(0)
    expect(await read(few, 'b')).toBe(1)
    const small = cached(inner, { clock: () => NOW, maxBytes: 8_000 })
    expect(await read(small, 'abcad')).toBe(4)
    expect(await read(small, 'acd')).toBe(0)
    expect(await read(small, 'b')).toBe(1)
    const tiny = cached(inner, { clock: () => NOW, maxBytes: 1_000 })
    expect(await read(tiny, 'aa')).toBe(2)
  })
})

describe('with a bus', () => {
  test('what another process did is seen as soon as the bus has told', async () => {
    const { bus, tell } = handBus()
    const { elsewhere, inner, store } = await world({ bus, maxStale: '1m' })
    await store.find('key')
    await elsewhere.bury('key', '', NOW + 60_000, NOW)
    expect((await store.find('key'))?.grave).toBeUndefined()
    tell('other')
    expect((await store.find('key'))?.grave).toBeUndefined()
    tell('key')
    expect((await store.find('key'))?.grave).toBe(true)
    expect(inner.total).toBe(2)
    tell(null)
    await store.find('key')
    expect(inner.total).toBe(3)
  })

  test.each(['key', null])('what was read before the bus told of %s is not kept', async (told) => {
    const { bus, tell } = handBus()
    const { elsewhere } = await world()
    const inner = pausingStore(elsewhere)
    const store = cached(inner, { bus, clock: () => NOW })
    const gate = inner.pause('find', { side: 'after' })
    const slow = store.find('key')
    await gate.reached
    await elsewhere.bury('key', '', NOW + 60_000, NOW)
    tell(told)
    gate.release()
    expect((await slow)?.grave).toBeUndefined()
    expect((await store.find('key'))?.grave).toBe(true)
  })

  test('a bus that is silent does not make a copy last longer', async () => {
    const { bus } = handBus()
    const { clock, inner, store } = await world({ bus })
    await store.find('key')
    clock.advance(1_000)
    await store.find('key')
    expect(inner.total).toBe(2)
  })

  test('while the bus is lost nothing is served from memory, and nothing from before when it is back', async () => {
    const { bus, lose, tell } = handBus()
    const { elsewhere, inner, store } = await world({ bus, maxStale: '1m' })
    await store.find('key')
    lose()
    await elsewhere.bury('key', '', NOW + 60_000, NOW)
    expect((await store.find('key'))?.grave).toBe(true)
    await store.find('key')
    expect(inner.total).toBe(3)
    tell('key')
    await store.find('key')
    expect(inner.total).toBe(4)
    tell(null)
    await store.find('key')
    await store.find('key')
    expect(inner.total).toBe(5)
  })

  test('a bus that must connect first says so while it is subscribed to', async () => {
    const { bus, tell } = handBus()
    const connecting: Bus = {
      subscribe(onInvalidate, onLost) {
        onLost()
        return bus.subscribe(onInvalidate, onLost)
      },
    }
    const { inner, store } = await world({ bus: connecting })
    await store.find('key')
    await store.find('key')
    expect(inner.total).toBe(2)
    tell(null)
    await store.find('key')
    await store.find('key')
    expect(inner.total).toBe(3)
  })

  test('the others are told of what changed, and of what may have', async () => {
    const { bus, published } = handBus()
    const { elsewhere } = await world()
    const inner = failingStore(elsewhere)
    const store = cached(inner, { bus, clock: () => NOW })
    await store.replace('key', { ...ENTRY, version: 5 }, 9, NOW)
    await store.extend('key', NOW + 90_000, NOW)
    await store.create('key', ENTRY, NOW)
    expect(published).toEqual([])
    await store.create('other', ENTRY, NOW)
    await store.replace('key', { ...ENTRY, version: 5 }, 4, NOW)
    await store.bury('third', '', NOW + 60_000, NOW)
    inner.fail('replace')
    await expect(store.replace('fourth', ENTRY, 4, NOW)).rejects.toThrow()
    expect(published).toEqual(['other', 'key', 'third', 'fourth'])
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['hangs', () => new Promise<void>(() => {})],
  ])('a bus whose publish %s fails no write', async (_, publish) => {
    const { store } = await world({ bus: { ...handBus().bus, publish } })
    expect(await store.replace('key', { ...ENTRY, version: 5 }, 4, NOW)).toBe('done')
  })

  test('after close it has left the bus, keeps nothing, and still reads', async () => {
    const { bus, listeners, tell } = handBus()
    const { inner, store } = await world({ bus })
    expect(listeners.size).toBe(0)
    await store.find('key')
    expect(listeners.size).toBe(1)
    const late = [...listeners]
    store.close()
    expect(listeners.size).toBe(0)
    for (const { onInvalidate } of late) onInvalidate(null)
    tell(null)
    await store.find('key')
    expect(await store.find('key')).toEqual(ENTRY)
    expect(inner.total).toBe(3)
    expect(listeners.size).toBe(0)
  })
})

test('it has the powers of what is inside, and no others', async () => {
  const { sweep: _, ...bare } = memoryStore({ unsafeAllowInProduction: true })
  expect(await cached(memoryStore()).sweep(NOW)).toBe(0)
  expect(cached(memoryStore()).developmentOnly).toBe(true)
  expect('sweep' in cached(bare)).toBe(false)
  expect(cached(bare).developmentOnly).toBe(false)
})

test.each([
  ['no store', () => cached(null as never)],
  ['a bus that is none', () => cached(memoryStore(), { bus: {} as never })],
  ['no duration', () => cached(memoryStore(), { maxStale: 0 })],
  ['no number of entries', () => cached(memoryStore(), { maxEntries: 0 })],
  ['no number of bytes', () => cached(memoryStore(), { maxBytes: 0.5 })],
])('%s is refused at once', (_, make) => {
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
