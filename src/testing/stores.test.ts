import { expect, test } from 'vitest'
import { StoreError } from '../errors.ts'
import { memoryStore } from '../store/memory.ts'
import type { Entry, Store } from '../store/store.ts'
import { storeContract } from './store-contract.ts'
import { countingStore, failingStore, pausingStore } from './stores.ts'

const entry: Entry = { value: 'value', version: 1, expiresAt: 1_000 }

/** What an index of owners looks like to a wrapper, on an object that may not be changed. */
function listingStore() {
  async function* listByOwner(ownerId: string) {
    yield { key: 'a', entry: { ...entry, ownerId } }
    yield { key: 'b', entry: { ...entry, ownerId } }
  }
  return Object.freeze({ ...memoryStore(), listByOwner })
}

async function keysOf(list: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of list) keys.push(key)
  return keys
}

test.each([
  ['counting', () => countingStore(memoryStore())],
  ['failing', () => failingStore(memoryStore())],
  ['pausing', () => pausingStore(memoryStore())],
  ['all three', () => pausingStore(failingStore(countingStore(memoryStore())))],
])('a %s store that is left alone keeps the contract', async (_, open) => {
  const store = open()
  for (const { run } of storeContract) await expect(run(store)).resolves.toBeUndefined()
})

test('a wrapped store has the powers of the store inside, and no others', async () => {
  const store = pausingStore(failingStore(countingStore(listingStore())))
  expect('sweep' in store).toBe(true)
  expect('findFresh' in store).toBe(false)
  expect(store.developmentOnly).toBe(true)
  expect(await store.sweep(0)).toBe(0)
  expect(await keysOf(store.listByOwner('ada'))).toEqual(['a', 'b'])
  expect(store.calls).toMatchObject({ sweep: 1, listByOwner: 1, find: 0 })
})

test('a store made of a class with private members can be wrapped', async () => {
  class ClassStore {
    #held: Store = memoryStore()
    find(key: string) {
      return this.#held.find(key)
    }
    create(key: string, created: Entry, now: number) {
      return this.#held.create(key, created, now)
    }
    replace(key: string, written: Entry, version: number, now: number) {
      return this.#held.replace(key, written, version, now)
    }
    extend(key: string, expiresAt: number, now: number) {
      return this.#held.extend(key, expiresAt, now)
    }
    bury(key: string, value: string, until: number, now: number) {
      return this.#held.bury(key, value, until, now)
    }
  }
  const store = countingStore(new ClassStore())
  expect(await store.create('key', entry, 0)).toBe(true)
  expect(await store.find('key')).toEqual(entry)
  expect(store.total).toBe(2)
})

test('a counting store counts by method and in all, and can start again', async () => {
  const store = countingStore(memoryStore())
  await store.create('key', entry, 0)
  await store.find('key')
  await store.find('other')
  expect(store.calls).toMatchObject({ create: 1, find: 2, replace: 0 })
  expect(store.total).toBe(3)
  store.reset()
  expect(store.total).toBe(0)
})

test('a failing store fails where it was told, and is well again after', async () => {
  const store = failingStore(memoryStore())
  store.fail(['create', 'bury'])
  await expect(store.create('key', entry, 0)).rejects.toBeInstanceOf(StoreError)
  await expect(store.bury('key', '', 1_000, 0)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  expect(await store.find('key')).toBeNull()
  store.heal()
  expect(await store.create('key', entry, 0)).toBe(true)
})

test('a failing store can lose the answer after the work was done, with an error of the test', async () => {
  const store = failingStore(memoryStore())
  const reset = new Error('connection reset')
  store.fail('create', { side: 'after', error: reset })
  await expect(store.create('key', entry, 0)).rejects.toBe(reset)
  expect(await store.find('key')).toEqual(entry)
})

test('a failing list fails when it is read, not when it is asked for', async () => {
  const store = failingStore(listingStore())
  store.fail('listByOwner')
  const list = store.listByOwner('ada')
  await expect(keysOf(list)).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

test('a hanging store does not answer, and does no work', async () => {
  const store = failingStore(memoryStore())
  store.hang('create')
  let answered = false
  store.create('key', entry, 0).finally(() => {
    answered = true
  })
  store.heal()
  // A call that does not hang overtakes the one that does.
  expect(await store.find('key')).toBeNull()
  expect(answered).toBe(false)
})

test('a pausing store stops the next call before it reaches the store, and only that one', async () => {
  const store = pausingStore(memoryStore())
  const gate = store.pause('create')
  const slow = store.create('key', { ...entry, value: 'slow' }, 0)
  await gate.reached
  expect(await store.find('key')).toBeNull()
  expect(await store.create('key', { ...entry, value: 'quick' }, 0)).toBe(true)
  gate.release()
  expect(await slow).toBe(false)
})

test('a pausing store can stop a call after it was done, before its answer is heard', async () => {
  const store = pausingStore(memoryStore())
  const gate = store.pause('create', { side: 'after' })
  const slow = store.create('key', entry, 0)
  await gate.reached
  expect(await store.find('key')).toEqual(entry)
  gate.release()
  expect(await slow).toBe(true)
})

test('two gates stop two calls, in the order in which they come', async () => {
  const store = pausingStore(memoryStore())
  const [first, second] = [store.pause('create'), store.pause('create')]
  const calls = ['first', 'second'].map((value) => store.create('key', { ...entry, value }, 0))
  await Promise.all([first.reached, second.reached])
  second.release()
  expect(await calls[1]).toBe(true)
  first.release()
  expect(await calls[0]).toBe(false)
})

test('a gate that is released before anybody came stops nobody', async () => {
  const store = pausingStore(memoryStore())
  store.pause('find').release()
  expect(await store.find('key')).toBeNull()
})
