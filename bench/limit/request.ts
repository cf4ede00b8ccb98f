/**
 * What a session itself takes of a request: no network, no router, no other work. `npm run bench:request`.
 *
 * Out: microseconds of processor time, above the same request and response without a session, for objects as Node makes them and for
 * those of Express with the shapes that sojourn's middleware lets them share. What a server under load pays beyond it is not in sojourn's code: caches that are cold after the framework's
 * own work, what has to be collected, the router's step into a middleware.
 *
 * @module
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import express from 'express'
import { attachSession } from '../../dist/adapter/node.js'
import { shareShapes } from '../../dist/adapter/shared/shared-shapes.js'
import { createSessions, type Session, type Sessions } from '../../dist/index.js'
import { memoryStore } from '../../dist/store/memory.js'
import { dataOf, SECRET } from '../lib/record.ts'

interface Data {
  name?: string
  visits?: number
}

/** So few that a memo keeps them all: everything is warm. */
const COOKIES = 64
const REQUESTS = 20_000
const TIMES = 9

const options = { origin: 'http://localhost:3000', secret: SECRET }
const app = express() as unknown as { request: object; response: object }
const socket = { destroyed: false } as Socket

function requestOf(cookie: string, asExpress: boolean): [IncomingMessage, ServerResponse] {
  const req = new IncomingMessage(socket)
  req.method = 'GET'
  req.url = '/read'
  req.rawHeaders = ['Host', 'localhost', 'Cookie', cookie]
  req.headers = { host: 'localhost', cookie }
  const res = new ServerResponse(req)
  if (asExpress) {
    // What Express does before the first middleware runs.
    Object.setPrototypeOf(req, app.request)
    Object.setPrototypeOf(res, app.response)
    Object.assign(res, { locals: Object.create(null) })
    Object.assign(req, { res, next: null, baseUrl: '', originalUrl: req.url })
    // What sojourn's middleware does before anything else.
    shareShapes(req, res)
  }
  return [req, res]
}

async function cookiesOf(sessions: Sessions<Data>): Promise<string[]> {
  const cookies: string[] = []
  for (let n = 0; n < COOKIES; n++) {
    const session = await sessions.open({})
    for (const [key, value] of Object.entries(dataOf())) session.set(key as 'name', value)
    const { setCookies } = await sessions.commit(session)
    cookies.push(setCookies[0]?.split(';')[0] ?? '')
  }
  return cookies
}

type Handle = (session: Session<Data>) => unknown

const HANDLES: Readonly<Record<string, Handle>> = {
  untouched: () => null,
  read: (session) => session.get('name'),
  write: (session) => session.update('visits', (n = 0) => n + 1),
}

/** Microseconds of processor time of one; the least of several times, for a machine that does other things only adds to it. */
function microsOf(one: (n: number) => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < TIMES; time++) {
    const before = process.cpuUsage()
    for (let n = 0; n < REQUESTS; n++) one(n)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / REQUESTS)
  }
  return least
}

console.log('microseconds that a session adds to a request and its head, by processor time\n')
for (const asExpress of [false, true]) {
  const bare = microsOf(() => {
    const [, res] = requestOf('session=none', asExpress)
    res.setHeader('Vary', 'Cookie')
    res.setHeader('Cache-Control', 'private')
    res.writeHead(200)
  })
  console.log(`${asExpress ? 'as Express changes them' : 'as Node makes them'}: ${bare.toFixed(2)} without a session`)
  for (const [mode, sessions] of [
    ['sealed', createSessions<Data>(options)],
    ['memory', createSessions<Data>({ ...options, store: memoryStore() })],
  ] as const) {
    const cookies = await cookiesOf(sessions)
    for (const [name, handle] of Object.entries(HANDLES)) {
      const taken = microsOf((n) => {
        const [req, res] = requestOf(cookies[n % COOKIES] ?? '', asExpress)
        const session = attachSession(sessions, req, res)
        if (session instanceof Promise) throw new Error('It waited')
        handle(session)
        res.writeHead(200)
        res.end()
      })
      console.log(`  ${mode.padEnd(8)}${name.padEnd(11)}${(taken - bare).toFixed(2).padStart(6)}`)
    }
  }
}
