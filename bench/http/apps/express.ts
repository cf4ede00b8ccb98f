/**
 * Express 5 with its own settings: without a session, and with one of sojourn's. No peer is loaded here, so that the short form
 * runs where none is installed.
 *
 * @module
 */
import { createServer } from 'node:http'
import express, { type Express, type Request, type Response } from 'express'
import { sessionMiddleware } from '../../../dist/adapter/express.js'
import { shareShapes } from '../../../dist/adapter/shared/shared-shapes.js'
import { dataOf, greetingOf } from '../../lib/record.ts'
import { type App, listening, NAME, SLOW } from '../app.ts'
import { type StoreName, sessionsOver } from '../sojourn.ts'

export function serve(app: Express): Promise<number> {
  return listening(createServer(app))
}

export const greet = (_req: Request, res: Response): void => void res.send(greetingOf(NAME))

const bare = (app: Express): Promise<number> => {
  for (const path of ['/read', '/write', '/untouched']) app.get(path, greet)
  return serve(app)
}

/** Without a session, but with what sojourn's middleware does to Express' objects first of all (decisions/015). */
const sharedShapes: App = async () => {
  const app = express()
  app.use((req, res, next) => {
    shareShapes(req, res)
    next()
  })
  return bare(app)
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

export const apps: Readonly<Record<string, App>> = {
  'express/base': async () => bare(express()),
  'express/base-shared-shapes': sharedShapes,
  'express/sojourn-sealed': sojourn('sealed'),
  'express/sojourn-memory': sojourn('memory'),
  'express/sojourn-redis': sojourn('redis'),
  'express/sojourn-skip': sojourn('skip'),
  'express/sojourn-near': sojourn('near'),
  'express/sojourn-postgres': sojourn('postgres'),
  'express/sojourn-sqlite': sojourn('sqlite'),
}
