/**
 * The apps of peers that belong to one framework, on that framework.
 *
 * @module
 */
import { createServer } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import fastifySecureSession from '@fastify/secure-session'
import fastifySession from '@fastify/session'
import { serve } from '@hono/node-server'
import { useSession as honoSession } from '@hono/session'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { createApp, defineEventHandler, useSession as h3Session, toNodeListener } from 'h3'
import { Hono } from 'hono'
import { sessionMiddleware } from '../../../dist/adapter/hono.js'
import { dataOf, greetingOf, SECRET } from '../../lib/record.ts'
import { type App, listening, NAME, type Place } from '../app.ts'
import { sessionsOver } from '../sojourn.ts'

interface Kept {
  name?: string
  visits?: number
}

async function listenFastify(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as { port: number }).port
}

const fastifyBase: App = async () => {
  const app = Fastify()
  for (const path of ['/read', '/write']) app.get(path, async () => greetingOf(NAME))
  return listenFastify(app)
}

interface FastifyWay {
  get(request: FastifyRequest): Kept
  set(request: FastifyRequest, data: object): void
}

function onFastify(register: (app: FastifyInstance) => Promise<void>, { get, set }: FastifyWay): App {
  return async (place) => {
    const app = Fastify()
    await register(app)
    app.get('/begin', async (request) => {
      set(request, dataOf(place.recordBytes))
      return 'begun'
    })
    app.get('/read', async (request) => greetingOf(get(request).name ?? ''))
    app.get('/write', async (request) => {
      const { visits = 0, name = '' } = get(request)
      set(request, { visits: visits + 1 })
      return greetingOf(name)
    })
    return listenFastify(app)
  }
}

/** A key, not a secret and salt: deriving one at every start is all that differs. */
const secureSession = onFastify(
  async (app) => {
    await app.register(fastifySecureSession, { key: Buffer.from(SECRET), cookieName: 'session', cookie: { path: '/' } })
  },
  {
    get(request) {
      const { session } = request as unknown as { session: { get(key: string): never } }
      return { name: session.get('name'), visits: session.get('visits') }
    },
    set(request, data) {
      const { session } = request as unknown as { session: { set(key: string, value: unknown): void } }
      for (const [key, value] of Object.entries(data)) session.set(key, value)
    },
  },
)

const storedOnFastify = onFastify(
  async (app) => {
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret: SECRET,
      cookie: { secure: false },
      saveUninitialized: false,
      rolling: false,
    })
  },
  {
    get: (request) => (request as unknown as { session: Kept }).session,
    set: (request, data) => void Object.assign((request as unknown as { session: Kept }).session, data),
  },
)

function listenHono(app: Hono): Promise<number> {
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}

const honoBase: App = async () => {
  const app = new Hono()
  for (const path of ['/read', '/write']) app.get(path, (c) => c.text(greetingOf(NAME)))
  return listenHono(app)
}

const honoPeer: App = async (place) => {
  const app = new Hono()
  app.use(honoSession({ secret: SECRET }) as never)
  interface Peer {
    get(): Promise<Kept | null>
    update(data: object): Promise<void>
  }
  const of = (c: object) => (c as { var: { session: Peer } }).var.session
  app.get('/begin', async (c) => {
    await of(c).update(dataOf(place.recordBytes))
    return c.text('begun')
  })
  app.get('/read', async (c) => c.text(greetingOf((await of(c).get())?.name ?? '')))
  app.get('/write', async (c) => {
    const kept = (await of(c).get()) ?? {}
    await of(c).update({ ...kept, visits: (kept.visits ?? 0) + 1 })
    return c.text(greetingOf(kept.name ?? ''))
  })
  return listenHono(app)
}

const honoSojourn: App = async (place: Place) => {
  const sessions = await sessionsOver('sealed', place)
  const app = new Hono()
  app.use(sessionMiddleware(sessions) as never)
  app.get('/begin', (c) => {
    const session = sessions.of(c)
    for (const [key, value] of Object.entries(dataOf(place.recordBytes))) session.set(key as 'name', value)
    return c.text('begun')
  })
  app.get('/read', (c) => c.text(greetingOf(sessions.of(c).get('name') ?? '')))
  app.get('/write', (c) => {
    sessions.of(c).update('visits', (n = 0) => n + 1)
    return c.text(greetingOf(sessions.of(c).get('name') ?? ''))
  })
  return listenHono(app)
}

const h3Base: App = () => {
  const app = createApp()
  app.use(defineEventHandler(() => greetingOf(NAME)))
  return listening(createServer(toNodeListener(app)))
}

const h3Peer: App = (place) => {
  const app = createApp()
  app.use(
    defineEventHandler(async (event) => {
      const session = await h3Session<Kept & Record<string, never>>(event, {
        password: SECRET,
        name: 'session',
        cookie: { secure: false },
      })
      if (event.path === '/begin') await session.update(dataOf(place.recordBytes) as never)
      if (event.path === '/write') await session.update({ visits: (session.data.visits ?? 0) + 1 } as never)
      return greetingOf(session.data.name ?? '')
    }),
  )
  return listening(createServer(toNodeListener(app)))
}

export const apps: Readonly<Record<string, App>> = {
  'fastify/base': fastifyBase,
  'fastify/secure-session': secureSession,
  'fastify/session-memory': storedOnFastify,
  'hono/base': honoBase,
  'hono/session': honoPeer,
  'hono/sojourn-sealed': honoSojourn,
  'h3/base': h3Base,
  'h3/use-session': h3Peer,
}
