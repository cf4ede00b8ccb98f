/**
 * Finds and replaces on the small and the large store, in turns, round after round.
 *
 * In: a backend with its sessions. Out: for each kind of call the ratio large / small within one round, and what each took.
 * Everything a busy machine does to one of the two it does to the other a moment later; that is why only ratios are judged.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { type Spread, spreadOf } from '../lib/stats.ts'
import { type Backend, inParallel, SIZES, type Size } from './backend.ts'
import { keyOf, nextEntry, VALUE_LENGTH } from './sessions.ts'

export type Call = 'find' | 'replace'
export const CALLS: readonly Call[] = ['find', 'replace']

const WARM_UP = 3

/** Of one kind of call. */
export interface Compared {
  /** Time of a call in the large store by that in the small one, one call after the other. */
  readonly ratio: Spread
  /** The same of the processor time, of this process and of the server's. */
  readonly cpuRatio: Spread
  readonly sizes: Readonly<Record<Size, Measured>>
}

interface Measured {
  /** Microseconds of a call, one after the other. */
  readonly micros: Spread
  /** Microseconds of processor time of a call, here and in the server. */
  readonly cpuMicros: Spread
  /** Calls a second, as many at once as the backend says. */
  readonly perSecond: Spread
}

interface Round {
  readonly micros: number
  readonly cpuMicros: number
  readonly perSecond: number
}

export async function compare(
  backend: Backend,
  counts: Readonly<Record<Size, number>>,
  rounds: number,
  onRound: (share: number) => void,
): Promise<Readonly<Record<Call, Compared>>> {
  const versions = { small: new Uint32Array(counts.small).fill(1), large: new Uint32Array(counts.large).fill(1) }
  const measured = { find: { small: [], large: [] }, replace: { small: [], large: [] } } as Record<
    Call,
    Record<Size, Round[]>
  >

  async function once(call: Call, size: Size): Promise<Round> {
    const alone = await timed(call, size, 1)
    if (backend.atOnce === 1) return { ...alone, perSecond: 1e6 / alone.micros }
    const { micros } = await timed(call, size, backend.atOnce)
    return { ...alone, perSecond: 1e6 / micros }
  }

  async function timed(call: Call, size: Size, atOnce: number) {
    const chosen = choose(Math.min(backend.calls, counts[size]), counts[size]).map((n) => ({ n, key: keyOf(n) }))
    const store = backend.stores[size]
    const now = Date.now()
    const one: Record<Call, (n: number, key: string) => Promise<void>> = {
      async find(_, key) {
        if ((await store.find(key))?.value.length !== VALUE_LENGTH) throw new Error('A session is not there')
      },
      async replace(n, key) {
        const version = versions[size][n] ?? 0
        const answer = await store.replace(key, nextEntry(n, version + 1, now), version, now)
        if (answer !== 'done') throw new Error(`A session could not be written: ${answer}`)
        versions[size][n] = version + 1
      },
    }
    const servers = await backend.serverProcesses(size)
    const cpuBefore = cpuMicrosOf(servers)
    const started = performance.now()
    await inParallel(chosen.length, atOnce, async (i) => {
      const { n = 0, key = '' } = chosen[i] ?? {}
      await one[call](n, key)
    })
    const micros = ((performance.now() - started) * 1000) / chosen.length
    return { micros, cpuMicros: (cpuMicrosOf(servers) - cpuBefore) / chosen.length }
  }

  for (let round = -WARM_UP; round < rounds; round++) {
    for (const call of CALLS) {
      // Who goes first changes with every round.
      for (const size of round % 2 === 0 ? SIZES : SIZES.toReversed()) {
        const result = await once(call, size)
        if (round >= 0) measured[call][size].push(result)
      }
    }
    onRound((round + WARM_UP + 1) / (rounds + WARM_UP))
  }
  return { find: comparedOf(measured.find), replace: comparedOf(measured.replace) }
}

function comparedOf(rounds: Readonly<Record<Size, readonly Round[]>>): Compared {
  const ratios = (field: keyof Round) =>
    spreadOf(rounds.large.map((round, i) => round[field] / (rounds.small[i]?.[field] ?? Number.NaN)))
  const measured = (size: Size): Measured => ({
    micros: spreadOf(rounds[size].map(({ micros }) => micros)),
    cpuMicros: spreadOf(rounds[size].map(({ cpuMicros }) => cpuMicros)),
    perSecond: spreadOf(rounds[size].map(({ perSecond }) => perSecond)),
  })
  return {
    ratio: ratios('micros'),
    cpuRatio: ratios('cpuMicros'),
    sizes: { small: measured('small'), large: measured('large') },
  }
}

/** Different numbers below `below`, any of them as likely as any other. */
function choose(count: number, below: number): number[] {
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(Math.floor(Math.random() * below))
  return [...chosen]
}

/** Of this process and of these; of others only where Linux says it. */
function cpuMicrosOf(others: readonly number[]): number {
  const { user, system } = process.cpuUsage()
  return others.reduce((sum, pid) => sum + nanosOf(pid) / 1000, user + system)
}

function nanosOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return 0
  }
}
