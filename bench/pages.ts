/**
 * The files of a result: what was measured, and the pages made of it.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartOf } from './chart.ts'
import { pageOf } from './report.ts'
import type { Results } from './results.ts'

export function pagesOf(results: Results): { page: string; chart: string } {
  return { page: pageOf(results), chart: chartOf(results.figures) }
}

export function keep(results: Results): void {
  // Five digits are more than any figure here is worth.
  const json = JSON.stringify(
    results,
    (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value),
    1,
  )
  const { page, chart } = pagesOf(JSON.parse(json))
  for (const [name, text] of [
    ['results.json', `${json}\n`],
    ['RESULTS.md', page],
    ['RESULTS.svg', chart],
  ] as const) {
    writeFileSync(join(import.meta.dirname, name), text)
  }
}
