/**
 * The peers on Express 5, each set up as its own documentation says, at its fastest safe setting.
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
import { dataOf, greetingOf, SECRET } from '../../lib/record.ts'
import { type App, type Place, requirePlace, SLOW } from '../app.ts'
import { greet, serve } from './express.ts'

const LONG_SECRET = `${SECRET}${SECRET}`

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
