/** The guards as method decorators, and as handlers, in every adapter: the same answers for the same people. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { type Context, Hono } from 'hono'
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import * as inExpress from '../../src/adapter/express.ts'
import * as inHono from '../../src/adapter/hono.ts'
import * as inNode from '../../src/adapter/node.ts'
import * as inWeb from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import type { Auth } from '../../src/auth/contract.ts'
import { freshLoginRequired, type GuardDecorator, loginRequired, permit } from '../../src/auth/decorator.ts'
import { createSessions, type Sessions } from '../../src/index.ts'
import { RefusalError } from '../../src/session/decision.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { fixedClock } from '../../src/testing/clock.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { quietly } from '../support/answers.ts'
import type { Mounted } from '../support/mounts/mount.ts'
import { serve } from '../support/mounts/node.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

interface User {
  readonly id: string
  readonly role: string
}

type Wired = Auth<User, object>

function world() {
  const clock = fixedClock()
  const sessions: Sessions<object> = createSessions<object>({
    origin: ORIGIN,
    secret: SECRET,
    store: memoryStore(),
    clock,
  })
  const findUser = (id: string): User => ({ id, role: id === 'ada' ? 'admin' : 'member' })
  const auth: Wired = createAuth(sessions, { findUser, confirmPath: '/confirm' })
  return { clock, sessions, auth }
}

/** What `@decorator` does to a method, by hand: the compiler's output calls it with the method and a context. */
function applied<Args extends [request: object, ...rest: unknown[]], Result>(
  decorator: GuardDecorator,
  method: (this: Controller, ...args: Args) => Promise<Result>,
): (this: Controller, ...args: Args) => Promise<Result> {
  const access = { has: () => true, get: () => method }
  return decorator(method, {
    kind: 'method',
    name: 'page',
    static: false,
    private: false,
    metadata: {},
    access,
    addInitializer() {},
  })
}

interface Controller {
  readonly greeting: string
}

const controller: Controller = { greeting: 'Hello' }

const fails = () => {
  throw new Error('the role store is down')
}

/** Path -> what guards it. */
function decorators(auth: Wired): Record<string, GuardDecorator> {
  return {
    '/private': loginRequired(auth),
    '/fresh': freshLoginRequired(auth, { within: '5m' }),
    '/admin': permit(auth, async (user) => user.role === 'admin'),
    '/broken': permit(auth, fails),
  }
}

type Start = (auth: Wired, sessions: Sessions<object>) => Promise<Mounted>

const DECORATED: Record<string, Start> = {
  async web(auth, sessions) {
    const guards = decorators(auth)
    const app = inWeb.withSession(sessions, (request) => {
      const guard = guards[new URL(request.url).pathname]
      const page = async function (this: Controller, of: Request) {
        return new Response(`${this.greeting} ${auth.userOf(of).id}`)
      }
      return (guard === undefined ? page : applied(guard, page)).call(controller, request)
    })
    return { send: (request) => app(request).catch(() => new Response('', { status: 500 })), close: async () => {} }
  },
  async node(auth, sessions) {
    const guards = decorators(auth)
    return serve(
      inNode.withSession(sessions, (req, res) => {
        const page = async function (this: Controller, of: IncomingMessage, to: ServerResponse) {
          to.end(`${this.greeting} ${auth.userOf(of).id}`)
        }
        const guard = guards[req.url?.split('?', 1)[0] ?? '']
        return (guard === undefined ? page : applied(guard, page)).call(controller, req, res)
      }),
    )
  },
  async express(auth, sessions) {
    const app = express()
    app.use(inExpress.sessionMiddleware(sessions))
    for (const [path, guard] of Object.entries(decorators(auth))) {
      const page = applied(guard, async function (of: express.Request, to: express.Response) {
        to.send(`${this.greeting} ${auth.userOf(of).id}`)
      })
      app.all(path, (req, res) => page.call(controller, req, res))
    }
    app.use(inExpress.refusals())
    return serve(app)
  },
  async hono(auth, sessions) {
    const app = new Hono()
    app.use(inHono.sessionMiddleware(sessions))
    for (const [path, guard] of Object.entries(decorators(auth))) {
      const page = applied(guard, async function (c: Context) {
        return c.text(`${this.greeting} ${auth.userOf(c).id}`)
      })
      app.all(path, (c) => page.call(controller, c))
    }
    return { send: async (request) => app.fetch(request), close: async () => {} }
  },
}

