/**
 * The apps on Express 5, with its own settings.
 *
 * @module
 */
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import cookieSession from 'cookie-session'
import express, { type Express, type Request, type Response } from 'express'
import session from 'express-session'
import { getIronSession } from 'iron-session'
import pg from 'pg'
import { createClient } from 'redis'
import { sessionMiddleware } from '../../../dist/adapter/express.js'
import { dataOf, greetingOf, SECRET } from '../../lib/record.ts'
import { type App, NAME, type Place, requirePlace, SLOW } from '../app.ts'
import { type StoreName, sessionsOver } from '../sojourn.ts'

const LONG_SECRET = `${SECRET}${SECRET}`

function serve(app: Express): Promise<number> {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

const greet = (_req: Request, res: Response): void => void res.send(greetingOf(NAME))

const base: App = async () => {
  const app = express()
  for (const path of ['/read', '/write', '/untouched']) app.get(path, greet)
  return serve(app)
}

function sojourn(name: StoreName): App {
  return async (place) => {
    const sessions = await sessionsOver(name, place)
    const app = express()
    app.use(sessionMiddleware(sessions))
    app.get('/begin', (req, res) => {
      const visit = sessions.of(req)
      for (const [key, value] of Object.entries(dataOf(place.recordBytes))) visit.set(key as 'name', value)
      res.send('begun')
    })
    app.get('/read', (req, res) => void res.send(greetingOf(sessions.of(req).get('name') ?? '')))
    app.get('/write', (req, res) => {
      const visit = sessions.of(req)
      visit.update('visits', (n = 0) => n + 1)
      res.send(greetingOf(visit.get('name') ?? ''))
    })
    app.get('/untouched', greet)
    app.get('/slow', async (req, res) => {
      const visit = sessions.of(req)
      visit.get('visits')
      await new Promise((resolve) => setTimeout(resolve, SLOW))
      visit.update('visits', (n = 0) => n + 1)
      res.send(greetingOf(visit.get('name') ?? ''))
    })
    app.get('/visits', (req, res) => void res.send(String(sessions.of(req).get('visits'))))
    return serve(app)
  }
}

interface Kept {
  name?: string
  visits?: number
}

/** Express' own way: `req.session` is an object, changed in place. */
function inPlace(prepare: (place: Place, app: Express) => Promise<void>): App {
  return async (place) => {
    const app = express()
    await prepare(place, app)
    const of = (req: Request) => (req as unknown as { session: Kept }).session
    app.get('/begin', (req, res) => {
      Object.assign(of(req), dataOf(place.recordBytes))
      res.send('begun')
    })
    app.get('/read', (req, res) => void res.send(greetingOf(of(req).name ?? '')))
    app.get('/write', (req, res) => {
      const kept = of(req)
      kept.visits = (kept.visits ?? 0) + 1
      res.send(greetingOf(kept.name ?? ''))
    })
    app.get('/untouched', greet)
    app.get('/slow', async (req, res) => {
      const kept = of(req)
      const { visits = 0 } = kept
      await new Promise((resolve) => setTimeout(resolve, SLOW))
      kept.visits = visits + 1
      res.send(greetingOf(kept.name ?? ''))
    })
    app.get('/visits', (req, res) => void res.send(String(of(req).visits)))
    return serve(app)
  }
}

/** `resave: false` and `saveUninitialized: false` are what its documentation recommends, and the fastest. */
const EXPRESS_SESSION = { secret: SECRET, resave: false, saveUninitialized: false }

const iron: App = async (place) => {
  const options = { password: LONG_SECRET, cookieName: 'session', cookieOptions: { secure: false } }
  const of = (req: Request, res: Response) => getIronSession<Kept>(req, res, options)
  const app = express()
  app.get('/begin', async (req, res) => {
    const kept = await of(req, res)
    Object.assign(kept, dataOf(place.recordBytes))
    await kept.save()
    res.send('begun')
  })
  app.get('/read', async (req, res) => void res.send(greetingOf((await of(req, res)).name ?? '')))
  app.get('/write', async (req, res) => {
    const kept = await of(req, res)
    kept.visits = (kept.visits ?? 0) + 1
    await kept.save()
    res.send(greetingOf(kept.name ?? ''))
  })
  app.get('/slow', async (req, res) => {
    const kept = await of(req, res)
    await new Promise((resolve) => setTimeout(resolve, SLOW))
    kept.visits = (kept.visits ?? 0) + 1
    await kept.save()
    res.send(greetingOf(kept.name ?? ''))
  })
  app.get('/visits', async (req, res) => void res.send(String((await of(req, res)).visits)))
  return serve(app)
}

export const apps: Readonly<Record<string, App>> = {
  'express/base': base,
  'express/sojourn-sealed': sojourn('sealed'),
  'express/sojourn-memory': sojourn('memory'),
  'express/sojourn-redis': sojourn('redis'),
  'express/sojourn-skip': sojourn('skip'),
  'express/sojourn-near': sojourn('near'),
  'express/sojourn-postgres': sojourn('postgres'),
  'express/sojourn-sqlite': sojourn('sqlite'),
  'express/cookie-session': inPlace(async (_place, app) => {
    app.use(cookieSession({ name: 'session', keys: [SECRET] }))
  }),
  'express/iron-session': iron,
  'express/express-session-memory': inPlace(async (_place, app) => {
    app.use(session(EXPRESS_SESSION))
  }),
  'express/express-session-redis': inPlace(async (place, app) => {
    const client = createClient({ url: `redis://127.0.0.1:${requirePlace(place.redis, 'Redis')}` })
    await client.connect()
    app.use(session({ ...EXPRESS_SESSION, store: new RedisStore({ client }) }))
  }),
  'express/express-session-postgres': inPlace(async (place, app) => {
    const pool = new pg.Pool({ ...requirePlace(place.postgres, 'PostgreSQL'), max: 8 })
    app.use(
      session({ ...EXPRESS_SESSION, store: new (connectPgSimple(session))({ pool, createTableIfMissing: true }) }),
    )
  }),
}
