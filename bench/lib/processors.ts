/**
 * Which processor of the machine does what.
 *
 * In: what this process may use. Out: one processor for all that is measured, and one for what sends it work. On a shared machine each
 * is now and then half as fast as the other, for as long as a neighbour uses the rest of its core: two sides of a ratio must not be on two.
 * Must not know what runs.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'

export interface Processors {
  readonly measured: number
  readonly others: number
}

/** `null` where there is only one, or no `taskset` (util-linux) to choose one with. */
export const processors: Processors | null = find()

function find(): Processors | null {
  try {
    const told = execFileSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8', stdio: 'pipe' })
    const allowed = (told.split(':').pop() ?? '').split(',').flatMap(numbersOf)
    const [first, last] = [allowed[0], allowed.at(-1)]
    return first === undefined || last === undefined || first === last ? null : { measured: last, others: first }
  } catch {
    return null
  }
}

/** `0-3` and `7` as they are in a list of processors. */
function numbersOf(range: string): number[] {
  const [from = Number.NaN, to = from] = range.split('-').map(Number)
  return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, n) => from + n)
}
