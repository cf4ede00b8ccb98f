/**
 * What is counted, not timed: commands to the store, Set-Cookie headers, updates that were kept.
 *
 * @module
 */

import type { RedisServer } from '../../test/support/servers/redis.ts'
import type { Place } from '../http/app.ts'
import { startApp } from '../http/groups.ts'

export interface Commands {
  readonly app: string
  readonly path: string
  /** For each request. */
  readonly commands: number
  readonly setCookies: number
  /** Which they were. */
  readonly names: readonly string[]
}

const REQUESTS = 100

const COUNTED = [
  ['express/sojourn-redis', '/read'],
  ['express/sojourn-redis', '/untouched'],
  ['express/sojourn-skip', '/untouched'],
  ['express/sojourn-near', '/read'],
  ['express/express-session-redis', '/read'],
  ['express/express-session-redis', '/untouched'],
] as const

export async function countCommands(redis: RedisServer, place: Place): Promise<Commands[]> {
  const counted: Commands[] = []
  for (const [app, path] of COUNTED) {
    const side = await startApp(app, place)
    const url = `http://127.0.0.1:${await side.ask<number>('port')}`
    const cookie = cookieOf(await fetch(`${url}/begin`))
    // What is asked once, at the first requests, and the copy of the near cache.
    for (let n = 0; n < 5; n++) await fetch(`${url}${path}`, { headers: { cookie } })
    await redis.cli('config', 'resetstat')
    let setCookies = 0
    for (let n = 0; n < REQUESTS; n++) {
      setCookies += (await fetch(`${url}${path}`, { headers: { cookie } })).headers.getSetCookie().length
    }
    const stats = [...(await redis.cli('info', 'commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
    const own = stats.filter(([, name]) => !/^(config|info)/.test(name ?? ''))
    const calls = own.reduce((sum, [, , count]) => sum + Number(count), 0)
    const names = own.map(([, name]) => name ?? '')
    counted.push({ app, path, commands: calls / REQUESTS, setCookies: setCookies / REQUESTS, names })
    side.end()
  }
  return counted
}

export interface Updates {
  readonly app: string
  readonly kept: number
}

export const OVERLAPPING = 50

const OVERLAPPED = [
  'express/sojourn-memory',
  'express/sojourn-redis',
  'express/sojourn-postgres',
  'express/sojourn-sqlite',
  'express/express-session-memory',
  'express/express-session-redis',
  'express/express-session-postgres',
  'express/cookie-session',
  'express/iron-session',
] as const

export async function countUpdates(place: Place): Promise<Updates[]> {
  const updates: Updates[] = []
  for (const app of OVERLAPPED) {
    const side = await startApp(app, place)
    const url = `http://127.0.0.1:${await side.ask<number>('port')}`
    let cookie = cookieOf(await fetch(`${url}/begin`))
    const answers = await Promise.all(
      Array.from({ length: OVERLAPPING }, () => fetch(`${url}/slow`, { headers: { cookie } })),
    )
    for (const answered of answers) {
      if (!answered.ok) throw new Error(`${app} answered ${answered.status}`)
      // As a browser: the last one stays.
      if (answered.headers.getSetCookie().length > 0) cookie = cookieOf(answered)
    }
    const kept = Number(await (await fetch(`${url}/visits`, { headers: { cookie } })).text())
    updates.push({ app, kept })
    side.end()
  }
  return updates
}

function cookieOf(answered: Response): string {
  return answered.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ')
}
