/**
 * What fails in Express: its own error handlers answer, and what was recorded is saved or not as the laws say.
 */
import express, { type ErrorRequestHandler } from 'express'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loginRequired, sessionMiddleware } from '../../src/adapter/express.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { clientSide, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { valuesOf } from '../support/wire.ts'

const serve = useWire()
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

const boom = new Error('the handler of this test throws')

const answered: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ code: error.code ?? null, message: error.message })
}

test('an error handler answers for a handler that throws, and what was recorded is not saved', async () => {
  const { sessions, store, events } = serverSide()
  const app = express()
  app.use(sessionMiddleware(sessions))
  app.get('/now', (req) => {
    sessions.of(req).set('note', 'lost')
    throw boom
  })
  app.get('/later', async (req) => {
    sessions.of(req).set('note', 'lost')
    await new Promise(setImmediate)
    throw boom
  })
  app.use(answered)
  const at = await serve('HTTP/1.1', app)
  for (const path of ['/now', '/later']) {
    const wire = await at.send({ path })
    expect([wire.status, JSON.parse(wire.body).message]).toEqual([500, boom.message])
    expect(valuesOf(wire, 'set-cookie')).toEqual([])
  }
  expect([store.calls.create, events.map(({ type }) => type)]).toEqual([0, ['write-dropped', 'write-dropped']])
})

test('an error handler may save: it answers, and a 4xx is an answer', async () => {
  const { sessions, events } = serverSide()
  const app = express()
  app.use(sessionMiddleware(sessions))
  app.get('/', (req) => {
    sessions.of(req).flash('error', 'Not like that')
    throw Object.assign(new Error('no'), { status: 422 })
  })
  app.use(answered)
  const wire = await (await serve('HTTP/1.1', app)).send()
  expect([wire.status, valuesOf(wire, 'set-cookie').length]).toEqual([422, 1])
  expect(events.map(({ type }) => type)).toEqual(['session-created'])
})

test('a store that cannot be read comes to the error handler as a 503, and Express alone answers 503 too', async () => {
  for (const handlers of [[answered], []]) {
    const { sessions, store } = serverSide()
    const opened = await sessions.open({ headers: {}, secure: false })
    opened.set('note', 'kept')
    const { setCookies } = await sessions.commit(opened)
    store.fail('find')
    const app = express()
    app.set('env', 'test')
    app.use(sessionMiddleware(sessions))
    app.get('/', (req, res) => void res.send(sessions.of(req).get('note')))
    for (const handler of handlers) app.use(handler)
    const wire = await (await serve('HTTP/1.1', app)).send({
      headers: { cookie: String(setCookies[0]).split(';')[0] ?? '' },
    })
    expect([wire.status, valuesOf(wire, 'set-cookie')]).toEqual([503, []])
  }
})

test('an error handler that runs while a whole answer waits does not change that answer', async () => {
  const { sessions, store } = serverSide()
  const gate = store.pause('create')
  const late: unknown[] = []
  const app = express()
  app.use(sessionMiddleware(sessions))
  app.get('/', (req, res) => {
    sessions.of(req).set('note', 'kept')
    res.status(201).send('whole')
    throw boom
  })
  app.use(((error, _req, res, _next) => {
    late.push(error, res.headersSent)
    res.status(500)
  }) satisfies ErrorRequestHandler)
  const sent = (await serve('HTTP/1.1', app)).send()
  await gate.reached
  gate.release()
  const wire = await sent
  expect([wire.status, wire.body, late]).toEqual([201, 'whole', [boom, true]])
})

test('middleware installed twice comes to the error handler, with what to do', async () => {
  for (const sessions of [serverSide().sessions, clientSide()]) {
    const app = express()
    app.use(sessionMiddleware(sessions), sessionMiddleware(sessions), answered)
    const wire = await (await serve('HTTP/1.1', app)).send()
    expect([wire.status, JSON.parse(wire.body).code]).toEqual([500, 'SESSION_ALREADY_ATTACHED'])
  }
})

test('a refusal keeps the policies that the app set for every answer', async () => {
  const { sessions } = serverSide()
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const app = express()
  app.use((_req, res, next) => {
    res.set('Content-Security-Policy', "default-src 'none'")
    next()
  })
  app.use(sessionMiddleware(sessions))
  app.get('/private', loginRequired(auth), (_req, res) => void res.send('private'))
  const at = await serve('HTTP/1.1', app)
  const foreign = { path: '/private', method: 'POST', headers: { Origin: 'https://evil.example' } }
  for (const [asked, status] of [[{ path: '/private' }, 401] as const, [foreign, 403] as const]) {
    const wire = await at.send(asked)
    expect(wire.status).toBe(status)
    expect(valuesOf(wire, 'content-security-policy')).toEqual(["default-src 'none'"])
  }
})
