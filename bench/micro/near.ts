/**
 * What a hit of the near cache costs beside a hit of a Map.
 *
 * @module
 */
import { cached } from '../../dist/store/cached.js'
import { memoryStore } from '../../dist/store/memory.js'
import { dataOf } from '../lib/record.ts'
import { type Prepare, ringOf } from './sides.ts'

const COUNT = 1_000
const HOUR = 3_600_000

export const near: Readonly<Record<string, Prepare>> = {
  async 'sojourn/near-hit'(bytes) {
    const store = cached(memoryStore(), { maxStale: '24h' })
    const keys = Array.from({ length: COUNT }, (_, n) => `key ${n}`)
    const value = JSON.stringify({ v: 1, c: Date.now(), d: dataOf(bytes) })
    for (const key of keys) {
      await store.create(key, { value, version: 1, expiresAt: Date.now() + 24 * HOUR }, Date.now())
      await store.find(key)
    }
    const next = ringOf(keys)
    return async (times) => {
      for (let i = 0; i < times; i++) if ((await store.find(next())) === null) throw new Error('It is not there')
    }
  },
}
