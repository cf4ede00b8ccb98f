// Prints at the end of a run which law was proven where: a line for each mode or store behind an adapter, a column for
// each law, and what was left out with the reason. The tests record it in their meta data (test/support/laws.ts).

import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { LawMeta } from '../test/support/laws.ts'

/** `out`: left out, for a reason that is told below the table. */
type Verdict = 'ok' | 'FAIL' | 'out'

/** What came of each law in one cell. */
type Row = Map<number, Verdict>

// vitest asks for a default export of a file it is to use as a reporter.
// biome-ignore lint/style/noDefaultExport: see above
export default class LawReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].flatMap(lawCaseOf))
    if (tests.length === 0) return
    const text = report(tests)
    console.log(text)
    // The long fault run keeps the table with its result.
    const file = process.env.SOJOURN_LAW_TABLE
    if (file !== undefined) writeFileSync(file, text)
  }
}

interface LawCase {
  readonly meta: LawMeta
  readonly failed: boolean
}

function lawCaseOf(test: TestCase): LawCase[] {
  const { law } = test.meta()
  return law === undefined ? [] : [{ meta: law, failed: test.result().state === 'failed' }]
}

function report(tests: readonly LawCase[]): string {
  const names = new Map<number, string>()
  const rows = new Map<string, Row>()
  const reasons = new Map<string, Set<string>>()
  for (const { meta, failed } of tests) {
    const { law, name, cell, leftOut } = meta
    names.set(law, name)
    const place = placeOf(cell)
    if (leftOut !== undefined)
      note(reasons, `law ${law}: ${leftOut}${failed ? ' (FAIL: this line is out of date)' : ''}`, place)
    const row = rows.get(place) ?? new Map()
    rows.set(place, row)
    const verdict: Verdict = failed ? 'FAIL' : leftOut === undefined ? 'ok' : 'out'
    row.set(law, worse(row.get(law), verdict))
  }
  const laws = [...names].sort(([a], [b]) => a - b)
  const numbers = laws.map(([law]) => law)
  return [
    ...['', 'Laws', ...laws.map(([law, name]) => `${String(law).padStart(4)} ${name}`)],
    ...['', ...table([...rows].sort(byPlace), numbers)],
    ...['', 'Left out:', ...[...reasons].sort().map(lineOf), ''],
  ].join('\n')
}

function placeOf({ adapter, backend }: LawMeta['cell']): string {
  return `${adapter}, ${backend}`
}

function byPlace([one]: [string, Row], [other]: [string, Row]): number {
  return one < other ? -1 : 1
}

/** One failure counts for the whole cell; what was proven counts more than what was left out beside it. */
function worse(before: Verdict | undefined, now: Verdict): Verdict {
  if (before === 'FAIL' || now === 'FAIL') return 'FAIL'
  return before === 'ok' || now === 'ok' ? 'ok' : 'out'
}

function note(reasons: Map<string, Set<string>>, reason: string, place: string): void {
  const places = reasons.get(reason) ?? new Set()
  places.add(place)
  reasons.set(reason, places)
}

function lineOf([reason, places]: [string, Set<string>]): string {
  return `  ${reason}: ${[...places].sort().join('; ')}`
}

const WIDTH = 'FAIL'.length + 2

function table(rows: readonly [string, Row][], laws: readonly number[]): string[] {
  const first = Math.max(0, ...rows.map(([place]) => place.length))
  const line = (head: string, cells: readonly unknown[]) =>
    (head.padEnd(first) + cells.map((cell) => String(cell).padStart(WIDTH)).join('')).trimEnd()
  return [
    line('', laws),
    ...rows.map(([place, verdicts]) =>
      line(
        place,
        laws.map((law) => verdicts.get(law) ?? '-'),
      ),
    ),
  ]
}
