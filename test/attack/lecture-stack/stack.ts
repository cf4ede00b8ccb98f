/**
 * Two stacks with one and the same site on them: Debian's Flask with Flask-Login and Flask-WTF, and sojourn on Express.
 *
 * In: how the sessions are kept. Out: browsers for the site, tokens of its forms, and a gate in one of its handlers. Must
 * not know: which attacks there are.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { loginRequired, sessionMiddleware } from '../../../src/adapter/express.ts'
import { createAuth } from '../../../src/auth/auth.ts'
import { createSessions, csrfToken, type SessionsOptions } from '../../../src/index.ts'
import { createJar, type Jar } from '../../../src/testing/jar.ts'
import { createGates } from '../../support/gates.ts'
import { served } from '../../support/mounts/node.ts'
import { freePort, leftOut, startServer } from '../../support/servers/server-process.ts'
import { SECRET } from '../../support/world.ts'

/**
 * The site: `POST /login` (`user`, `remember`), `POST /logout`, `GET /me`, `GET` and `POST /note` (`note`), and `POST
 * /slow-note`, which stops before it writes. `GET /form` gives the token that every POST carries as `csrf_token`.
 */
export interface Stack {
  browser(): Jar
  /** Resolves when a request has come to `/slow-note`. */
  arrived(): Promise<unknown>
  /** Lets it go on. */
  open(): Promise<unknown>
  close(): Promise<unknown>
}

/** Debian's, whatever other Python comes first in the path. */
const PYTHON = '/usr/bin/python3'

/** Whether Debian's Flask, Flask-Login and Flask-WTF are here. Where not, it says so in one line; on CI it is a failure. */
export function flaskIsHere(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import flask_login, flask_wtf'], { stdio: 'ignore' })
    return true
  } catch {
    leftOut(
      'five attacks on Flask, Flask-Login and Flask-WTF (python3-flask, python3-flask-login, python3-flaskext.wtf)',
    )
    return false
  }
}

export async function startFlask(...wishes: readonly 'rows'[]): Promise<Stack> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const app = fileURLToPath(new URL('app.py', import.meta.url))
  const get = (path: string) => fetch(origin + path)
  const server = await startServer({
    program: PYTHON,
    args: [app, String(port), ...wishes],
    ping: () => get('/note'),
  })
  return {
    browser: () => createJar({ origin }),
    arrived: () => get('/arrived'),
    open: () => get('/open'),
    close: () => server.stop('SIGTERM'),
  }
}

export async function startOurs(options: Partial<SessionsOptions<{ note?: string }>>): Promise<Stack> {
  const app = express()
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sessions = createSessions<{ note?: string }>({ origin, secret: SECRET, csrf: 'token', ...options })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const gates = createGates()

  app.use(sessionMiddleware(sessions), express.urlencoded())
  app.get('/form', (req, res) => void res.send(csrfToken(sessions.of(req))))
  app.post('/login', async (req, res) => {
    await auth.login(req, { id: req.body.user }, { remember: req.body.remember === 'on' })
    res.send('in')
  })
  app.post('/logout', loginRequired(auth), async (req, res) => {
    await auth.logout(req)
    res.send('out')
  })
  app.get('/me', loginRequired(auth), (req, res) => void res.send(auth.userOf(req).id))
  app.get('/note', (req, res) => void res.send(sessions.of(req).get('note') ?? ''))
  app.post('/note', (req, res) => {
    sessions.of(req).set('note', req.body.note)
    res.send('kept')
  })
  app.post('/slow-note', loginRequired(auth), async (req, res) => {
    await gates('slow').pass()
    sessions.of(req).set('note', req.body.note)
    res.send('kept')
  })

  const { close } = await served(server)
  return {
    browser: () => createJar({ origin }),
    arrived: () => gates('slow').arrived(),
    open: async () => gates('slow').open(),
    close,
  }
}
