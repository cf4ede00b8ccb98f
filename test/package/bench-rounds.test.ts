import { expect, test } from 'vitest'
import { type Cell, compareRounds, type Sample } from '../../bench/lib/paired.ts'

/** Cells that write down their turns, and take what they are told. */
function cellsOf(turns: string[], micros: (id: string, turn: number) => number) {
  const counts = new Map<string, number>()
  return (id: string): Cell => ({
    id,
    async measure(): Promise<Sample> {
      turns.push(id)
      const turn = counts.get(id) ?? 0
      counts.set(id, turn + 1)
      const cpuMicros = micros(id, turn)
      return { cpuMicros, perSecond: 1e6 / cpuMicros }
    },
  })
}

const once = { rounds: 9, starts: 1, millis: 10, settle: 0 }

test('the base has a turn before and after every other side, and nobody follows itself', async () => {
  const turns: string[] = []
  const cell = cellsOf(turns, () => 1)
  const start = async () => ({ base: cell('base'), others: ['one', 'other', 'third'].map(cell) })
  await compareRounds(start, once, () => undefined)
  expect(turns).toHaveLength(1 + 9 * 6)
  expect(turns.filter((_, at) => at % 2 === 0)).toEqual(new Array(28).fill('base'))
  expect(turns.filter((_, at) => at % 2 === 1)).not.toContain('base')
})

test('a machine that gets slower all the while changes no ratio', async () => {
  const turns: string[] = []
  // Every turn, whoever has it, costs more than the one before; the side costs twice what the base does.
  const cell = cellsOf(turns, (id) => (100 + turns.length) * (id === 'base' ? 1 : 2))
  const start = async () => ({ base: cell('base'), others: [cell('side'), cell('same as the side')] })
  const { side } = await compareRounds(start, once, () => undefined)
  for (const ratio of [side?.cpuRatio.median, ...(side?.cpuRatio.quartiles ?? [])]) expect(ratio).toBeCloseTo(2, 10)
  expect(side?.kept.median).toBeCloseTo(0.5, 3)
})

test('what is kept of a second base is told by the neighbours of each, however far apart the two had their turns', async () => {
  const turns: string[] = []
  const costs: Readonly<Record<string, number>> = { base: 4, second: 2, side: 8 }
  const cell = cellsOf(turns, (id) => (100 + 10 * turns.length) * (costs[id] ?? 0))
  const start = async () => ({ base: cell('base'), others: [cell('second'), cell('side')], second: 'second' })
  const { side } = await compareRounds(start, once, () => undefined)
  for (const kept of side?.keptOfSecond?.quartiles ?? [0]) expect(kept).toBeCloseTo(0.25, 2)
})

test('what a side takes while it settles does not count, and every start settles anew', async () => {
  const turns: string[] = []
  const ended: number[] = []
  const shares: number[] = []
  let starts = 0
  const measured = await compareRounds(
    async (running) => {
      const number = starts++
      running.push({ end: () => ended.push(number) })
      const cell = cellsOf(turns, (_, turn) => (turn < 5 ? 1000 : 1))
      return { base: cell('base'), others: [cell('side')] }
    },
    { rounds: 6, starts: 2, millis: 10, settle: 50 },
    (share) => shares.push(share),
  )
  expect(measured.side?.cpuMicros).toMatchObject({ median: 1, quartiles: [1, 1] })
  expect(turns).toHaveLength(2 * (5 + 5 + 1 + 3 * 2))
  expect(ended).toEqual([0, 1])
  expect(shares).toEqual([...shares].sort((one, other) => one - other))
  expect(shares.at(-1)).toBe(1)
})

test('a start that fails ends what it had started', async () => {
  const ended: string[] = []
  const failing = compareRounds(
    async (running) => {
      running.push({ end: () => ended.push('side') })
      throw new Error('no second side')
    },
    once,
    () => undefined,
  )
  await expect(failing).rejects.toThrow('no second side')
  expect(ended).toEqual(['side'])
})
