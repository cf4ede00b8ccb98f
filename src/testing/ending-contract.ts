/**
 * What `bury` of every store keeps, and `sweep` where there is one: what has ended stays ended.
 *
 * In: a store. Out: nothing, or an AssertionError. Must not know owners.
 *
 * @module
 */
import { same } from '../lib/same.ts'
import { ENDS, found, grave, increment, live, MINUTE, NOW, of, ofPower, type StoreCase } from './store-case.ts'

export const endingContract: readonly StoreCase[] = [
  of('bury puts a grave over a live entry, with its version and without its owner', async (store, key) => {
    await store.create(key, live({ version: 6, ownerId: 'ada' }), NOW)
    same('bury', await store.bury(key, 'successor', NOW + MINUTE, NOW), undefined)
    await found(store, key, grave({ value: 'successor', version: 6, expiresAt: NOW + MINUTE }))
  }),
  of('bury puts a grave over nothing, with version 1', async (store, key) => {
    await store.bury(key, 'successor', ENDS, NOW)
    await found(store, key, grave({ value: 'successor', version: 1 }))
  }),
  of('bury puts a grave over an ended entry and over an ended grave', async (store, key) => {
    for (const end of [{}, { grave: true as const }]) {
      const over = `${key} ${JSON.stringify(end)}`
      await store.create(over, live({ expiresAt: NOW + 1, ...end }), NOW)
      await store.bury(over, 'successor', ENDS, NOW + 1)
      await found(store, over, grave({ value: 'successor' }))
    }
  }),
  of('bury over a grave moves its end later, never earlier, and the first value stays', async (store, key) => {
    await store.create(key, live({ version: 3 }), NOW)
    await store.bury(key, 'first', NOW + 10 * MINUTE, NOW)
    await store.bury(key, 'second', NOW + 5 * MINUTE, NOW)
    await found(store, key, grave({ value: 'first', version: 3, expiresAt: NOW + 10 * MINUTE }))
    await store.bury(key, 'third', NOW + 15 * MINUTE, NOW)
    await found(store, key, grave({ value: 'first', version: 3, expiresAt: NOW + 15 * MINUTE }))
  }),
  of('of many who bury, the latest end counts', async (store, key) => {
    await store.create(key, live(), NOW)
    await Promise.all([3, 16, 1, 9].map((minutes) => store.bury(key, 'gone', NOW + minutes * MINUTE, NOW)))
    await found(store, key, grave({ value: 'gone', expiresAt: NOW + 16 * MINUTE }))
  }),
  of('after bury resolved, nothing that was under way brings the entry back', async (store, key) => {
    await store.create(key, live({ value: '0' }), NOW)
    let buried = false
    const writers = [...Array(4).keys()].map(async (n) => {
      for (let round = 0; round < 50; round++) {
        const known = buried
        const answer = await increment(store, key)
        if (known) return same(`replace ${n} that began after the bury`, answer, 'gone')
        if (answer === 'gone') return
        await store.extend(key, ENDS + round, NOW)
      }
    })
    await increment(store, key)
    await store.bury(key, 'successor', ENDS, NOW)
    buried = true
    const first = await store.find(key)
    same('grave and value, once bury resolved', [first?.grave, first?.value], [true, 'successor'])
    await Promise.all(writers)
    await found(store, key, first)
    same('replace of the version the grave has', await store.replace(key, live(), first?.version ?? 0, NOW), 'gone')
  }),

  ofPower('sweepable', 'sweep takes what ended over a minute ago, graves too, and nothing else', async (store, key) => {
    const ended = [live({ expiresAt: NOW - 1 }), live({ expiresAt: NOW - 1, grave: true })]
    const kept = [live({ expiresAt: NOW }), live({ expiresAt: NOW, grave: true }), live(), live({ grave: true })]
    for (const [n, entry] of [...ended, ...kept].entries()) await store.create(`${key}${n}`, entry, NOW - MINUTE)
    same('removed, at least', (await store.sweep(NOW + MINUTE)) >= ended.length, true)
    for (const [n, entry] of [...ended, ...kept].entries()) {
      await found(store, `${key}${n}`, n < ended.length ? null : entry)
    }
  }),
  ofPower('sweepable', 'sweep frees the keys it took, and those who come late find nothing', async (store, key) => {
    await store.create(key, live({ expiresAt: NOW }), NOW - MINUTE)
    await store.sweep(NOW + MINUTE + 1)
    same('replace with an old clock', await store.replace(key, live({ version: 2 }), 1, NOW - 1), 'gone')
    same('extend with an old clock', await store.extend(key, ENDS, NOW - 1), false)
    same('create', await store.create(key, live({ value: 'second' }), NOW + MINUTE + 1), true)
    await found(store, key, live({ value: 'second' }))
  }),
]
