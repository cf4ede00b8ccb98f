/**
 * What attackers need beyond what a browser does: cookies as text, browsers with cookies that somebody else put there,
 * and an app that listens on a socket, for requests no browser would send.
 *
 * In: a world, or the cells to make one in. Out: tests, headers, answers as they came over the wire. Must not know: what
 * an attack is meant to achieve.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { loginRequired, withSession } from '../../src/adapter/node.ts'
import type { SessionsOptions } from '../../src/index.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, post } from './answers.ts'
import { isRevocable, isStored } from './backends.ts'
import { type Cell, type Tale, tellIn } from './laws.ts'
import { sendAnswer } from './mounts/node.ts'
import { GUARDED, type StoryApp } from './story-app.ts'
import { serveWire, type WireServer } from './wire.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

/** Where every session is a row. */
export const ROWS: readonly Cell[] = [
  { adapter: 'node', backend: 'memory' },
  { adapter: 'express', backend: 'sqlite' },
  { adapter: 'web', backend: 'sealed at rest' },
]

/** Where sessions can be ended for good: rows, and cookies whose ends are written down. */
export const ENDABLE: readonly Cell[] = [
  ...ROWS,
  { adapter: 'node', backend: 'revocable' },
  { adapter: 'hono', backend: 'overflowing' },
]

export const EVERYWHERE: readonly Cell[] = [...ENDABLE, { adapter: 'node', backend: 'client-side' }]

/** Registers an attack: a test per cell. */
export function attack(
  title: string,
  cells: readonly Cell[],
  tell: Tale,
  options: Partial<SessionsOptions> = {},
): void {
  for (const cell of cells) {
    test(`${cell.adapter}, ${cell.backend}: ${title}`, () => tellIn({ ...cell, options }, tell))
  }
}

/** What a browser would send as its Cookie header. */
export function cookieHeader({ cookies }: Pick<Jar, 'cookies'>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** The session cookie of a browser, taken apart. */
export function sessionCookie({ cookies }: Jar): [name: string, value: string] {
  const cookie = [...cookies].find(([name]) => !name.endsWith('-seen'))
  assert.ok(cookie, 'the browser has a session cookie')
  return cookie
}

/** A small second cookie as well: what a client-side session has after some activity. */
export async function withSeenCookie(world: World, browser: Jar): Promise<Jar> {
  world.clock.advance('10m')
  await browser.get('/read')
  return browser
}

/** Status and body of a request to this very process with exactly this Cookie header. */
export async function ask(world: World, path: string, cookie: string): Promise<[status: number, body: unknown]> {
  const answer = await world.browser().get(world.at(path), { cookie })
  return [answer.status, await bodyOf(answer)]
}

/** Whether a cookie is nobody's: it names no user, shows no data and is answered without a cookie. */
export async function assertOpensNothing(world: World, cookie: string, what: string): Promise<void> {
  const answer = await world.browser().get(world.at('/keys'), { cookie })
  assert.deepEqual([answer.status, await bodyOf(answer), answer.headers.getSetCookie()], [200, {}, []], what)
  assert.deepEqual(await ask(world, '/me', cookie), [200, null], what)
}

/** As above, for many cookies, and without a single question to the store. */
export async function assertNeverLookedUp(world: World, cookies: readonly string[], perRequest = 1): Promise<void> {
  const { store } = hasStore(world) ? world : { store: null }
  store?.reset()
  for (let at = 0; at < cookies.length; at += perRequest) {
    const some = cookies.slice(at, at + perRequest)
    await assertOpensNothing(world, some.join('; '), `cookies ${at} to ${at + some.length - 1}`)
  }
  if (store !== null) assert.equal(store.total, store.calls.sweep, 'the store was asked nothing')
}

export function hasStore({ backend }: World): boolean {
  return isStored(backend) || isRevocable(backend)
}

/** Every cookie a session has ever had, in a life with all that changes them. */
export async function cookiesOfALife(world: World, browser: Jar): Promise<string[]> {
  const cookies: string[] = []
  for (const path of ['/set?key=cart', '/login', '/set?key=theme', '/regenerate', '/login', '/flash']) {
    await post(browser, path)
    await withSeenCookie(world, browser)
    cookies.push(cookieHeader(browser))
  }
  return cookies
}

export interface RawWorld {
  readonly world: World
  readonly wire: WireServer
}

/** The story app on a plain Node server, with Node's own limits, for requests of any bytes. */
export async function startRawWorld(options: Omit<WorldOptions, 'adapter' | 'mount'>): Promise<RawWorld> {
  let wire: WireServer | null = null
  const world = await startWorld({
    ...options,
    adapter: 'node',
    async mount(app) {
      const server = await serveWire('HTTP/1.1', listenerOf(app))
      wire = server
      const send = (request: Request) =>
        fetch(request.url.replace(/^[^/]*\/\/[^/]*/, `http://127.0.0.1:${server.port}`), request)
      return { send, close: server.close }
    },
  })
  if (wire === null) throw new Error('The world did not mount its app')
  return { world, wire }
}

function listenerOf(app: StoryApp): Parameters<typeof serveWire>[1] {
  const open = withSession(app.sessions, async (req, res) => sendAnswer(res, await app.run(req.url ?? '/', req)))
  const guarded = withSession(
    app.sessions,
    loginRequired(app.auth, async (req, res) => sendAnswer(res, await app.run(req.url ?? '/', req))),
  )
  return (req, res) => (req.url?.startsWith(GUARDED) ? guarded : open)(req, res)
}
