/**
 * Results -> the page that is committed. Nothing is on it that is not in results.json.
 *
 * @module
 */
import { BUDGETS, type Budget } from './budgets.ts'
import type { Compared } from './lib/paired.ts'
import { type Spread, short } from './lib/stats.ts'
import { reasonsFor } from './reasons.ts'
import type { Figure, Results, Table } from './results.ts'

export function pageOf(results: Results): string {
  const { date, machine, rounds, versions, figures, measured } = results
  const open = figures.filter(({ reached }) => !reached)
  return `# Results

${date}, ${machine}. Made by \`npm run bench\`; all numbers are in [results.json](results.json).

Medians of ${rounds} rounds or more in one run, with the middle half of them in brackets. In a round all sides take turns, in an order
drawn anew, with the base before and after each; a ratio is that to these two. Every side is a process of its own that works for a while
before anything counts, until its engine has compiled what it runs; all are started anew several times in the run, for two processes of
one program are not equally fast. The first moments of a turn under load do not count. What is measured stays on one processor, but where
a database works beside it. Cold: each cookie has been forgotten, or was never seen; warm: a few cookies come again and again, as every
load generator with few cookies makes it.

## Budgets

${figures.length - open.length} of ${BUDGETS.length} reached.

| goal | state | measured | | by processor time | of Express with shared shapes | written by hand | fastest peer |
|---|---|---|---|---|---|---|---|
${BUDGETS.map((budget) => budgetRow(budget, figures)).join('\n')}

${reasons(open)}
![Throughput kept with a session](RESULTS.svg)

## Under load

The base is the same route without a session, on the same framework; both get the same requests. Processor time is that of the
whole server process. Where a database takes part it has the same two cores, so the throughput there is also the database's.

On Express a session makes some routes faster than they are without one. That is no magic of sessions: Node 20 to 23 never meet a
request or response of Express in the same shape twice, and sojourn's middleware gives them one that they share, which saves Express and
Node a third of their own work (\`decisions/015\`). \`express/base-shared-shapes\` does that and has no session; what is kept of *its* throughput
is what the session alone leaves. The programs written by hand do it too; the peers do not, as they are set up by their own
documentation, and would gain from it.

${Object.entries(measured.http)
  .map(([group, table]) => loadTable(group, table))
  .join('\n\n')}

## One operation

${Object.entries(measured.micro)
  .map(([group, table]) => operationTable(group, table))
  .join('\n\n')}

${counted(results)}
## Set up

${SETTINGS}

| | version |
|---|---|
${Object.entries(versions)
  .map(([name, version]) => `| ${name} | ${version} |`)
  .join('\n')}
`
}

function budgetRow({ id, what, kind, goal, unit, state }: Budget, figures: readonly Figure[]): string {
  const words = { most: 'at most', least: 'at least', exactly: 'exactly' }[kind]
  const figure = figures.find((found) => found.id === id)
  const aim = `${what}: ${words} ${goal} ${unit}`
  if (figure === undefined) return `| ${aim} | ${state} | – | **not measured** | | | | |`
  const { measured, quartiles, reached, peer, byCpu, bySecond, limit } = figure
  const half = quartiles === null ? '' : ` (${short(quartiles[0])}–${short(quartiles[1])})`
  const theirs = peer === null ? '' : `${peer.name}: ${short(peer.measured)} ${unit}`
  const cpu = byCpu === null ? '' : `${short(byCpu)} %`
  const second = bySecond === null ? '' : `${short(bySecond)} %`
  const hand = limit === null ? '' : `${short(limit.measured)} %`
  return `| ${aim} | ${state} | ${short(measured)} ${unit}${half} | ${reached ? 'reached' : '**not reached**'} | ${cpu} | ${second} | ${hand} | ${theirs} |`
}

function reasons(open: readonly Figure[]): string {
  const lines = open.map((figure) => {
    const budget = BUDGETS.find(({ id }) => id === figure.id)
    const name = `**${budget?.what}**, ${budget?.state}`
    const goal = budget?.goal ?? 0
    const sentences = [spreadSentence(figure, goal), floorSentence(figure, goal), ...reasonsFor(figure.id)]
    return `- ${name}: ${sentences.filter(Boolean).join(' ')}`
  })
  return lines.length === 0 ? '' : `Where a goal is not reached, and why:\n\n${lines.join('\n')}\n`
}

/** A goal in the midst of what was measured is one that the next run may reach, or a quieter machine. */
function spreadSentence({ quartiles }: Figure, goal: number): string {
  if (quartiles === null || goal < quartiles[0] || goal > quartiles[1]) return ''
  return 'The goal lies within the middle half of the rounds.'
}

/** What the program in limit/ shows of a goal, in this very run. */
function floorSentence({ limit, measured }: Figure, goal: number): string {
  if (limit === null) return ''
  const kept = `\`${limit.name.split(' ')[0]}\`, written by hand for this alone, keeps ${short(limit.measured)} %`
  if (limit.measured < goal) return `${kept}: nobody reaches the goal on this machine.`
  return `${kept}; ${short(limit.measured - measured)} points of it are ours.`
}

