/**
 * Four processes of one app, and one browser whose requests reach all of them at once.
 *
 * Every request is in its handler, with the session read, before the first of them writes. So all but the first write of
 * each process start from a session that is not the current one any more.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createJar } from '../../src/testing/jar.ts'
import type { AppKind } from '../support/app-process.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { redisIsHere, startRedis } from '../support/servers/redis.ts'

const PROCESSES = 4
/** Of all processes together; 400 in the long form. */
const REQUESTS = Number(process.env.SOJOURN_FOUR_PROCESSES_REQUESTS ?? 100)
const EACH = Math.ceil(REQUESTS / PROCESSES)
const SCRIPT = join(import.meta.dirname, '../support/app-process.ts')

const redis = redisIsHere() ? await startRedis() : null
const postgres = await startPostgres()
const mariadb = await startMariadb()
afterAll(() => redis?.stop())

const places: Readonly<Record<AppKind, unknown>> = {
  file: join(temporaryFolder(), 'store'),
  sqlite: join(temporaryFolder(), 'store.db'),
  redis: redis && { host: '127.0.0.1', port: redis.port },
  postgres: postgres?.connection ?? null,
  mysql: mariadb?.connection ?? null,
}

test.for(Object.keys(places) as AppKind[])(
  '%s: of the overlapping requests to four processes on one session, every one counts',
  { timeout: 30_000 + REQUESTS * 200 },
  async (kind, { skip }) => {
    const place = places[kind]
    if (place === null) return skip('its server is not installed here')
    const processes = await Promise.all(Array.from({ length: PROCESSES }, () => startApp(kind, place)))
    const [first] = processes
    if (first === undefined) throw new Error('There is no process')
    const browser = createJar({ origin: first.origin, sendOrigin: 'http://localhost:3000' })
    expect((await browser.post('/begin')).status).toBe(200)

    const allIn = Promise.all(processes.map(({ child }) => once(child, 'message')))
    const keys = Array.from({ length: PROCESSES * EACH }, (_, n) => `key ${n}`)
    const answers = keys.map((key, n) => {
      const { origin } = processes[n % PROCESSES] ?? first
      return browser.post(`${origin}/count?key=${encodeURIComponent(key)}`)
    })
    // One that is refused before its handler would be waited for in vain: it is seen in the answers.
    await Promise.race([allIn, Promise.all(answers)])
    for (const { child } of processes) child.send('go on')
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(keys.map(() => 200))

    const kept = await (await browser.get('/session')).json()
    expect(kept).toEqual({ count: keys.length, ...Object.fromEntries(keys.map((key) => [key, 1])) })
  },
)

interface AppProcess {
  readonly child: ChildProcess
  readonly origin: string
}

async function startApp(kind: AppKind, place: unknown): Promise<AppProcess> {
  const child = fork(SCRIPT, [kind, JSON.stringify(place), String(EACH)], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [port] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`A process of the app ended with ${code} before it listened`)
    }),
  ])
  return { child, origin: `http://127.0.0.1:${port}` }
}
