import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { HTTPException } from 'hono/http-exception'
import { stream, streamSSE } from 'hono/streaming'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { createAuth } from '../auth/auth.ts'
import { createSessions } from '../session/sessions.ts'
import { memoryStore } from '../store/memory.ts'
import { createJar } from '../testing/jar.ts'
import { failingStore, pausingStore } from '../testing/stores.ts'
import { loginRequired, sessionMiddleware } from './hono.ts'

interface Data {
  note?: string
}

const ORIGIN = 'https://app.example'
let logged: MockInstance
beforeEach(() => {
  logged = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

function world() {
  const store = pausingStore(failingStore(memoryStore({ unsafeAllowInProduction: true })))
  const events: string[] = []
  const sessions = createSessions<Data>({
    origin: ORIGIN,
    secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
    store,
    onEvent: ({ type }) => events.push(type),
  })
  const app = new Hono()
  app.use(sessionMiddleware(sessions))
  return { store, events, sessions, app, ask: (path = '/', init?: RequestInit) => app.request(ORIGIN + path, init) }
}

/** One route for each way to answer, all of which have touched the session. */
function answers(app: Hono): void {
  app.get('/text', (c) => c.text('handler-body', 201, { 'X-Handler': 'own' }))
  app.get('/json', (c) => c.json({ handler: true }))
  app.get('/redirect', (c) => c.redirect('/handler', 303))
  app.get('/cookie', (c) => {
    c.header('Set-Cookie', 'own=1', { append: true })
    c.header('Set-Cookie', 'own2=2', { append: true })
    return c.body('handler-body')
  })
  app.get('/stream', (c) =>
    stream(c, async (out) => {
      await out.write('handler-')
      await out.write('body')
    }),
  )
  app.get('/events', (c) => streamSSE(c, (out) => out.writeSSE({ data: 'handler-body' })))
  app.get('/fetched', () => fetch('data:text/plain,handler-body'))
  app.get('/replaced', async (c, next) => {
    await next()
    c.res = new Response('handler-body', { headers: { 'X-Handler': 'replaced', 'Set-Cookie': 'own=1' } })
  })
  app.get('/denied', () => {
    throw new HTTPException(403, { message: 'handler-body' })
  })
}

const PATHS = [
  '/text',
  '/json',
  '/redirect',
  '/cookie',
  '/stream',
  '/events',
  '/fetched',
  '/replaced',
  '/denied',
  '/missing',
]

describe.each(PATHS)('%s', (path) => {
  async function bare(): Promise<Response> {
    const app = new Hono()
    answers(app)
    return app.request(ORIGIN + path)
  }

  async function expectSame(response: Response): Promise<void> {
    const expected = await bare()
    expect([response.status, await response.text()]).toEqual([expected.status, await expected.text()])
    const own = ([name, value]: [string, string]) =>
      !['vary', 'cache-control'].includes(name) && !value.startsWith('__Host-Http-session=')
    const keep = [...expected.headers].filter(own)
    expect([...response.headers].filter(own)).toEqual(keep)
  }

  test('is as without a session, with the headers of the session beside it', async () => {
    const { app, sessions, ask } = world()
    app.use(async (c, next) => {
      sessions.of(c).set('note', 'kept')
      await next()
    })
    answers(app)
    const response = await ask(path)
    expect(response.headers.getSetCookie().filter((cookie) => cookie.startsWith('__Host-Http-session='))).toHaveLength(
      1,
    )
    expect(response.headers.get('cache-control')).toContain('private, no-store')
    await expectSame(response)
  })

  test('has nothing of a session that it did not touch', async () => {
    const { app, ask } = world()
    answers(app)
    const response = await ask(path)
    expect(response.headers.get('vary')).toBeNull()
    await expectSame(response)
  })

  test('leaves nothing of itself in the 503 when the store fails', async () => {
    const { app, sessions, store, ask } = world()
    store.fail('create')
    app.use(async (c, next) => {
      c.header('X-Handler', 'early')
      sessions.of(c).set('note', 'kept')
      await next()
    })
    answers(app)
    const response = await ask(path)
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ status: 503 })
    expect(JSON.stringify([...response.headers, text])).not.toMatch(/handler|location/i)
  })
})