/** The same pages behind each adapter's own guards. */
const GUARDED: Record<string, Start> = {
  async web(auth, sessions) {
    const page = (request: Request) => new Response(`Hello ${auth.userOf(request).id}`)
    const pages: Record<string, ReturnType<typeof inWeb.loginRequired<User, object, []>>> = {
      '/private': inWeb.loginRequired(auth, page),
      '/fresh': inWeb.freshLoginRequired(auth, { within: '5m' }, page),
      '/admin': inWeb.permit(auth, async (user) => user.role === 'admin', page),
      '/broken': inWeb.permit(auth, fails, page),
    }
    const app = inWeb.withSession(sessions, (request, session) =>
      (pages[new URL(request.url).pathname] ?? page)(request, session),
    )
    return { send: (request) => app(request).catch(() => new Response('', { status: 500 })), close: async () => {} }
  },
  async node(auth, sessions) {
    const page = (req: IncomingMessage, res: ServerResponse) => res.end(`Hello ${auth.userOf(req).id}`)
    const pages: Record<string, inNode.SessionListener<object>> = {
      '/private': inNode.loginRequired(auth, page),
      '/fresh': inNode.freshLoginRequired(auth, { within: '5m' }, page),
      '/admin': inNode.permit(auth, async (user) => user.role === 'admin', page),
      '/broken': inNode.permit(auth, fails, page),
    }
    return serve(
      inNode.withSession(sessions, (req, res, session) =>
        (pages[req.url?.split('?', 1)[0] ?? ''] ?? page)(req, res, session),
      ),
    )
  },
  async express(auth, sessions) {
    const app = express()
    app.use(inExpress.sessionMiddleware(sessions))
    app.use('/private', inExpress.loginRequired(auth))
    app.use('/fresh', inExpress.freshLoginRequired(auth, { within: '5m' }))
    app.use(
      '/admin',
      inExpress.permit(auth, async (user) => user.role === 'admin'),
    )
    app.use('/broken', inExpress.permit(auth, fails))
    app.use((req, res) => void res.send(`Hello ${auth.userOf(req).id}`))
    return serve(app)
  },
  async hono(auth, sessions) {
    const app = new Hono()
    app.use(inHono.sessionMiddleware(sessions))
    app.use('/private', inHono.loginRequired(auth))
    app.use('/fresh', inHono.freshLoginRequired(auth, { within: '5m' }))
    app.use(
      '/admin',
      inHono.permit(auth, async (user) => user.role === 'admin'),
    )
    app.use('/broken', inHono.permit(auth, fails))
    app.all('*', (c) => c.text(`Hello ${auth.userOf(c).id}`))
    return { send: async (request) => app.fetch(request), close: async () => {} }
  },
}

const CASES = [
  ...Object.entries(DECORATED).map(([adapter, start]) => ['decorators', adapter, start] as const),
  ...Object.entries(GUARDED).map(([adapter, start]) => ['guards', adapter, start] as const),
]

