/**
 * Requests that come every few milliseconds, whatever happens, and how long each was held up.
 *
 * In: a store and sessions that live in it. Out: for each request the time from when it was due until it was done; so it
 * counts that nobody could begin it, too. A request is a read and a write, as one that changes its session.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import type { Store } from '../../src/store/store.ts'
import { keyOf, nextEntry } from './sessions.ts'

/** Milliseconds from one request to the next. */
const EVERY = 5

export interface Held {
  /** Milliseconds; `most`: one request in a thousand was held up longer. */
  readonly longest: number
  readonly most: number
  readonly median: number
  /** The most processor time this process spent from when a request was due until it was done: free of other work. */
  readonly longestCpu: number
  readonly requests: number
  /** Requests that the store failed. */
  readonly failed: number
}

/** Which sessions a probe uses: two probes must not share one. */
export interface Sessions {
  readonly from: number
  readonly count: number
}

export async function probe(store: Store, sessions: Sessions, isOver: () => boolean): Promise<Held> {
  const waits: number[] = []
  let failed = 0
  let longestCpu = 0
  for (let due = performance.now() + EVERY; !isOver(); due += EVERY) {
    const early = due - performance.now()
    const cpuBefore = process.cpuUsage()
    // It would come up to a millisecond early.
    if (early > 0) await setTimeout(Math.ceil(early))
    const n = sessions.from + Math.floor(Math.random() * sessions.count)
    await request(store, n).catch(() => {
      failed++
    })
    waits.push(performance.now() - due)
    const { user, system } = process.cpuUsage(cpuBefore)
    longestCpu = Math.max(longestCpu, (user + system) / 1000)
  }
  waits.sort((one, other) => one - other)
  return {
    longest: waits.at(-1) ?? 0,
    most: waits[Math.floor(waits.length * 0.999)] ?? 0,
    median: waits[Math.floor(waits.length / 2)] ?? 0,
    longestCpu,
    requests: waits.length,
    failed,
  }
}

async function request(store: Store, n: number): Promise<void> {
  const key = keyOf(n)
  const now = Date.now()
  const entry = await store.find(key)
  if (entry === null) throw new Error('A live session was swept')
  const answer = await store.replace(key, nextEntry(n, entry.version + 1, now), entry.version, now)
  if (answer !== 'done') throw new Error(`A session could not be written: ${answer}`)
}