describe('an answer', () => {
  test('waits for the commit', async () => {
    const { app, sessions, store, ask } = world()
    const gate = store.pause('create')
    app.get('/', (c) => {
      sessions.of(c).set('note', 'kept')
      return c.text('body')
    })
    let isAnswered = false
    const answered = Promise.resolve(ask()).then((response) => {
      isAnswered = true
      return response
    })
    await gate.reached
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    expect(isAnswered).toBe(false)
    gate.release()
    expect((await answered).headers.getSetCookie()).toHaveLength(1)
  })

  test('is compressed with the cookie still on it', async () => {
    const { sessions, app } = world()
    const outer = new Hono()
    outer.use(compress({ threshold: 0 }))
    app.get('/', (c) => {
      sessions.of(c).set('note', 'kept')
      return c.text('body '.repeat(1_000))
    })
    outer.route('/', app)
    const response = await outer.request(ORIGIN, { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.getSetCookie()).toHaveLength(1)
  })

  test('of an error handler is the answer: a 4xx saves, a 5xx does not', async () => {
    const { app, sessions, events, ask } = world()
    app.get('/:status', (c) => {
      sessions.of(c).flash('error', 'Not like that')
      throw new Error(c.req.param('status'))
    })
    app.onError((error, c) => c.text('sorry', Number(error.message) as 422))
    const [saved, dropped] = [await ask('/422'), await ask('/500')]
    expect([saved.status, saved.headers.getSetCookie().length, await saved.text()]).toEqual([422, 1, 'sorry'])
    expect([dropped.status, dropped.headers.getSetCookie().length, await dropped.text()]).toEqual([500, 0, 'sorry'])
    expect(events).toEqual(['session-created', 'write-dropped'])
  })

  test('to something thrown that is no error goes on to the host, and nothing is saved', async () => {
    const { app, sessions, events, ask } = world()
    app.get('/', (c) => {
      sessions.of(c).set('note', 'lost')
      throw 'text'
    })
    await expect(Promise.resolve(ask())).rejects.toBe('text')
    expect(events).toEqual(['write-dropped'])
  })

  test('to a store that cannot be read is a 503, unless the app answers for itself', async () => {
    for (const own of [false, true]) {
      const { app, sessions, store } = world()
      app.post('/', (c) => {
        sessions.of(c).set('note', 'kept')
        return c.text('saved')
      })
      app.get('/', (c) => c.text(sessions.of(c).get('note') ?? ''))
      if (own) app.onError((_error, c) => c.text('own page', 502))
      const jar = createJar({ origin: ORIGIN, fetch: async (request) => app.fetch(request) })
      await jar.post('/')
      store.fail('find')
      const response = await jar.get('/')
      expect([response.status, response.headers.getSetCookie()]).toEqual([own ? 502 : 503, []])
      if (own) expect(await response.text()).toBe('own page')
      else expect(await response.json()).toMatchObject({ code: 'STORE_FAILED' })
    }
  })

  test('to a bug is the 500 of Hono itself', async () => {
    const { app, sessions, ask } = world()
    app.get('/', (c) => {
      const session = sessions.of(c)
      session.destroy()
      session.set('note', 'late')
      return c.text('never')
    })
    expect((await ask()).status).toBe(500)
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ code: 'SESSION_DESTROYED' }))
  })

  test('whose stream touches the session for the first time fails there', async () => {
    const { app, sessions, ask } = world()
    const codes: unknown[] = []
    app.get('/', (c) =>
      stream(c, async () => {
        await new Promise(setImmediate)
        try {
          sessions.of(c).get('note')
        } catch (error) {
          codes.push((error as { code?: string }).code)
        }
      }),
    )
    await (await ask()).text()
    expect(codes).toEqual(['HEADERS_SENT'])
  })
})

describe('the session of a request', () => {
  test('is found by c, by c.req and by c.req.raw, also in a mounted app', async () => {
    const { app, sessions, ask } = world()
    const mounted = new Hono()
    mounted.get('/', (c) => {
      const session = sessions.of(c)
      return c.json(sessions.of(c.req) === session && sessions.of(c.req.raw) === session)
    })
    app.route('/mounted', mounted)
    expect(await (await ask('/mounted')).json()).toBe(true)
  })

  test('is not found without the middleware, nor by a copy', async () => {
    const { sessions } = world()
    const app = new Hono()
    app.get('/', (c) => {
      expect(() => sessions.of(c)).toThrow(expect.objectContaining({ code: 'SESSION_NOT_ATTACHED' }))
      return c.text('asked')
    })
    expect(await (await app.request(ORIGIN)).text()).toBe('asked')
  })

  test('twice on one request is refused', async () => {
    const { app, sessions, ask } = world()
    app.use(sessionMiddleware(sessions))
    app.get('/', (c) => c.text('never'))
    expect((await ask()).status).toBe(500)
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ code: 'SESSION_ALREADY_ATTACHED' }))
  })
})

test('loginRequired sends a person to the login page, a program a 401, and lets a user pass', async () => {
  const { app, sessions } = world()
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  app.post('/login', async (c) => {
    await auth.login(c, { id: 'ada' })
    return c.body(null, 204)
  })
  app.get('/private', loginRequired(auth), (c) => c.json(auth.userOf(c)))
  const jar = createJar({ origin: ORIGIN, fetch: async (request) => app.fetch(request) })
  const page = await jar.get('/private', { accept: 'text/html' })
  expect([page.status, page.headers.get('location')]).toEqual([302, '/login?next=%2Fprivate'])
  expect((await jar.get('/private')).status).toBe(401)
  await jar.post('/login')
  expect(await (await jar.get('/private')).json()).toEqual({ id: 'ada' })
})
