import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, Router } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { createAuth } from '../auth/auth.ts'
import type { SessionsOptions } from '../session/options.ts'
import { createSessions, type Sessions } from '../session/sessions.ts'
import { memoryStore } from '../store/memory.ts'
import { createJar, type Jar } from '../testing/jar.ts'
import { loginRequired, sessionMiddleware } from './express.ts'

interface Data {
  note?: string
}

const ORIGIN = 'http://localhost:3000'
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function sessionsFor(options: Partial<SessionsOptions> = {}): Sessions<Data> {
  return createSessions<Data>({
    origin: ORIGIN,
    secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
    store: memoryStore(),
    ...options,
  })
}

async function browse(app: Express): Promise<Jar> {
  const server = createServer(app).listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return createJar({ origin: `http://127.0.0.1:${port}`, sendOrigin: ORIGIN })
}

describe('the session of a request', () => {
  test('is the same in routers, in mounted apps and behind res', async () => {
    const sessions = sessionsFor()
    const app = express()
    app.use(sessionMiddleware(sessions))
    const router = Router()
    router.get('/note', (req, res) => {
      sessions.of(req).set('note', 'from a router')
      res.json(sessions.of(res) === sessions.of(req))
    })
    const mounted = express()
    mounted.get('/note', (req, res) => void res.json(sessions.of(req).get('note')))
    app.use('/router', router)
    app.use('/mounted', mounted)
    const jar = await browse(app)
    expect(await (await jar.get('/router/note')).json()).toBe(true)
    expect(await (await jar.get('/mounted/note')).json()).toBe('from a router')
  })

  test('is judged by the whole path, also where the middleware is mounted deeper', async () => {
    const urls: string[] = []
    const sessions = sessionsFor({
      skip: ({ url }) => {
        urls.push(url)
        return false
      },
    })
    const app = express()
    const router = Router()
    router.use(sessionMiddleware(sessions))
    router.get('/page', (_req, res) => void res.end())
    app.use('/deep', router)
    await (await browse(app)).get('/deep/page?a=1')
    expect(urls).toEqual(['/deep/page?a=1'])
  })

  test.each<[string, (req: express.Request) => object]>([
    ['a spread copy', (req) => ({ ...req })],
    ['an heir', (req) => Object.create(req)],
    ['a proxy', (req) => new Proxy(req, {})],
    ['something else', () => ({ headers: {} })],
  ])('is not found for %s, and the error says why', async (_name, copy) => {
    const sessions = sessionsFor()
    const app = express()
    app.use(sessionMiddleware(sessions))
    app.get('/', (req, res) => {
      expect(() => sessions.of(copy(req))).toThrow(
        expect.objectContaining({ code: 'SESSION_NOT_ATTACHED', message: expect.stringContaining('copy') }),
      )
      res.json('asked')
    })
    expect(await (await (await browse(app)).get('/')).json()).toBe('asked')
  })

  test('is not found without the middleware, and the error says what to install', async () => {
    const sessions = sessionsFor()
    const app = express()
    app.get('/', (req, res) => {
      expect(() => sessions.of(req)).toThrow(
        expect.objectContaining({ code: 'SESSION_NOT_ATTACHED', message: expect.stringContaining('Install') }),
      )
      res.json('asked')
    })
    expect(await (await (await browse(app)).get('/')).json()).toBe('asked')
  })
})

describe('loginRequired', () => {
  function guarded() {
    const sessions = sessionsFor()
    const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
    const app = express()
    app.use(sessionMiddleware(sessions))
    app.post('/login', async (req, res) => {
      await auth.login(req, { id: 'ada' })
      res.end()
    })
    const router = Router()
    router.get('/private', loginRequired(auth), (req, res) => void res.json(auth.userOf(req)))
    app.use('/area', router)
    return app
  }

  test('sends a person to the login page and back to the whole path, and lets a user pass', async () => {
    const jar = await browse(guarded())
    const page = await jar.get('/area/private?tab=1', { accept: 'text/html' })
    expect([page.status, page.headers.get('location')]).toEqual([302, '/login?next=%2Farea%2Fprivate%3Ftab%3D1'])
    await jar.post('/login')
    const own = await jar.get('/area/private')
    expect([own.status, await own.json()]).toEqual([200, { id: 'ada' }])
    expect(own.headers.get('cache-control')).toBe('private, no-store')
  })

  test('answers a program with 401, and never lets a cache keep it for others', async () => {
    const refused = await (await browse(guarded())).get('/area/private')
    expect([refused.status, refused.headers.get('vary')]).toEqual([401, 'Cookie'])
    expect(refused.headers.get('cache-control')).toContain('no-store')
  })
})
