/**
 * The short form for CI: what a session adds to a request, in processor time, without peers and servers. `npm run bench -- --ci`.
 *
 * Out: a line for each budget of kept throughput that needs no server, and an exit code that is red only where a request takes more
 * than twice what the budget lets the session add; where the committed run took more than that, twice what it measured. Ratios inside
 * one run, so a slow or busy machine is slow for both sides.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allowedMicros, BUDGETS } from './budgets.ts'
import { GROUPS, idOf, measureGroup, type Route } from './http/groups.ts'
import { short } from './lib/stats.ts'
import type { Results } from './results.ts'

const ROUTES: Readonly<Record<string, Route>> = {
  'express-sealed-read-warm': { app: 'express/sojourn-sealed', path: '/read', state: 'warm' },
  'express-sealed-write-warm': { app: 'express/sojourn-sealed', path: '/write', state: 'warm' },
  'express-memory-read': { app: 'express/sojourn-memory', path: '/read', state: 'warm' },
  'express-memory-write': { app: 'express/sojourn-memory', path: '/write', state: 'warm' },
  'node-sealed-read-warm': { app: 'node/sojourn-sealed', path: '/read', state: 'warm' },
  'node-memory-read': { app: 'node/sojourn-memory', path: '/read', state: 'warm' },
}
const TOLERANCE = 2
const ROUNDS = 7
const MILLIS = 200
/** Milliseconds, too. */
const SETTLE = 3000

export async function main(): Promise<void> {
  const failed: string[] = []
  const { figures } = JSON.parse(readFileSync(join(import.meta.dirname, 'results.json'), 'utf8')) as Results
  for (const group of GROUPS.filter(({ id }) => id === 'express-alone' || id === 'node')) {
    const own = Object.entries(ROUTES).filter(([, { app }]) => app.startsWith(group.base.split('/')[0] ?? ''))
    const place = { recordBytes: 300, redis: null, postgres: null, folder: '' }
    // The faster base, where there are two: what Express gains must not hide what a session costs.
    const { base, second, ...rest } = group
    const measured = await measureGroup(
      { ...rest, base: second ?? base, routes: own.map(([, route]) => route) },
      place,
      { rounds: ROUNDS, starts: 1, millis: MILLIS, settle: SETTLE },
      () => undefined,
    )
    for (const [id, route] of own) {
      const budget = BUDGETS.find((found) => found.id === id)
      const row = measured[idOf(route)]
      if (budget === undefined || row === undefined) throw new Error(`Nothing was measured for ${id}`)
      // The smallest quarter: a machine that does other things can only make it slower.
      const [ratio] = row.cpuRatio.quartiles
      const allowed = allowedMicros(budget.goal, 1)
      const used = (ratio - 1) / allowed
      // Where the committed run took more, of this base, and says so, it must at least not get worse.
      const figure = figures.find((found) => found.id === id)
      const kept = figure?.bySecond ?? figure?.measured ?? budget.goal
      const most = TOLERANCE * Math.max(1, allowedMicros(kept, 1) / allowed)
      console.log(
        `${id}: ${short(row.cpuAdded.median)} µs a request, ${short(used)} of what the budget allows, at most ${short(most)} here`,
      )
      if (used > most) failed.push(id)
    }
  }
  if (failed.length === 0) return
  console.error(
    `A session takes more than ${TOLERANCE} times what the budget allows, or of what RESULTS.md says: ${failed.join(', ')}`,
  )
  process.exitCode = 1
}
