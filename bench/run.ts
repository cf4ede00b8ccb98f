/**
 * Everything that DESIGN has a budget for, measured in one run. `npm run bench`.
 *
 * In: options. Out: bench/results.json, and from it RESULTS.md and RESULTS.svg; a partial or shorter run prints its page and keeps
 * nothing. It installs the peers, starts servers of its own and ends only those.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RedisServer, redisIsHere, startRedis } from '../test/support/servers/redis.ts'
import type { Place } from './http/app.ts'
import { GROUPS, measureGroup } from './http/groups.ts'
import { describeMachine } from './lib/machine.ts'
import type { Turns } from './lib/paired.ts'
import { type OwnPostgres, startOwnPostgres } from './lib/postgres-server.ts'
import { createProgress, type Step } from './lib/progress.ts'
import { RECORD_BYTES } from './lib/record.ts'
import { versionsOf } from './lib/versions.ts'
import { measureGrowth, measureMemory } from './memory/measure.ts'
import { MICRO_GROUPS, measureMicro } from './micro/groups.ts'
import { keep, pagesOf } from './pages.ts'
import { figuresOf, type Measured, type Results, type Table } from './results.ts'

const HELP = `npm run bench -- [options]

  --only A,B     only these parts: ${parts().join(', ')}
  --rounds N     rounds of each comparison; 30 unless told, and at least that many for a result that is kept
  --quick        5 short rounds, to see that it works; keeps nothing
  --keep         keeps the result of a run that is no whole one, over the last
  --ci           the short form CI runs: no peers, no servers, under a minute
  --pages        makes RESULTS.md and RESULTS.svg anew from results.json
  --help`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    pages: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
// By itself, so that its servers go with it.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

if (values.help) console.log(HELP)
else if (values.ci) await (await import('./ci.ts')).main()
else if (values.pages) keep(JSON.parse(readFileSync(join(import.meta.dirname, 'results.json'), 'utf8')))
else await main()
process.exit()

function parts(): string[] {
  return [
    ...MICRO_GROUPS.map(({ id }) => `micro:${id}`),
    ...GROUPS.map(({ id }) => `load:${id}`),
    ...['counted', 'memory', 'growth', 'stale', 'imports'],
  ]
}

async function main(): Promise<void> {
  const rounds = values.quick ? 5 : Number(values.rounds ?? 30)
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error(`Cannot measure ${values.rounds} rounds: give a whole number`)
  const chosen = chosenParts(values.only)
  install()

  const redis = redisIsHere() ? await startRedis('--appendonly', 'no') : null
  const postgres = await startOwnPostgres()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const place: Place = {
    recordBytes: RECORD_BYTES,
    redis: redis?.port ?? null,
    postgres: postgres?.connection ?? null,
    folder,
  }
  try {
    const measured = await measure(chosen, rounds, place, redis)
    await finish(measured, rounds, chosen.length === parts().length)
  } finally {
    await end(redis, postgres)
  }
}

function chosenParts(only: string | undefined): string[] {
  if (only === undefined) return parts()
  const wanted = only.split(',')
  // A part may be named whole, or by its kind: `load`, `micro`.
  const found = parts().filter((part) => wanted.some((name) => part === name || part.startsWith(`${name}:`)))
  if (found.length === 0) throw new Error(`Cannot measure "${only}": there are ${parts().join(', ')}`)
  return found
}

function install(): void {
  const bench = import.meta.dirname
  for (const args of [
    ['ci', '--prefix', bench, '--no-audit', '--no-fund', '--loglevel=error'],
    ['run', '--silent', 'build'],
  ]) {
    const { status } = spawnSync('npm', args, { cwd: join(bench, '..'), stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error(`npm ${args.join(' ')} failed`)
  }
}

async function measure(
  chosen: readonly string[],
  rounds: number,
  place: Place,
  redis: RedisServer | null,
): Promise<Measured> {
  const http: Record<string, Table> = {}
  const micro: Record<string, Table> = {}
  // Short turns and more of them: a machine that is slow for a second is then slow for both sides of a ratio.
  const load = values.quick
    ? { rounds, starts: 1, millis: 75, settle: 600 }
    : { rounds, starts: 3, millis: 125, settle: 1500 }
  const turn = values.quick
    ? { rounds: 3 * rounds, starts: 1, millis: 7, settle: 100 }
    : { rounds: 3 * rounds, starts: 3, millis: 13, settle: 1500 }
  const progress = createProgress(stepsOf(chosen, rounds, load, turn))
  const onProgress = (share: number) => progress.at(share)
  const has = (part: string) => {
    if (!chosen.includes(part)) return false
    progress.begin(part)
    return true
  }
  for (const group of MICRO_GROUPS) {
    if (has(`micro:${group.id}`)) micro[group.id] = await measureMicro(group, turn, onProgress)
  }
  for (const group of GROUPS) {
    if (group.needsServers && (place.redis === null || place.postgres === null)) continue
    if (has(`load:${group.id}`)) http[group.id] = await measureGroup(group, place, load, onProgress)
  }
  let measured: Measured = { http, micro }
  if (has('counted') && redis !== null) {
    const { countCommands, countUpdates } = await import('./other/counted.ts')
    const { cryptoCallsUntouched } = await import('./micro/untouched.ts')
    measured = { ...measured, commands: await countCommands(redis, place), updates: await countUpdates(place) }
    measured = { ...measured, cryptoCalls: await cryptoCallsUntouched() }
  }
  if (has('memory')) measured = { ...measured, memory: await measureMemory(onProgress) }
  if (has('growth')) measured = { ...measured, growth: await measureGrowth(rounds, onProgress) }
  if (has('stale') && place.redis !== null) {
    const { measureStale } = await import('./other/stale.ts')
    measured = { ...measured, stale: await measureStale(place.redis, Math.max(rounds, 30), onProgress) }
  }
  if (has('imports')) {
    const { measureImports } = await import('./other/imports.ts')
    measured = { ...measured, imports: await measureImports(rounds, onProgress) }
  }
  progress.end()
  return measured
}

/** Seconds that each part takes, about: only for the time left. */
function stepsOf(chosen: readonly string[], rounds: number, load: Turns, turn: Turns): Step[] {
  const all = rounds + 3
  const secondsOf = (sides: number, { rounds: turns, starts, millis, settle }: Turns, toStart: number) =>
    starts * (3 + (sides + 1) * (toStart + settle / 1000)) + (turns * 2 * sides * millis) / 1000
  const seconds: Record<string, number> = {
    counted: 20,
    memory: 30,
    growth: 15 + all * 0.2,
    stale: 5,
    imports: all * 1.2,
  }
  for (const { id, sides } of MICRO_GROUPS) seconds[`micro:${id}`] = 1.2 * secondsOf(sides.length, turn, 0.6)
  for (const { id, routes } of GROUPS) seconds[`load:${id}`] = 1.1 * secondsOf(routes.length, load, 1)
  return chosen.map((name) => ({ name, seconds: seconds[name] ?? 1 }))
}

async function finish(measured: Measured, rounds: number, whole: boolean): Promise<void> {
  const scale = JSON.parse(readFileSync(join(import.meta.dirname, 'scale.json'), 'utf8')).backends
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: versionsOf(),
    rounds,
    figures: figuresOf(measured, scale),
    measured,
  }
  console.log(pagesOf(results).page)
  if ((whole && !values.quick && rounds >= 30) || values.keep) {
    keep(results)
    console.log('kept in bench/RESULTS.md, bench/RESULTS.svg and bench/results.json')
  } else {
    const aside = join(tmpdir(), 'sojourn-bench-results.json')
    writeFileSync(aside, JSON.stringify(results))
    console.log(`kept nowhere but in ${aside}: only a whole run of 30 rounds or more is a result`)
  }
}

async function end(redis: RedisServer | null, postgres: OwnPostgres | null): Promise<void> {
  await redis?.stop()
  await postgres?.stop()
}
