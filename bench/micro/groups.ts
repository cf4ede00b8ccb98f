/**
 * The micro rows in groups, each beside its limit.
 *
 * In: rounds. Out: what an operation costs, and its ratio to the limit of the same round. Each side is a process of its own,
 * and does in each turn what takes it about the same time.
 *
 * @module
 */
import { join } from 'node:path'
import { type Cell, type Compared, compareRounds, type Sample, type Start, type Turns } from '../lib/paired.ts'
import { processors } from '../lib/processors.ts'
import { RECORD_BYTES } from '../lib/record.ts'
import { type Side, startSide } from '../lib/side.ts'

export interface MicroGroup {
  readonly id: string
  readonly base: string
  readonly sides: readonly string[]
  /** Of an encoded record. */
  readonly bytes: number
}

const PEERS = ['secure-session', 'cookie-session', 'jose', '@remix-run', 'iron-session', 'h3']

function group(id: string, base: string, sides: readonly string[], bytes = RECORD_BYTES): MicroGroup {
  return { id, base, sides, bytes }
}

const READS = ['sojourn/read-known-prefix', 'sojourn/read-new-prefix', 'sojourn/read-seen']

export const MICRO_GROUPS: readonly MicroGroup[] = [
  group('read', 'limit/read', [
    'limit/read-bound',
    ...READS,
    ...PEERS.map((peer) => `${peer}/read`),
    'better-auth/read',
  ]),
  group('write', 'limit/write', ['limit/write-bound', 'sojourn/write', ...PEERS.map((peer) => `${peer}/write`)]),
  group('read-2000', 'limit/read', READS, 2_000),
  group('write-2000', 'limit/write', ['sojourn/write'], 2_000),
  group('token', 'limit/random-bytes', ['sojourn/token-random', 'sojourn/token-issue', 'sojourn/token-open']),
  group('untouched', 'limit/untouched', ['sojourn/untouched-client-side']),
  group('other', 'limit/random-bytes', [
    'sojourn/cookies-1',
    'sojourn/cookies-20',
    'sojourn/near-hit',
    'sojourn/whole-read-sealed',
    'sojourn/whole-read-memory',
  ]),
]

export function measureMicro(
  { base, sides, bytes }: MicroGroup,
  turns: Turns,
  onProgress: (share: number) => void,
): Promise<Readonly<Record<string, Compared>>> {
  const start: Start = async (running) => {
    const startCell = async (name: string) => {
      const side = await startSide(join(import.meta.dirname, 'side-process.ts'), [name, String(bytes)], {
        processor: processors?.measured,
      })
      running.push(side)
      return cellOf(name, side, turns.millis)
    }
    const first = await startCell(base)
    const others: Cell[] = []
    for (const name of sides) others.push(await startCell(name))
    return { base: first, others }
  }
  return compareRounds(start, turns, onProgress)
}

/** So many operations a turn as fit into it; the first turns, while V8 still compiles, find out how many. */
async function cellOf(id: string, side: Side, millis: number): Promise<Cell> {
  let times = 5
  for (let turn = 0; turn < 8; turn++) {
    const { cpuMicros } = await side.ask<Sample>('run', times)
    times = Math.max(2, Math.round((millis * 1000) / Math.max(cpuMicros, 0.02)))
  }
  return { id, measure: () => side.ask<Sample>('run', times) }
}
