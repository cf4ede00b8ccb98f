/**
 * What a live session takes of memory, and how long a full collection of many of them takes.
 *
 * In: `node --expose-gc memory-process.ts <keeper> <sessions>`. Out: asked `run`, bytes (heap and external) for each session and the
 * milliseconds of collections. A keeper is filled as its library fills it: every text is one that was just made.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import fastifySession from '@fastify/session'
import session from 'express-session'
import { memoryStore } from '../../dist/store/memory.js'
import { dataOf } from '../lib/record.ts'
import { answer } from '../lib/side.ts'

const [keeper = '', count = '1000'] = process.argv.slice(2)
const HOUR = 3_600_000

const keyOf = (n: number) => createHash('sha256').update(`session ${n}`).digest('base64url')
const textOf = (n: number) => JSON.stringify({ v: 1, c: Date.now(), d: { ...dataOf(), visits: n % 10 } })

type Fill = (n: number) => Promise<unknown> | unknown

function sojourn(owned: boolean): Fill {
  const store = memoryStore({ maxBytes: 2 ** 32 })
  kept.push(store)
  return (n) => {
    const now = Date.now()
    const ownerId = `user-${String(n).padStart(8, '0')}`
    return store.create(
      keyOf(n),
      { value: textOf(n), version: 1, expiresAt: now + HOUR + n, ...(owned && { ownerId }) },
      now,
    )
  }
}

/** Kept here, or they would be collected with all they hold. */
const kept: unknown[] = []

const KEEPERS: Readonly<Record<string, () => Fill>> = {
  sojourn: () => sojourn(false),
  'sojourn, with an owner': () => sojourn(true),
  'a Map of objects'() {
    const rows = new Map<string, object>()
    kept.push(rows)
    return (n) => rows.set(keyOf(n), { value: textOf(n), version: 1, expiresAt: Date.now() + n })
  },
  'express-session'() {
    const store = new session.MemoryStore()
    kept.push(store)
    const cookie = { originalMaxAge: null, httpOnly: true, path: '/' }
    return (n) => new Promise<void>((resolve) => store.set(keyOf(n), { cookie, ...dataOf() } as never, () => resolve()))
  },
  '@fastify/session'() {
    const { MemoryStore } = fastifySession as unknown as {
      MemoryStore: new (map: Map<string, unknown>) => { set(id: string, session: object, done: () => void): void }
    }
    const store = new MemoryStore(new Map())
    kept.push(store)
    return (n) =>
      new Promise<void>((resolve) => store.set(keyOf(n), { cookie: { path: '/' }, ...dataOf() }, () => resolve()))
  },
}

answer({
  async run() {
    const make = KEEPERS[keeper]
    if (make === undefined || gc === undefined) throw new Error(`There is no keeper "${keeper}", or no gc`)
    const fill = make()
    // The code is compiled, and what it needs once is there.
    const before = settled()
    for (let n = 0; n < Number(count); n++) await fill(n)
    const bytes = (settled() - before) / Number(count)
    const collections: number[] = []
    for (let i = 0; i < 30; i++) {
      const started = performance.now()
      gc()
      collections.push(performance.now() - started)
    }
    return { bytes, collections }
  },
  idle() {
    const collections: number[] = []
    for (let i = 0; i < 30; i++) {
      const started = performance.now()
      gc?.()
      collections.push(performance.now() - started)
    }
    return collections
  },
})

function settled(): number {
  for (let i = 0; i < 4; i++) gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
