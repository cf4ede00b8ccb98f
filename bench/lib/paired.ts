/**
 * Comparisons within one run: all sides take turns, round after round.
 *
 * In: cells, each of which can be measured once, and which of them is the base. Out: what each took, and its ratio to the
 * base of the same round. The base is measured first and in the middle of a round, and the others in an order drawn anew: what the
 * machine does to one it does to all. It never follows itself, which would spare it what every other side pays for being waked: Express
 * was 4 percent faster so. And all are started anew several times: a process is faster or slower than another of the same program for as
 * long as it lives (the limit against itself: from 0.83 to 1.18), which no number of rounds takes out. Must not know what a cell does.
 *
 * @module
 */
import { type Spread, spreadOf } from './stats.ts'

/** One measurement. */
export interface Sample {
  /** Microseconds of processor time of an operation, of the whole process. */
  readonly cpuMicros: number
  readonly perSecond: number
  /** Milliseconds within which half, and 99 of 100, were answered. */
  readonly p50?: number
  readonly p99?: number
}

export interface Cell {
  readonly id: string
  measure(): Promise<Sample>
}

export interface Compared {
  readonly cpuMicros: Spread
  readonly perSecond: Spread
  readonly p50: Spread | null
  readonly p99: Spread | null
  /** Processor time by that of the base in the same round. */
  readonly cpuRatio: Spread
  /** Microseconds of processor time above the base in the same round. */
  readonly cpuAdded: Spread
  /** Throughput by that of the base in the same round, 0 to 1. */
  readonly kept: Spread
  /** The same by that of a second base, where there is one. */
  readonly keptOfSecond: Spread | null
}

/** Rounds that come first and do not count: the engine compiles what it runs often. */
export const WARM_UP = 8

/** A sample, and those of the bases in its round. */
interface Pair {
  readonly sample: Sample
  readonly base: Sample
  readonly second: Sample | null
}

export interface Sides {
  readonly base: Cell
  readonly others: readonly Cell[]
  /** The id of the one among `others` that all are compared with besides. */
  readonly second?: string | undefined
}

/** How much is measured. */
export interface Turns {
  /** In all, shared out among the starts. */
  readonly rounds: number
  readonly starts: number
  /** Of one turn of one side. */
  readonly millis: number
}

/** What runs until a comparison is done with it. */
interface Running {
  end(): void
}

/** Starts the sides anew; `running` is told of each process at once, so that none outlives a start that fails. */
export type Start = (running: Running[]) => Promise<Sides>

/** Measures the base and the others. */
export async function compareRounds(
  start: Start,
  { rounds, starts }: Turns,
  onRound: (share: number) => void,
): Promise<Readonly<Record<string, Compared>>> {
  const samples = new Map<string, Pair[]>()
  const each = Math.ceil(rounds / starts)
  for (let started = 0; started < starts; started++) {
    const running: Running[] = []
    try {
      const sides = await start(running)
      for (let round = -WARM_UP; round < each; round++) {
        const measured = await measureRound(sides)
        for (const [id, pair] of round < 0 ? [] : measured) samples.set(id, [...(samples.get(id) ?? []), pair])
        onRound((started + (round + WARM_UP + 1) / (each + WARM_UP)) / starts)
      }
    } finally {
      for (const side of running) side.end()
    }
  }
  return Object.fromEntries([...samples].map(([id, pairs]) => [id, comparedOf(pairs)]))
}

async function measureRound({ base, others, second }: Sides): Promise<ReadonlyMap<string, Pair>> {
  const measured = new Map<string, Sample>()
  const order = shuffled(others)
  const half = order.length >> 1
  let paired = await base.measure()
  for (const [place, cell] of order.entries()) {
    if (place === half && half > 0) paired = meanOf(paired, await base.measure())
    measured.set(cell.id, await cell.measure())
  }
  measured.set(base.id, paired)
  const other = (second !== undefined && measured.get(second)) || null
  return new Map([...measured].map(([id, sample]) => [id, { sample, base: paired, second: other }]))
}

function comparedOf(pairs: readonly Pair[]): Compared {
  const over = (value: (pair: Pair) => number) => spreadOf(pairs.map(value))
  const late = (field: 'p50' | 'p99') =>
    pairs.some(({ sample }) => sample[field] === undefined) ? null : over(({ sample }) => sample[field] ?? Number.NaN)
  return {
    cpuMicros: over(({ sample }) => sample.cpuMicros),
    perSecond: over(({ sample }) => sample.perSecond),
    p50: late('p50'),
    p99: late('p99'),
    cpuRatio: over(({ sample, base }) => sample.cpuMicros / base.cpuMicros),
    cpuAdded: over(({ sample, base }) => sample.cpuMicros - base.cpuMicros),
    kept: over(({ sample, base }) => sample.perSecond / base.perSecond),
    keptOfSecond: pairs.some(({ second }) => second === null)
      ? null
      : over(({ sample, second }) => sample.perSecond / (second?.perSecond ?? Number.NaN)),
  }
}

function meanOf(one: Sample, other: Sample): Sample {
  const mean = (field: keyof Sample) => {
    const [a, b] = [one[field], other[field]]
    return a === undefined || b === undefined ? undefined : (a + b) / 2
  }
  return {
    cpuMicros: mean('cpuMicros') ?? Number.NaN,
    perSecond: mean('perSecond') ?? Number.NaN,
    p50: mean('p50'),
    p99: mean('p99'),
  }
}

function shuffled<Thing>(things: readonly Thing[]): Thing[] {
  return things
    .map((thing) => ({ thing, by: Math.random() }))
    .sort((one, other) => one.by - other.by)
    .map(({ thing }) => thing)
}
