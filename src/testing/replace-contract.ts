/**
 * What `replace` and `extend` of every store keep: nobody writes over what he has not seen.
 *
 * In: a store. Out: nothing, or an AssertionError. Must not know how an entry ends for good.
 *
 * @module
 */
import { same } from '../lib/same.ts'
import type { Store } from '../store/store.ts'
import { ENDS, found, increment, live, MINUTE, NOW, of, type StoreCase } from './store-case.ts'

/** What stands under a key before a case begins, with the name a message gives it. */
const UNLIVE: readonly [string, (store: Store, key: string) => Promise<unknown>][] = [
  ['nothing', async () => {}],
  ['an ended entry', (store, key) => store.create(key, live({ expiresAt: NOW + 1 }), NOW)],
  ['a grave', (store, key) => store.bury(key, 'successor', ENDS, NOW)],
  ['a grave that was created', (store, key) => store.create(key, live({ grave: true }), NOW)],
]

export const replaceContract: readonly StoreCase[] = [
  of('replace writes over the version it names, every field', async (store, key) => {
    await store.create(key, live(), NOW)
    const next = live({ value: 'second', version: 2, expiresAt: ENDS + 5, ownerId: 'ada' })
    same('replace', await store.replace(key, next, 1, NOW), 'done')
    await found(store, key, next)
    const last = live({ value: 'third', version: 3, expiresAt: ENDS - 5 })
    same('replace without an owner and with an earlier end', await store.replace(key, last, 2, NOW), 'done')
    await found(store, key, last)
  }),
  of('replace keeps the version the caller chose, whatever it is', async (store, key) => {
    await store.create(key, live({ version: 41 }), NOW)
    for (const [from, to] of [
      [41, 1_000_000],
      [1_000_000, 7],
      [7, Number.MAX_SAFE_INTEGER],
      [Number.MAX_SAFE_INTEGER, 8],
    ] as const) {
      same(`replace of version ${from} by ${to}`, await store.replace(key, live({ version: to }), from, NOW), 'done')
      await found(store, key, live({ version: to }))
    }
  }),
  of('replace of another version is stale, newer or older, and changes nothing', async (store, key) => {
    await store.create(key, live({ version: 5 }), NOW)
    for (const version of [4, 6]) {
      same(`replace of ${version}`, await store.replace(key, live({ value: 'x', version: 6 }), version, NOW), 'stale')
    }
    await found(store, key, live({ version: 5 }))
  }),
  of('replace of what is not live is gone, and changes nothing', async (store, key) => {
    for (const [what, put] of UNLIVE) {
      const over = `${key} ${what}`
      await put(store, over)
      const before = await store.find(over)
      same(`replace over ${what}`, await store.replace(over, live({ version: 2 }), 1, NOW + 1), 'gone')
      const inPlace = live({ version: 2, expiresAt: NOW + 1 })
      same(`replace over ${what} with its own end`, await store.replace(over, inPlace, 1, NOW + 1), 'gone')
      same(`replace over ${what} with another version`, await store.replace(over, live(), 9, NOW + 1), 'gone')
      await found(store, over, before)
    }
  }),
  of('replace can put a grave, and nobody is served from it again', async (store, key) => {
    await store.create(key, live({ ownerId: 'ada' }), NOW)
    const end = live({ value: 'successor', version: 2, grave: true })
    same('replace', await store.replace(key, end, 1, NOW), 'done')
    same('replace of the grave', await store.replace(key, live({ version: 3 }), 2, NOW), 'gone')
    await found(store, key, end)
  }),
  of('of many who replace one version, one does, and what it wrote is there', async (store, key) => {
    await store.create(key, live(), NOW)
    const answers = await Promise.all(
      [...Array(16).keys()].map((n) => store.replace(key, live({ value: `by ${n}`, version: 2 }), 1, NOW)),
    )
    same('replaces that were done', answers.filter((answer) => answer === 'done').length, 1)
    same('replaces that were stale', answers.filter((answer) => answer === 'stale').length, 15)
    await found(store, key, live({ value: `by ${answers.indexOf('done')}`, version: 2 }))
  }),
  of('counting by replace loses nothing', async (store, key) => {
    await store.create(key, live({ value: '0' }), NOW)
    await Promise.all([...Array(12).keys()].map(() => increment(store, key)))
    await found(store, key, live({ value: '12', version: 13 }))
  }),

  of('extend moves the end and nothing else', async (store, key) => {
    await store.create(key, live({ version: 4, ownerId: 'ada' }), NOW)
    same('extend', await store.extend(key, ENDS + 5, NOW), true)
    await found(store, key, live({ version: 4, ownerId: 'ada', expiresAt: ENDS + 5 }))
    same('replace after it', await store.replace(key, live({ version: 5 }), 4, NOW), 'done')
  }),
  of('extend never moves the end earlier', async (store, key) => {
    await store.create(key, live(), NOW)
    for (const earlier of [ENDS, ENDS - 1, NOW, 0])
      same(`extend to ${earlier}`, await store.extend(key, earlier, NOW), true)
    await found(store, key, live())
  }),
  of('of many extends the longest counts', async (store, key) => {
    await store.create(key, live(), NOW)
    const answers = await Promise.all([3, 16, 1, 9].map((minutes) => store.extend(key, ENDS + minutes * MINUTE, NOW)))
    same('extends that said yes', answers.filter(Boolean).length, 4)
    await found(store, key, live({ expiresAt: ENDS + 16 * MINUTE }))
  }),
  of('extend refuses what is not live, and changes nothing', async (store, key) => {
    for (const [what, put] of UNLIVE) {
      const over = `${key} ${what}`
      await put(store, over)
      const before = await store.find(over)
      same(`extend of ${what}`, await store.extend(over, ENDS + MINUTE, NOW + 1), false)
      await found(store, over, before)
    }
  }),
  of('extend never undoes what a replace wrote beside it', async (store, key) => {
    await store.create(key, live(), NOW)
    const [, ...answers] = await Promise.all([
      store.extend(key, ENDS + MINUTE, NOW),
      store.replace(key, live({ value: 'second', version: 2 }), 1, NOW),
      store.extend(key, ENDS + MINUTE, NOW),
    ])
    same('replace beside extends', answers[0], 'done')
    const entry = await store.find(key)
    same('value and version', [entry?.value, entry?.version], ['second', 2])
  }),
]
