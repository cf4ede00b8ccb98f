import { expect, test } from 'vitest'
import type { Bus } from '../../src/store/bus/bus.ts'
import { cached } from '../../src/store/cached.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Entry, Store } from '../../src/store/store.ts'
import { inEveryOrder } from '../support/every-order.ts'

const NOW = Date.UTC(2026, 0, 1)
const FIRST: Entry = { value: 'first', version: 1, expiresAt: NOW + 60_000 }

const writes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  replace: (store) => store.replace('key', { ...FIRST, value: 'second', version: 2 }, 1, NOW),
  extend: (store) => store.extend('key', NOW + 90_000, NOW),
  bury: (store) => store.bury('key', 'buried', NOW + 60_000, NOW),
}

function writeOf(name: string): (store: Store) => Promise<unknown> {
  return writes[name] ?? (() => Promise.reject(new RangeError(name)))
}

async function expectSame(store: Store, inner: Store): Promise<void> {
  const [found, held] = [await store.find('key'), await inner.find('key')]
  if (JSON.stringify(found) !== JSON.stringify(held)) {
    expect.fail(`${JSON.stringify(held)} is held, and ${JSON.stringify(found)} was found`)
  }
}

test.each(Object.keys(writes))('two read while one of the same process does: %s', async (name) => {
  const orders = await inEveryOrder(async (stage) => {
    const inner = memoryStore()
    await inner.create('key', FIRST, NOW)
    const process = stage.process()
    const store = cached<Store>(process.at(inner), { clock: () => NOW })
    process.start(() => store.find('key'))
    process.start(() => writeOf(name)(store))
    process.start(() => store.find('key'))
    if (await stage.play()) await expectSame(store, inner)
  })
  expect(orders).toBeGreaterThan(2)
})

test.each(Object.keys(writes))('two read while one of another process does, and the bus tells: %s', async (name) => {
  const orders = await inEveryOrder(async (stage) => {
    const inner = memoryStore()
    await inner.create('key', FIRST, NOW)
    let tell: (key: string | null) => void = () => {}
    const bus: Bus = {
      subscribe(onInvalidate) {
        tell = onInvalidate
        return () => {}
      },
    }
    const process = stage.process()
    const store = cached<Store>(process.at(inner), { clock: () => NOW, bus })
    process.start(() => store.find('key'))
    process.start(() => store.find('key').then(() => store.find('key')))
    const other = stage.process()
    const wire = {
      async carry() {
        tell('key')
      },
    }
    other.start(async () => {
      await writeOf(name)(other.at<Store>(inner))
      await other.at(wire).carry()
    })
    if (await stage.play()) await expectSame(store, inner)
  })
  expect(orders).toBeGreaterThan(5)
})
