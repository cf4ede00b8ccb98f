/**
 * Comparisons within one run: all sides take turns, round after round.
 *
 * In: cells, each of which can be measured once, and which of them is the base. Out: what each took, and its ratio to the base just
 * before and just after it. In a round the others come in an order drawn anew, and the base before, between and after them: a machine is
 * half as fast for some tenths of a second or some seconds and then is not, and neighbours in time share that. No process follows itself,
 * for it would not pay for being waked: Express was 4 percent faster so. And all are started anew several times: a process is faster or
 * slower than another of the same program for as long as it lives (the limit against itself: from 0.83 to 1.18), which no number of rounds
 * takes out. Must not know what a cell does.
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
  /** Processor time by that of the base. */
  readonly cpuRatio: Spread
  /** Microseconds of processor time above the base. */
  readonly cpuAdded: Spread
  /** Throughput by that of the base, 0 to 1. */
  readonly kept: Spread
  /** The same by that of a second base, where there is one. */
  readonly keptOfSecond: Spread | null
}

/** A sample, and the mean of what the base took right before and right after it. */
interface Pair {
  readonly sample: Sample
  readonly base: Sample
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
  /**
   * How long each side works before anything counts, in milliseconds. An engine compiles what it runs often, takes some of it back and
   * compiles it again; that is processor time of the side, and none of what an operation costs from then on.
   */
  readonly settle: number
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
  { rounds, starts, millis, settle }: Turns,
  onProgress: (share: number) => void,
): Promise<Readonly<Record<string, Compared>>> {
  const samples = new Map<string, Pair[]>()
  let second: string | undefined
  const each = Math.ceil(rounds / starts)
  for (let started = 0; started < starts; started++) {
    const running: Running[] = []
    try {
      const sides = await start(running)
      second = sides.second
      const cells = [sides.base, ...sides.others]
      const ofRound = 2 * sides.others.length * millis
      const ofAll = cells.length * settle + each * ofRound
      let worked = 0
      const onWork = (by: number) => {
        worked += by
        onProgress((started + Math.min(1, worked / ofAll)) / starts)
      }
      for (const cell of cells) {
        for (let settled = 0; settled < settle; settled += millis) await cell.measure()
        onWork(settle)
      }
      let before = await sides.base.measure()
      for (let round = 0; round < each; round++) {
        const measured = await measureRound(sides, before)
        for (const [id, pair] of measured.pairs) samples.set(id, [...(samples.get(id) ?? []), pair])
        before = measured.last
        onWork(ofRound)
      }
    } finally {
      for (const side of running) side.end()
    }
  }
  const seconds = (second !== undefined && samples.get(second)) || null
  return Object.fromEntries([...samples].map(([id, pairs]) => [id, comparedOf(pairs, seconds)]))
}

/** `last`: what the base took at the end, which is what it took before the next round: it has had its turn. */
async function measureRound({ base, others }: Sides, first: Sample) {
  const pairs = new Map<string, Pair>()
  const bases: Sample[] = []
  let before = first
  for (const cell of shuffled(others)) {
    const sample = await cell.measure()
    const after = await base.measure()
    pairs.set(cell.id, { sample, base: meanOf([before, after]) })
    bases.push(after)
    before = after
  }
  const whole = meanOf(bases)
  return { pairs: pairs.set(base.id, { sample: whole, base: whole }), last: before }
}

function comparedOf(pairs: readonly Pair[], seconds: readonly Pair[] | null): Compared {
  const over = (value: (pair: Pair, round: number) => number) => spreadOf(pairs.map(value))
  const late = (field: 'p50' | 'p99') =>
    pairs.some(({ sample }) => sample[field] === undefined) ? null : over(({ sample }) => sample[field] ?? Number.NaN)
  return {
    cpuMicros: over(({ sample }) => sample.cpuMicros),
    perSecond: over(({ sample }) => sample.perSecond),
    p50: late('p50'),
    p99: late('p99'),
    cpuRatio: over(({ sample, base }) => sample.cpuMicros / base.cpuMicros),
    cpuAdded: over(({ sample, base }) => sample.cpuMicros - base.cpuMicros),
    kept: over(keptOf),
    // Each by its own neighbours first: the two may be far apart in their round.
    keptOfSecond: seconds && over((pair, round) => keptOf(pair) / keptOf(seconds[round] as Pair)),
  }
}

function keptOf({ sample, base }: Pair): number {
  return sample.perSecond / base.perSecond
}

function meanOf(samples: readonly Sample[]): Sample {
  const mean = (field: keyof Sample) =>
    samples.reduce((sum, sample) => sum + (sample[field] ?? Number.NaN), 0) / samples.length
  const [p50, p99] = [mean('p50'), mean('p99')]
  return {
    cpuMicros: mean('cpuMicros'),
    perSecond: mean('perSecond'),
    ...(!Number.isNaN(p50) && { p50 }),
    ...(!Number.isNaN(p99) && { p99 }),
  }
}

function shuffled<Thing>(things: readonly Thing[]): Thing[] {
  return things
    .map((thing) => ({ thing, by: Math.random() }))
    .sort((one, other) => one.by - other.by)
    .map(({ thing }) => thing)
}
