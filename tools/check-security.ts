// A table of known holes is worth what its tests are: every row of docs/security names tests that exist, a setting, or a
// reason why it does not apply, and no row has been lost.

import { existsSync, readFileSync } from 'node:fs'
import { report } from './lib/report.ts'
import { answerProblems, rowsOf } from './lib/security-table.ts'
import { titlesOf } from './lib/test-titles.ts'

const DOCUMENTS = ['docs/security/cves.md', 'docs/security/asvs.md']

const titles = new Map<string, Set<string> | null>()
const problems: string[] = []
let looked = 0

for (const path of DOCUMENTS) {
  const { rows, frozen } = rowsOf(readFileSync(path, 'utf8'))
  looked += rows.length
  const ids = rows.map(({ id }) => id)
  for (const id of frozen) if (!ids.includes(id)) problems.push(`${path}: the row "${id}" is missing`)
  for (const [at, id] of ids.entries()) {
    if (!frozen.includes(id)) problems.push(`${path}: the row "${id}" is not in the list at the end of the document`)
    if (ids.indexOf(id) !== at) problems.push(`${path}: the row "${id}" is there twice`)
  }
  for (const { id, line, answer } of rows) {
    for (const problem of answerProblems(answer, titlesIn, existsSync))
      problems.push(`${path}:${line}: ${id}: ${problem}`)
  }
}
report('check-security', `${looked} rows of ${DOCUMENTS.length} documents`, problems)

/** `null`: there is no such file. */
function titlesIn(file: string): Set<string> | null {
  let found = titles.get(file)
  if (found === undefined) {
    found = existsSync(file) ? titlesOf(readFileSync(file, 'utf8')) : null
    titles.set(file, found)
  }
  return found
}
