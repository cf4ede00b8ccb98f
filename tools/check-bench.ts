// Why: a budget that nobody measures is no budget. Every one has a figure in bench/results.json, the page and its picture are
// what that file says, and a session adds at most twice what the budgets allow, measured here and now without peers or servers.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUDGETS, isReached } from '../bench/budgets.ts'
import { main as shortRun } from '../bench/ci.ts'
import { pagesOf } from '../bench/pages.ts'
import type { Results } from '../bench/results.ts'

const BENCH = join(import.meta.dirname, '../bench')
const LEAST_ROUNDS = 30

const read = (name: string) => readFileSync(join(BENCH, name), 'utf8')

function* problems(results: Results): Generator<string> {
  if (results.rounds < LEAST_ROUNDS)
    yield `results.json is of ${results.rounds} rounds: at least ${LEAST_ROUNDS} are needed`
  for (const budget of BUDGETS) {
    const figure = results.figures.find(({ id }) => id === budget.id)
    if (figure === undefined) yield `results.json has no figure for ${budget.id}`
    else if (figure.reached !== isReached(budget, Number(figure.measured.toPrecision(3)))) {
      yield `results.json says of ${budget.id} what the budget does not`
    }
  }
  for (const { id } of results.figures) {
    if (!BUDGETS.some((budget) => budget.id === id)) yield `results.json has a figure for ${id}, which is no budget`
  }
  const { page, chart } = pagesOf(results)
  if (page !== read('RESULTS.md') || chart !== read('RESULTS.svg')) {
    yield 'RESULTS.md or RESULTS.svg is not what results.json says. Run: npm run bench -- --pages'
  }
}

const found = [...problems(JSON.parse(read('results.json')))]
for (const problem of found) console.error(problem)
if (found.length > 0) process.exitCode = 1
await shortRun()
process.exit()
