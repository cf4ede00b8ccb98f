/**
 * How the memory store's calls grow with the sessions in it and the size of each.
 *
 * In: `tsx growth-process.ts <sessions> <record bytes>`. Out: asked `run`, microseconds of processor time of a find and of a replace
 * of sessions chosen at random.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { memoryStore } from '../../dist/store/memory.js'
import { dataOf } from '../lib/record.ts'
import { answer } from '../lib/side.ts'

const [count = 1_000, bytes = 300] = process.argv.slice(2).map(Number)
const HOUR = 3_600_000
const store = memoryStore({ maxEntries: 2_000_000, maxBytes: 2 ** 33 })
const keys: string[] = []
const versions = new Uint32Array(count).fill(1)
const text = JSON.stringify({ v: 1, c: Date.now(), d: dataOf(bytes) })
const value = () => Buffer.from(text).toString('latin1')

for (let n = 0; n < count; n++) {
  const key = createHash('sha256').update(`session ${n}`).digest('base64url')
  keys.push(key)
  await store.create(key, { value: value(), version: 1, expiresAt: Date.now() + HOUR + n }, Date.now())
}

async function timed(times: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) await call(Math.floor(Math.random() * count))
  const used = process.cpuUsage(before)
  return (used.user + used.system) / times
}

answer({
  async run(times: number) {
    const find = await timed(times, async (n) => {
      if ((await store.find(keys[n] ?? ''))?.value.length !== text.length) throw new Error('It is not there')
    })
    const replace = await timed(times, async (n) => {
      const version = versions[n] ?? 0
      const entry = { value: value(), version: version + 1, expiresAt: Date.now() + HOUR + n }
      if ((await store.replace(keys[n] ?? '', entry, version, Date.now())) !== 'done')
        throw new Error('It was not written')
      versions[n] = version + 1
    })
    return { find, replace }
  },
})
