// An error code is a promise: each one has its help in docs/errors.md, with its status, and is really thrown somewhere.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_STATUS } from '../src/errors.ts'
import { report } from './lib/report.ts'
import { sourceFiles } from './lib/sources.ts'

const codes = Object.entries(ERROR_STATUS)
const sections = readFileSync('docs/errors.md', 'utf8').split(/^### /m).slice(1)
const documented = new Map(sections.map((section) => [section.split('\n', 1)[0] ?? '', section]))
const code = sourceFiles('src')
  .filter((file) => file !== 'errors.ts')
  .map((file) => readFileSync(join('src', file), 'utf8'))
  .join('\n')

const problems: string[] = []
if (documented.size < sections.length) problems.push('docs/errors.md has a heading twice')
for (const heading of documented.keys()) {
  if (!(heading in ERROR_STATUS)) problems.push(`docs/errors.md: "${heading}" is no code of src/errors.ts`)
}
for (const [name, status] of codes) {
  const section = documented.get(name)
  if (section === undefined) problems.push(`docs/errors.md has no heading "### ${name}"`)
  else if (!section.includes(`Answers ${status}.`))
    problems.push(`docs/errors.md: "${name}" must say "Answers ${status}."`)
  if (!code.includes(`'${name}'`)) problems.push(`src/errors.ts: nothing throws ${name}`)
}
report('check-errors', `${codes.length} codes and ${documented.size} headings`, problems)
