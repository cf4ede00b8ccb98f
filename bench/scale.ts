/**
 * What a million sessions cost that a thousand do not. `npm run bench:scale`.
 *
 * In: `--sessions N` for a smaller run, `--only sqlite` for one backend. Out: `bench/SCALE.md` and `bench/scale.json`; a
 * smaller run prints its page and keeps nothing, as it is no result of the whole. Ends only servers it has started.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SWEEP_AFTER } from '../src/lib/store-rules.ts'
import { describeMachine } from './lib/machine.ts'
import { createProgress, type Progress, type Step } from './lib/progress.ts'
import type { Backend } from './scale/backend.ts'
import { openPostgres } from './scale/postgres.ts'
import { openRedis } from './scale/redis.ts'
import { type BackendResult, pageOf, type Result } from './scale/report.ts'
import { compare } from './scale/rounds.ts'
import { entryOf, keyOf } from './scale/sessions.ts'
import { openSqlite } from './scale/sqlite.ts'
import { sweepUnderRequests } from './scale/sweep.ts'

const WHOLE = 1_000_000
const SMALL = 1_000
const ROUNDS = 40

/** Seconds that it takes to fill in a million, to measure, and to sweep half of that: only for the time left. */
const OPENERS = [
  { name: 'sqlite', open: openSqlite, fill: 60, rounds: 10, sweep: 80 },
  { name: 'postgres', open: openPostgres, fill: 200, rounds: 90, sweep: 20 },
  { name: 'redis', open: openRedis, fill: 150, rounds: 20, sweep: 0 },
]

const { values } = parseArgs({ options: { sessions: { type: 'string' }, only: { type: 'string' } } })
const large = Number(values.sessions ?? WHOLE)
if (!Number.isSafeInteger(large) || large < SMALL) {
  throw new Error(`Cannot measure with ${values.sessions} sessions: give a whole number from ${SMALL} on`)
}
const chosen = OPENERS.filter(({ name }) => values.only === undefined || values.only === name)
const expired = large / 2
process.on('SIGINT', () => process.exit(130))

const progress = createProgress(chosen.flatMap((opener) => stepsOf(opener)))
const backends: BackendResult[] = []
for (const { name, open } of chosen) {
  const backend = await open()
  if (backend === null) continue
  try {
    backends.push(await measure(name, backend, progress))
  } finally {
    await backend.close()
  }
}
progress.end()

const date = new Date().toISOString().slice(0, 10)
const result: Result = { date, machine: describeMachine(), small: SMALL, large, expired, rounds: ROUNDS, backends }
console.log(pageOf(result))
if (large === WHOLE && backends.length === OPENERS.length) {
  writeFileSync(join(import.meta.dirname, 'SCALE.md'), pageOf(result))
  writeFileSync(join(import.meta.dirname, 'scale.json'), `${JSON.stringify(result, null, 2)}\n`)
  console.log('kept in bench/SCALE.md and bench/scale.json')
} else {
  console.log('kept nowhere: only a whole run is a result')
}

async function measure(name: string, backend: Backend, steps: Progress): Promise<BackendResult> {
  const began = Date.now()
  async function fill(size: 'small' | 'large', count: number, from: number, now: number): Promise<void> {
    let done = 0
    await backend.fill(size, count, async (store, n) => {
      if (!(await store.create(keyOf(from + n), entryOf(from + n, now), now))) throw new Error('A key was taken')
      if (++done % 1_000 === 0) steps.at(done / count)
    })
  }

  steps.begin(`${name}: fill`)
  await fill('small', SMALL, 0, began)
  await fill('large', large, 0, began)
  await backend.settle()
  steps.begin(`${name}: rounds`)
  const calls = await compare(backend, { small: SMALL, large }, ROUNDS, (share) => steps.at(share))

  let swept = null
  if (backend.noSweep === undefined) {
    steps.begin(`${name}: fill in what has ended`)
    // Half a day ago, so that the last of them ended long before any sweep leaves alone what has just ended.
    await fill('large', expired, large, began - SWEEP_AFTER - 12 * 3_600_000)
    await backend.settle()
    steps.begin(`${name}: sweep`)
    swept = await sweepUnderRequests(backend, large)
    if (swept?.removed !== expired) throw new Error(`A sweep of ${expired} sessions removed ${swept?.removed}`)
  }
  const { about, goal, atOnce, noSweep = null } = backend
  return { name: backend.name, about, goal, calls, atOnce, swept, noSweep }
}

function stepsOf({ name, fill, rounds, sweep }: (typeof OPENERS)[number]): Step[] {
  const share = large / WHOLE
  return [
    { name: `${name}: fill`, seconds: fill * share },
    { name: `${name}: rounds`, seconds: rounds },
    { name: `${name}: fill in what has ended`, seconds: sweep === 0 ? 0 : (fill / 2) * share },
    { name: `${name}: sweep`, seconds: sweep === 0 ? 0 : 20 + sweep * share },
  ]
}
