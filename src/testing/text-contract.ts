/**
 * Keys, owners and values are any text, and none is taken for another.
 *
 * In: a store. Out: nothing, or an AssertionError. Must not know what the texts mean.
 *
 * @module
 */
import { ODD_TEXTS } from '../lib/odd-texts.ts'
import { same } from '../lib/same.ts'
import { found, live, NOW, of, type StoreCase } from './store-case.ts'

export const textContract: readonly StoreCase[] = [
  of('keys that look alike are different keys', async (store, key) => {
    const keys = ODD_TEXTS.map((text) => key + text)
    for (const [n, odd] of keys.entries()) {
      same(`create ${JSON.stringify(odd)}`, await store.create(odd, live({ value: String(n) }), NOW), true)
    }
    for (const [n, odd] of keys.entries()) await found(store, odd, live({ value: String(n) }))
  }),
  of('owners are any text', async (store, key) => {
    for (const ownerId of [...ODD_TEXTS, 'o'.repeat(10_240)]) {
      const odd = key + ownerId.slice(0, 20) + ownerId.length
      await store.create(odd, live({ ownerId }), NOW)
      await found(store, odd, live({ ownerId }))
    }
  }),
  of('values are any text, 100 KB and all of Unicode included', async (store, key) => {
    await store.create(key, live(), NOW)
    const values = [
      ...ODD_TEXTS,
      'x'.repeat(102_400),
      '🦊é\0'.repeat(20_000),
      JSON.stringify({ quote: '"', tag: '</script>' }),
    ]
    for (const [n, value] of values.entries()) {
      same(`replace ${n}`, await store.replace(key, live({ value, version: n + 2 }), n + 1, NOW), 'done')
      await found(store, key, live({ value, version: n + 2 }))
    }
  }),
]
