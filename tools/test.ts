// What `npm test` runs: every check and every test, in an order in which the first red line is the one to fix. Its last
// line is `N passed, N failed`: one for each check, and Vitest's own counts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readIfThere } from './lib/read-if-there.ts'
import { type Counts, countTests } from './lib/vitest-counts.ts'

const scratch = mkdtempSync(join(tmpdir(), 'sojourn-test-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

const bin = (name: string, ...args: string[]) => [join('node_modules', '.bin', name), ...args]
const tool = (name: string) => [process.execPath, '--import', 'tsx', join('tools', name)]

const BEFORE_BUILD: readonly Step[] = [{ name: 'format and lint', command: bin('biome', 'check', '.') }]

// Built before the types of everything are checked: the lab imports the package by its name, as a stranger would.
const BUILD: Step = { name: 'build', command: ['npm', 'run', '--silent', 'build'] }

const AFTER_BUILD: readonly Step[] = [
  { name: 'types', command: bin('tsc', '-p', '.') },
  { name: 'arrows', command: tool('check-arrows.ts') },
  { name: 'exports', command: tool('check-exports.ts') },
  { name: 'errors', command: tool('check-errors.ts') },
  { name: 'documents', command: tool('check-docs.ts') },
  { name: 'security', command: tool('check-security.ts') },
  { name: 'unused code', command: bin('knip') },
  { name: 'package', command: bin('publint', 'run', '--strict') },
  { name: 'budgets', command: tool('check-bench.ts') },
  { name: 'pack', command: ['npm', 'pack', '--silent', '--pack-destination', scratch] },
  { name: 'package types', command: () => bin('attw', join(scratch, tarball()), '--profile', 'esm-only') },
]

interface Step {
  readonly name: string
  /** A function where the command needs what an earlier step made. */
  readonly command: readonly string[] | (() => readonly string[])
}

let passed = 0
const failed: string[] = []

function main(): void {
  for (const step of BEFORE_BUILD) check(step)
  // Nothing after the build means anything without it.
  const built = check(BUILD)
  if (built) for (const step of AFTER_BUILD) check(step)
  summary(built ? tests() : { passed: 0, failed: 0, skipped: 0 })
}

function check({ name, command }: Step): boolean {
  const started = performance.now()
  const [program = '', ...args] = typeof command === 'function' ? command() : command
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`
  if (run.status === 0) {
    passed += 1
    console.log(`ok   ${name} (${took})`)
    return true
  }
  failed.push(name)
  const reason = run.error?.message ?? run.signal ?? `exit code ${run.status}`
  console.log(`FAIL ${name} (${took}, ${reason}): ${[program, ...args].join(' ')}`)
  console.log(`${run.stdout ?? ''}${run.stderr ?? ''}`.trimEnd().replace(/^/gm, '     '))
  return false
}

function tests(): Counts {
  const file = join(scratch, 'vitest.json')
  const [program = '', ...args] = bin(
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=./tools/law-reporter.ts',
    '--reporter=json',
    `--outputFile.json=${file}`,
  )
  const { status } = spawnSync(program, args, { stdio: 'inherit' })
  const counts = countTests(readIfThere(file))
  // An error outside of every test (an unhandled rejection) shows in the exit code only.
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function summary(tests: Counts): void {
  const ran = tests.passed + tests.failed > 0
  console.log(
    `\nchecks: ${passed} passed, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(', ')})` : ''}`,
  )
  console.log(
    ran ? `tests: ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} left out` : 'tests: none ran',
  )
  if (failed.length + tests.failed > 0 || !ran) process.exitCode = 1
  console.log(`${passed + tests.passed} passed, ${failed.length + tests.failed} failed`)
}

function tarball(): string {
  return readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? 'no package was packed'
}

main()
