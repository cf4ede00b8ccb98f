// Prints at the end of a run which law was proven where: law by law, mode or store by adapter, and what was left out
// with the reason. The tests record it in their meta data (test/support/laws.ts).

import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { LawMeta } from '../test/support/laws.ts'

type Verdict = 'ok' | 'FAIL' | 'left out'

interface Row {
  readonly name: string
  readonly verdicts: Map<string, Verdict>
}

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
  const columns = new Set<string>()
  const rows = new Map<number, Row>()
  const reasons = new Map<string, Set<string>>()
  for (const { meta, failed } of tests) {
    const { law, name, cell, leftOut } = meta
    const row = rows.get(law) ?? { name, verdicts: new Map() }
    rows.set(law, row)
    const column = `${cell.adapter}\n${cell.backend}`
    if (leftOut !== undefined)
      note(reasons, `law ${law}: ${leftOut}${failed ? ' (FAIL: this line is out of date)' : ''}`, column)
    columns.add(column)
    const verdict: Verdict = failed ? 'FAIL' : leftOut === undefined ? 'ok' : 'left out'
    row.verdicts.set(column, worse(row.verdicts.get(column), verdict))
  }
  const sorted = [...rows].sort(([a], [b]) => a - b)
  return ['', ...table(sorted, [...columns]), '', 'Left out:', ...[...reasons].sort().map(lineOf), ''].join('\n')
}

/** One failure counts for the whole cell; what was proven counts more than what was left out beside it. */
function worse(before: Verdict | undefined, now: Verdict): Verdict {
  if (before === 'FAIL' || now === 'FAIL') return 'FAIL'
  return before === 'ok' || now === 'ok' ? 'ok' : 'left out'
}

function note(reasons: Map<string, Set<string>>, reason: string, column: string): void {
  const places = reasons.get(reason) ?? new Set()
  places.add(column.replace('\n', ', '))
  reasons.set(reason, places)
}

function lineOf([reason, places]: [string, Set<string>]): string {
  return `  ${reason}: ${[...places].join('; ')}`
}

function table(rows: readonly [number, Row][], columns: readonly string[]): string[] {
  const names = rows.map(([law, { name }]) => `${String(law).padStart(2)} ${name}`)
  const first = Math.max(...names.map((name) => name.length))
  const heads = columns.map((column) => column.split('\n'))
  const widths = heads.map((lines) => Math.max(...lines.map((line) => line.length), 'left out'.length))
  const line = (head: string, cells: readonly string[]) =>
    [head.padEnd(first), ...cells.map((cell, n) => cell.padEnd(widths[n] ?? 0))].join('  ').trimEnd()
  return [
    line(
      'Laws',
      heads.map(([adapter = '']) => adapter),
    ),
    line(
      '',
      heads.map(([, backend = '']) => backend),
    ),
    ...rows.map(([, { verdicts }], n) =>
      line(
        names[n] ?? '',
        columns.map((column) => verdicts.get(column) ?? '-'),
      ),
    ),
  ]
}
