/**
 * Stores that answer at once are not waited for: what people see is the same, and the laws hold.
 *
 * The stories wrap their stores, which makes every call wait; so here the stores are as an app has them.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { withSession } from '../../src/adapter/node.ts'
import {
  createSessions,
  type Session,
  type SessionEvent,
  type Sessions,
  type SessionsOptions,
} from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import { createJar, type Jar } from '../../src/testing/jar.ts'
import { drivers } from '../support/databases.ts'
import { createGates } from '../support/gates.ts'

interface Data {
  visits?: number
  theme?: string
  cart?: string[]
}

interface Place {
  readonly store: Store & OwnerIndex
  /** From now on every call fails. */
  breakDown(): void
}

const SECRET = 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'
const ORIGIN = 'http://localhost:3000'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function inMemory(): Place {
  const store = memoryStore()
  return {
    store,
    breakDown() {
      store.find = () => Promise.reject(new Error('no route to the store'))
      store.replace = () => Promise.reject(new Error('no route to the store'))
    },
  }
}

function inSqlite(): Place {
  const [driver] = drivers
  if (driver === undefined) throw new Error('There is no driver of SQLite')
  const database = driver.open(':memory:')
  return { store: sqliteStore(database), breakDown: () => database.close() }
}

type Handler = (session: Session<Data>, at: string) => unknown

async function onNode(sessions: Sessions<Data>, handler: Handler): Promise<Jar> {
  return served(
    createServer(
      withSession(sessions, async (req, res, session) => {
        res.end(JSON.stringify((await handler(session, req.url ?? '')) ?? null))
      }),
    ),
  )
}

async function onExpress(sessions: Sessions<Data>, handler: Handler): Promise<Jar> {
  const app = express()
  app.use(sessionMiddleware(sessions))
  app.use(async (req, res) => void res.send(JSON.stringify((await handler(sessions.of(req), req.url)) ?? null)))
  return served(createServer(app))
}

async function served(server: ReturnType<typeof createServer>): Promise<Jar> {
  server.listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return createJar({ origin: `http://127.0.0.1:${port}`, sendOrigin: ORIGIN })
}

const PLACES = { memory: inMemory, sqlite: inSqlite }
const SERVERS = { node: onNode, express: onExpress }
const CELLS = Object.keys(PLACES).flatMap((place) => Object.keys(SERVERS).map((server) => [place, server] as const))

