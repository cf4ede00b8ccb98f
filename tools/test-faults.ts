// What `npm run test:faults` runs: the long fault runs, too long for every change. It keeps its result in
// test/faults/RESULT.md, which is committed, so that anyone can see when it was last run and what came of it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readIfThere } from './lib/read-if-there.ts'
import { countTests } from './lib/vitest-counts.ts'

const RESULT = join('test', 'faults', 'RESULT.md')

const scratch = mkdtempSync(join(tmpdir(), 'sojourn-faults-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

const json = join(scratch, 'vitest.json')
const table = join(scratch, 'laws.txt')
const started = Date.now()
const { status } = spawnSync(
  join('node_modules', '.bin', 'vitest'),
  [
    'run',
    '--config=vitest.faults.config.ts',
    '--reporter=default',
    '--reporter=./tools/law-reporter.ts',
    '--reporter=json',
    `--outputFile.json=${json}`,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, SOJOURN_LAW_TABLE: table } },
)
const counts = countTests(readIfThere(json))
const failed = status !== 0 && counts.failed === 0 ? 1 : counts.failed
const minutes = ((Date.now() - started) / 60_000).toFixed(1)
const ran = counts.passed + failed > 0

// A part of the run, asked for by name, is no result of the whole.
if (ran && process.argv.length === 2) {
  writeFileSync(
    RESULT,
    [
      '# The last long fault run',
      '',
      `${new Date(started).toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} cores, ${minutes} minutes: **${counts.passed} passed, ${failed} failed, ${counts.skipped} left out**.`,
      '',
      'Every law in the full product of stores, modes and adapters; processes and servers killed with -9 while they write',
      '(`vitest.faults.config.ts` says how often).',
      '',
      '```',
      (readIfThere(table) ?? 'no table').trimEnd(),
      '```',
      '',
    ].join('\n'),
  )
  console.log(`kept in ${RESULT}`)
}
console.log(`${counts.passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && ran ? 0 : 1
