/**
 * Whether the time of an answer tells which accounts exist.
 *
 * In: `--rounds N`. Out: a table on stdout: for each way a login fails, its processor time and wall time against a wrong password
 * of a known account, as the median of paired ratios. The order within a round is drawn anew. Nothing is judged here: who reads
 * it sees whether a difference is larger than the spread.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createAuth, createPasswords } from '../src/auth/index.ts'
import { createSessions } from '../src/index.ts'
import { memoryStore } from '../src/store/memory.ts'
import { describeMachine } from './lib/machine.ts'
import { createProgress } from './lib/progress.ts'
import { short, spreadOf } from './lib/stats.ts'

interface User {
  readonly id: string
  readonly passwordHash: string
}

const SECRET = 'a secret of a benchmark, which guards nothing: 7Qw2'

const HELP = `Measures whether the time of a failed login tells which accounts exist.

  npm run bench:timing -- [--rounds 60]
`

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' }, help: { type: 'boolean' } } })
const rounds = Number(values.rounds)
if (values.help) process.stdout.write(HELP)
else if (Number.isSafeInteger(rounds) && rounds > 0) await main()
else {
  process.stderr.write(`Cannot measure "${values.rounds}" rounds: give a whole number above 0\n`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const progress = createProgress(['argon2id', 'scrypt'].map((name) => ({ name, seconds: name === 'scrypt' ? 8 : 1 })))
  console.log(`${describeMachine()}, ${rounds} rounds\n`)
  for (const algorithm of ['argon2id', 'scrypt'] as const) {
    progress.begin(algorithm)
    report(algorithm, await measure(algorithm, (share) => progress.at(share)))
  }
  progress.end()
}

type Cost = { readonly processor: number; readonly wall: number }

async function measure(algorithm: 'argon2id' | 'scrypt', at: (share: number) => void): Promise<Map<string, Cost[]>> {
  const passwords = createPasswords({ algorithm })
  const known: User = { id: 'ada', passwordHash: await passwords.hash('correct horse battery staple') }
  const locked: User = { ...known, id: 'eve' }
  const users = new Map([known, locked].map((user) => [user.id, user]))
  const sessions = createSessions({ origin: 'http://localhost:3000', store: memoryStore(), secret: SECRET })
  const generous = new RateLimiterMemory({ points: 1_000_000, duration: 3600 })
  const one = new RateLimiterMemory({ points: 1, duration: 3600 })
  const attemptUnder = (account: RateLimiterMemory) => {
    const auth = createAuth(sessions, {
      findUser: (id: string) => users.get(id),
      attempts: { account, address: generous },
    })
    return (name: string, password: string) =>
      auth.attempt({ account: name, address: '127.0.0.1' }, async () => {
        const user = users.get(name)
        return (await passwords.verify(password, user?.passwordHash)) ? user : null
      })
  }
  const attempt = attemptUnder(generous)
  const attemptLocked = attemptUnder(one)
  await attemptLocked('eve', 'the one try there is')

  const ways: [string, () => Promise<unknown>][] = [
    ['wrong password', () => attempt('ada', 'not that one')],
    ['unknown account', () => attempt('nobody', 'not that one')],
    ['locked account', () => attemptLocked('eve', 'not that one')],
    ['locked account, right password', () => attemptLocked('eve', 'correct horse battery staple')],
    ['overlong password', () => attempt('ada', 'x'.repeat(5000))],
  ]
  const costs = new Map(ways.map(([name]): [string, Cost[]] => [name, []]))
  for (const [, run] of ways) await run()
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of shuffled(ways)) costs.get(name)?.push(await costOf(run))
    at((round + 1) / rounds)
  }
  return costs
}

/** Of the whole process, the threads that hash included. */
async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const started = performance.now()
  await run()
  const wall = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  return { processor: (user + system) / 1000, wall }
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

function report(algorithm: string, costs: ReadonlyMap<string, readonly Cost[]>): void {
  const base = costs.get('wrong password') ?? []
  const rows = [...costs].map(([name, list]) => {
    const ratios = (part: keyof Cost) =>
      spreadOf(list.map((cost, round) => cost[part] / (base[round]?.[part] ?? Number.NaN)))
    const [processor, wall] = [ratios('processor'), ratios('wall')]
    const shown = ({ median, quartiles }: typeof processor) =>
      `${median.toFixed(3)} (${quartiles.map((value) => value.toFixed(3)).join(' to ')})`
    return [name, `${short(spreadOf(list.map((cost) => cost.processor)).median)} ms`, shown(processor), shown(wall)]
  })
  print([[algorithm, 'processor time', 'against a wrong password', 'wall time, likewise'], ...rows])
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  console.log()
}