function loadTable(group: string, table: Table): string {
  const rows = Object.entries(table).map(([id, row]) => {
    const [app = '', path = '', state = ''] = id.split(' ')
    const ofSecond = row.keptOfSecond === null || app.includes('/base') ? '' : percent(row.keptOfSecond)
    const kept = app.endsWith('/base')
      ? ' | | | '
      : `${percent(row.kept)} | ${percent(inverse(row.cpuRatio))} | ${ofSecond} | ${spread(row.cpuAdded, '')}`
    const late = `${short(row.p50?.median ?? Number.NaN)} | ${short(row.p99?.median ?? Number.NaN)}`
    return `| ${app} | ${path.slice(1)} | ${state} | ${kept} | ${spread(row.cpuMicros, '')} | ${spread(row.perSecond, '')} | ${late} |`
  })
  return `### ${group}

| | route | state | throughput kept | kept by processor time | kept of shared shapes | added, µs | µs a request | requests a second | p50, ms | p99, ms |
|---|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}`
}

function operationTable(group: string, table: Table): string {
  const cost = ([id, row]: [string, Compared]) =>
    `| ${id} | ${stateOf(id)} | ${spread(row.cpuRatio, ' x')} | ${spread(row.cpuMicros, '')} | ${spread(row.perSecond, '')} |`
  return `### ${group}

| | state | by the first row | µs of processor time | a second |
|---|---|---|---|---|
${Object.entries(table).map(cost).join('\n')}`
}

/** Which cookies it gets: the same few, or more than anything keeps. */
function stateOf(id: string): string {
  return /prefix|limit\/read|token-open/.test(id) ? 'cold' : 'warm'
}

function counted({
  measured: { commands = [], updates = [], memory = [], growth = [], stale, imports = [] },
}: Results): string {
  return `## Counted

| commands of a request | route | commands | which | Set-Cookie headers |
|---|---|---|---|---|
${commands.map((row) => `| ${row.app} | ${row.path.slice(1)} | ${short(row.commands)} | ${row.names.join(', ')} | ${short(row.setCookies)} |`).join('\n')}

| 50 overlapping updates of one session | kept |
|---|---|
${updates.map(({ app, kept }) => `| ${app} | ${kept} |`).join('\n')}

## Memory

200,000 live sessions, heap and external memory, and a full collection with them.

| | bytes a session | collection, ms |
|---|---|---|
${memory.map(({ keeper, bytes, collection }) => `| ${keeper} | ${short(bytes)} | ${spread(collection, '')} |`).join('\n')}

How the memory store's calls grow; sealed cookies of 2,000 bytes are in the tables above, and none has 16,000: browsers keep 4,096.
[SCALE.md](SCALE.md) has the databases.

| sessions | bytes | find, µs | by the first row | replace, µs | by the first row |
|---|---|---|---|---|---|
${growth.map((row) => `| ${row.sessions.toLocaleString('en-US')} | ${row.bytes.toLocaleString('en-US')} | ${spread(row.find, '')} | ${spread(row.findRatio, ' x')} | ${spread(row.replace, '')} | ${spread(row.replaceRatio, ' x')} |`).join('\n')}

${stale === undefined ? '' : `A near cache learns of a revocation elsewhere after ${spread(stale.millis, ' ms')}, at the longest ${short(stale.longest)} ms here; whatever the bus does, after \`maxStale\` (${stale.maxStale} ms here).\n`}
## Imports

Processor time of a fresh process that imports it, above one that imports nothing, and what it brings along.

| | ms | files | bytes | gzipped |
|---|---|---|---|---|
${imports.map((row) => `| ${row.name} | ${spread(row.millis, '')} | ${row.files} | ${row.bytes.toLocaleString('en-US')} | ${row.gzipped.toLocaleString('en-US')} |`).join('\n')}
`
}

const SETTINGS = `- The record has 300 bytes, encoded: a name, a role, a cart of three, a counter, a text. One secret everywhere. \`NODE_ENV=production\`.
- The limit: AES-256-GCM of node:crypto under one KeyObject, a nonce from the system, base64url, JSON; for the token 32 bytes from the system. \`limit/\` has it.
- Written by hand: the same in a handler, with a Map of what was proved before and the driver of each store; no laws, no time, no middleware. \`http/apps/express-limits.ts\` has it.
- express-session: \`resave: false\`, \`saveUninitialized: false\`, as it recommends; its touch stays on, for without it no session lives by activity.
- connect-redis with node-redis as its page shows; connect-pg-simple with a pool of 8; sojourn with ioredis, auto-pipelined, and a pool of 8.
- cookie-session signs and does not encrypt. iron-session, h3 and @hono/session with a password or secret of 32 bytes or more, their own iteration counts.
- @fastify/secure-session with a key, not a password: nothing is derived. @fastify/session in memory, \`rolling: false\`.
- @remix-run/session in a cookie signed by @remix-run/cookie. jose: \`dir\` with A256GCM. better-auth: cookie cache on, rate limit off.
- Redis: no persistence. PostgreSQL: its own settings, so it waits for the disk at every commit. SQLite: WAL, \`synchronous=NORMAL\`.
- Writes come by GET, so that no form protection of any side takes part.`

function inverse({ median, quartiles: [low, high] }: Spread): Spread {
  return { median: 1 / median, quartiles: [1 / high, 1 / low] }
}

function percent({ median, quartiles: [low, high] }: Spread): string {
  return `${short(100 * median)} % (${short(100 * low)}–${short(100 * high)})`
}

function spread({ median, quartiles: [low, high] }: Spread, unit: string): string {
  return `${short(median)}${unit} (${short(low)}–${short(high)})`
}
