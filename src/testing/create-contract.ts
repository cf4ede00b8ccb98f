/**
 * What `find` and `create` of every store keep.
 *
 * In: a store. Out: nothing, or an AssertionError. Must not know what changes an entry later.
 *
 * @module
 */
import { same } from '../lib/same.ts'
import { ENDS, found, freshKey, grave, live, MINUTE, NOW, of, type StoreCase } from './store-case.ts'

export const createContract: readonly StoreCase[] = [
  of('find gives null where nothing was created', async (store, key) => {
    await found(store, key, null)
  }),
  of('find gives what was created, to the last field', async (store, key) => {
    const entry = live({ version: 7, ownerId: 'ada' })
    same('create', await store.create(key, entry, NOW), true)
    await found(store, key, entry)
  }),
  of('find gives no owner and no grave where none was given', async (store, key) => {
    await store.create(key, live(), NOW)
    const entry = await store.find(key)
    same('ownerId', entry?.ownerId, undefined)
    same('grave', entry?.grave, undefined)
  }),
  of('find gives what has ended, for the caller to judge', async (store, key) => {
    const entry = live({ expiresAt: NOW + 1 })
    await store.create(key, entry, NOW)
    same('create under another key, later', await store.create(freshKey(), live(), NOW + MINUTE), true)
    await found(store, key, entry)
  }),
  of('find gives the caller a thing of its own', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    const entry = await store.find(key)
    if (entry !== null) Reflect.set(entry, 'value', 'changed by the caller')
    await found(store, key, live({ ownerId: 'ada' }))
  }),
  of('an entry does not follow the object it was created from', async (store, key) => {
    const entry = { ...live() }
    await store.create(key, entry, NOW)
    entry.value = 'changed by the caller'
    await found(store, key, live())
  }),

  of('create refuses a key that a live entry has, and changes nothing', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    same('create', await store.create(key, live({ value: 'second', version: 2, expiresAt: ENDS + 1 }), NOW), false)
    await found(store, key, live({ ownerId: 'ada' }))
  }),
  of('create refuses a key that a grave has, and changes nothing', async (store, key) => {
    await store.bury(key, 'successor', ENDS, NOW)
    same('create', await store.create(key, live(), NOW), false)
    await found(store, key, grave({ value: 'successor' }))
  }),
  of(
    'create takes the key of an entry at the very millisecond it has ended, and nothing of it stays',
    async (store, key) => {
      await store.create(key, live({ version: 9, expiresAt: NOW + 10, ownerId: 'ada' }), NOW)
      same('create a millisecond earlier', await store.create(key, live({ value: 'second' }), NOW + 9), false)
      same('create', await store.create(key, live({ value: 'second' }), NOW + 10), true)
      await found(store, key, live({ value: 'second' }))
    },
  ),
  of('create takes the key of a grave that has ended', async (store, key) => {
    await store.bury(key, 'successor', NOW + 10, NOW)
    same('create a millisecond earlier', await store.create(key, live(), NOW + 9), false)
    same('create', await store.create(key, live(), NOW + 10), true)
    await found(store, key, live())
  }),
  of('create can put a grave, which then takes the key', async (store, key) => {
    same('create', await store.create(key, live({ version: 3, grave: true }), NOW), true)
    await found(store, key, live({ version: 3, grave: true }))
    same('create again', await store.create(key, live(), NOW), false)
  }),
  of('of many who create one key, one does', async (store, key) => {
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.create(key, live({ value: `by ${n}` }), NOW)),
    )
    same('creates that said yes', answers.filter(Boolean).length, 1)
    await found(store, key, live({ value: `by ${answers.indexOf(true)}` }))
  }),
  of('of many who create over an ended entry, one does', async (store, key) => {
    await store.create(key, live({ expiresAt: NOW + 1 }), NOW)
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.create(key, live({ value: `by ${n}` }), NOW + 1)),
    )
    same('creates that said yes', answers.filter(Boolean).length, 1)
    await found(store, key, live({ value: `by ${answers.indexOf(true)}` }))
  }),
]