describe.each(CASES)('%s in %s', (_kind, _adapter, start) => {
  async function app() {
    const { clock, sessions, auth } = world()
    const mounted = await start(auth, sessions)
    onTestFinished(() => mounted.close())
    async function ask(path: string, owner: string | null, headers: Record<string, string> = {}, method = 'GET') {
      const cookie: Record<string, string> = owner === null ? {} : { cookie: await cookieOf(owner) }
      const request = new Request(ORIGIN + path, { method, headers: { origin: ORIGIN, ...cookie, ...headers } })
      const answer = await quietly(() => mounted.send(request))
      return { status: answer.status, location: answer.headers.get('location'), body: await answer.text() }
    }
    const cookies = new Map<string, Promise<string>>()
    function cookieOf(owner: string): Promise<string> {
      const cookie = cookies.get(owner) ?? cookieFor(sessions, { owner })
      cookies.set(owner, cookie)
      return cookie
    }
    return { clock, ask }
  }

  test('who may is let through, with the method’s own `this`', async () => {
    const { ask } = await app()
    for (const path of ['/private', '/fresh', '/admin']) {
      expect(await ask(path, 'ada')).toMatchObject({ status: 200, body: 'Hello ada' })
    }
    expect(await ask('/private', 'bob')).toMatchObject({ status: 200, body: 'Hello bob' })
  })

  test('nobody is told so: a program by a code, a person by the login page', async () => {
    const { ask } = await app()
    for (const path of ['/private', '/fresh', '/admin', '/broken']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await ask(path, null, {}, method)
        expect([path, method, answer.status]).toEqual([path, method, 401])
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'LOGIN_REQUIRED' })
      }
      const page = await ask(`${path}?x=1`, null, { accept: 'text/html' })
      expect(page).toMatchObject({ status: 302, location: `/login?next=${encodeURIComponent(`${path}?x=1`)}` })
    }
  })

  test('who may not gets a 403, as a page or as a code', async () => {
    const { ask } = await app()
    const answer = await ask('/admin', 'bob')
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'FORBIDDEN'])
    const page = await ask('/admin', 'bob', { accept: 'text/html' })
    expect([page.status, page.location]).toEqual([403, null])
    expect(page.body).toContain('<h1>Not allowed</h1>')
  })

  test('who logged in long ago confirms it', async () => {
    const { clock, ask } = await app()
    expect((await ask('/fresh', 'ada')).status).toBe(200)
    clock.advance('5m')
    const answer = await ask('/fresh', 'ada')
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([401, 'LOGIN_NOT_FRESH'])
    expect(await ask('/fresh', 'ada', { accept: 'text/html' })).toMatchObject({
      status: 302,
      location: '/confirm?next=%2Ffresh',
    })
    expect((await ask('/private', 'ada')).status).toBe(200)
  })

  test('a rule that throws is a 500, and the page is not shown', async () => {
    const { ask } = await app()
    const answer = await ask('/broken', 'ada')
    expect(answer.status).toBe(500)
    expect(answer.body).not.toContain('Hello')
  })
})

test('a decorated method is not called where the guard refuses, and says why in its error', async () => {
  const { sessions, auth } = world()
  const request = new Request(`${ORIGIN}/private`, { method: 'POST', headers: { origin: ORIGIN } })
  await inWeb.attachSession(sessions, request)
  let calls = 0
  const method = applied(loginRequired(auth), async (_request: Request, by: number) => (calls += by))
  const refused = method.call(controller, request, 2)
  await expect(refused).rejects.toBeInstanceOf(RefusalError)
  await expect(refused).rejects.toMatchObject({
    code: 'LOGIN_REQUIRED',
    status: 401,
    refusal: { type: 'refuse', code: 'LOGIN_REQUIRED', status: 401 },
  })
  expect(calls).toBe(0)
  await auth.login(request, { id: 'ada', role: 'admin' })
  expect(await method.call(controller, request, 2)).toBe(2)
  expectTypeOf(method).parameters.toEqualTypeOf<[Request, number]>()
})

test('what is no rule and no time is refused where the class is defined', () => {
  const { auth } = world()
  expect(() => permit(auth, 'admin' as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  expect(() => freshLoginRequired(auth, { within: 'soon' })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }),
  )
})

test('in Express, what is no refusal goes on to the app’s own error handler', async () => {
  const app = express()
  app.get('/', () => {
    throw new Error('of the app')
  })
  app.use(inExpress.refusals())
  app.use(((error: Error, _req, res, _next) => void res.status(418).send(error.message)) as express.ErrorRequestHandler)
  const mounted = await serve(app)
  onTestFinished(() => mounted.close())
  const answer = await mounted.send(new Request(ORIGIN))
  expect([answer.status, await answer.text()]).toEqual([418, 'of the app'])
})
