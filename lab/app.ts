/**
 * The app: middleware in order, then routes.
 *
 * In: sessions, auth and users. Out: an Express app, not yet listening, so that a test can mount it too.
 */

import express, { type Express } from 'express'
import { sessionMiddleware } from 'sojourn/express'
import { ASSETS_PATH, serveAssets } from './assets.ts'
import { securityHeaders } from './headers.ts'
import type { Lab } from './lab.ts'
import { accountRoutes } from './routes/account.ts'
import { devicesRoutes } from './routes/devices.ts'
import { answerFailure, failureRoutes } from './routes/failure.ts'
import { homeRoutes } from './routes/home.ts'
import { passwordRoutes } from './routes/password.ts'
import { preferencesRoutes } from './routes/preferences.ts'
import { sessionRoutes } from './routes/session.ts'
import { shopRoutes } from './routes/shop.ts'
import { tripRoutes } from './routes/trip.ts'

export function createApp(lab: Lab): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  // Before the session: a stylesheet belongs to everybody, and caches may keep it.
  app.use(ASSETS_PATH, serveAssets())
  // It refuses what another site sent; here the error page says so.
  app.use(sessionMiddleware(lab.sessions, { refused: (error, _req, _res, next) => next(error) }))
  app.use(express.urlencoded({ extended: false, limit: '8kb', parameterLimit: 20 }))

  app.use(homeRoutes(lab))
  app.use(accountRoutes(lab))
  app.use(devicesRoutes(lab))
  app.use(passwordRoutes(lab))
  app.use(preferencesRoutes(lab))
  app.use(shopRoutes(lab))
  app.use(tripRoutes(lab))
  app.use(sessionRoutes(lab))
  app.use(failureRoutes(lab))
  app.use(answerFailure)
  return app
}