describe.each(CELLS)('%s on %s', (placeName, serverName) => {
  async function start(handler: Handler, options: Partial<SessionsOptions> = {}) {
    const place = PLACES[placeName as keyof typeof PLACES]()
    const events: SessionEvent[] = []
    const sessions = createSessions<Data>({
      origin: ORIGIN,
      secret: SECRET,
      store: place.store,
      onEvent: (event) => void events.push(event),
      ...options,
    })
    const jar = await SERVERS[serverName as keyof typeof SERVERS](sessions, handler)
    return { ...place, sessions, events, jar }
  }

  const counting: Handler = (session, at) => {
    if (at === '/count') session.update('visits', (n = 0) => n + 1)
    return session.get('visits')
  }

  test('what was written is there for the next request, and nothing else is sent', async () => {
    const { jar } = await start(counting)
    await jar.get('/count')
    for (let n = 2; n < 8; n++) {
      const answer = await jar.get('/count')
      expect(await answer.json()).toBe(n)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(answer.headers.get('cache-control')).toBe('private')
      expect(answer.headers.get('vary')).toBe('Cookie')
    }
    expect(await (await jar.get('/')).json()).toBe(7)
  })

  test('a write that waited longer than another is made again on what that one left', async () => {
    const slowly = createGates()('slow')
    const { jar, events } = await start(async (session, at) => {
      session.get('visits')
      if (at === '/slow') await slowly.pass()
      if (at !== '/') session.update('visits', (n = 0) => n + 1)
      return session.get('visits')
    })
    await jar.get('/first')
    const slow = jar.get('/slow')
    await slowly.arrived()
    await jar.get('/quick')
    slowly.open()
    await slow
    expect(await (await jar.get('/')).json()).toBe(3)
    expect(events.filter(({ type }) => type === 'write-conflict')).toHaveLength(1)
  })

  test('a write to a session that ended meanwhile is lost, and the answer says so', async () => {
    const slowly = createGates()('slow')
    const { jar } = await start(async (session, at) => {
      session.get('theme')
      if (at === '/slow') await slowly.pass()
      if (at === '/end') session.destroy()
      else session.set('theme', 'dark')
    })
    await jar.get('/first')
    const slow = jar.copy().post('/slow')
    await slowly.arrived()
    await jar.get('/end')
    slowly.open()
    expect((await slow).status).toBe(409)
  })

  test('what an update throws on the newer value is the answer, and nothing of it is written', async () => {
    const slowly = createGates()('slow')
    const { jar, events } = await start(async (session, at) => {
      session.get('visits')
      if (at === '/slow') await slowly.pass()
      if (at === '/first') return session.set('visits', 1)
      if (at === '/') return session.get('visits')
      let calls = 0
      session.update('visits', (n = 0) => {
        // Once for the handler; again only where somebody else was first.
        if (++calls > 1) throw new Error('no such visit')
        return n + 1
      })
    })
    await jar.get('/first')
    const slow = jar.get('/slow')
    await slowly.arrived()
    expect((await jar.get('/quick')).status).toBe(200)
    slowly.open()
    expect((await slow).status).toBe(500)
    expect(await (await jar.get('/')).json()).toBe(2)
    expect(events.filter(({ type }) => type === 'commit-failed')).toHaveLength(1)
  })

  test('a store that fails between the read and the write is a 503, and an event', async () => {
    let breakDown = () => {}
    const place = await start((session, at) => {
      if (at === '/break') breakDown()
      return counting(session, at === '/break' ? '/count' : at)
    })
    breakDown = place.breakDown
    await place.jar.get('/count')
    const answer = await place.jar.get('/break')
    expect(answer.status).toBe(503)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(place.events.at(-1)).toMatchObject({ type: 'store-error', error: { code: 'STORE_FAILED' } })
  })

  test('a store that cannot be read is a 503 at the first touch', async () => {
    const { jar, breakDown, events } = await start((session, at) => (at === '/quiet' ? 'quiet' : counting(session, at)))
    await jar.get('/count')
    breakDown()
    expect(await (await jar.get('/quiet')).json()).toBe('quiet')
    expect((await jar.get('/')).status).toBe(503)
    expect(events.at(-1)).toMatchObject({ type: 'store-error' })
  })

  test("a schema that changes what it is given changes nobody else's", async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'a test',
        validate(value: unknown) {
          const data = value as Data
          data.theme = `${data.theme ?? ''}!`
          return { value: data as never }
        },
      },
    } as const
    const { jar } = await start(
      (session, at) => {
        if (at === '/set') session.set('visits', 1)
        return session.get('theme')
      },
      { schema },
    )
    await jar.get('/set')
    for (let n = 0; n < 5; n++) expect(await (await jar.get('/')).json()).toBe('!')
  })

  test('what is handed out cannot be changed, whether the session was just written or just read', async () => {
    const { jar, sessions } = await start((session, at) => {
      if (at === '/begin') session.set('cart', ['tea'])
      if (at === '/count') session.update('visits', (n = 0) => n + 1)
      const cart = session.get('cart') as string[]
      expect(() => cart.push('gold')).toThrow(TypeError)
      return cart
    })
    for (const path of ['/begin', '/', '/', '/count', '/count', '/']) {
      expect(await (await jar.get(path)).json()).toEqual(['tea'])
      const glance = await sessions.peek({ cookie: `session=${jar.cookies.get('session')}` })
      expect(() => Object.assign(glance?.data ?? {}, { theme: 'gold' })).toThrow(TypeError)
    }
  })

  test('a request that is no activity writes, and moves no end', async () => {
    let now = 1_800_000_000_000
    const { jar, sessions } = await start(counting, { clock: () => now, idleTimeout: '10m' })
    await jar.get('/count')
    const cookie = `session=${jar.cookies.get('session')}`
    const before = (await sessions.peek({ cookie }))?.expiresAt
    now += 5 * 60_000
    const prefetch = await jar.get('/count', { 'sec-purpose': 'prefetch' })
    expect(await prefetch.json()).toBe(2)
    expect((await sessions.peek({ cookie }))?.expiresAt).toBe(before)
    await jar.get('/count')
    expect((await sessions.peek({ cookie }))?.expiresAt).toBe(now + 10 * 60_000)
  })

  test('a write moves the end where a tenth of the idle time is gained, and not for less', async () => {
    let now = 1_800_000_000_000
    const { jar, sessions } = await start(counting, { clock: () => now, idleTimeout: '10m' })
    await jar.get('/count')
    const cookie = `session=${jar.cookies.get('session')}`
    const first = now + 10 * 60_000
    now += 59_999
    await jar.get('/count')
    expect((await sessions.peek({ cookie }))?.expiresAt).toBe(first)
    now += 1
    await jar.get('/count')
    expect((await sessions.peek({ cookie }))?.expiresAt).toBe(now + 10 * 60_000)
    expect(await (await jar.get('/')).json()).toBe(3)
  })
})
