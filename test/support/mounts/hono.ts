/**
 * The story app behind `sojourn/hono`: by `fetch` alone, or on a real server by @hono/node-server.
 *
 * @module
 */
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { freshLoginRequired, loginRequired, permit, sessionMiddleware } from '../../../src/adapter/hono.ts'
import { ADMIN, FRESH, FRESH_WITHIN, GUARDED, isAdmin, type StoryApp } from '../story-app.ts'
import type { Mounted } from './mount.ts'
import { SERVER_OPTIONS, served } from './node.ts'
import { responseOf } from './web.ts'

function honoHost(app: StoryApp): Hono {
  const host = new Hono()
  host.use(sessionMiddleware(app.sessions))
  host.use(GUARDED, loginRequired(app.auth))
  host.use(FRESH, freshLoginRequired(app.auth, { within: FRESH_WITHIN }))
  host.use(ADMIN, permit(app.auth, isAdmin))
  host.all('*', async (c) => responseOf(await app.run(c.req.url, c)))
  return host
}

export async function mountHono(app: StoryApp): Promise<Mounted> {
  const host = honoHost(app)
  return { send: async (request) => host.fetch(request), close: async () => {} }
}

export async function mountHonoNode(app: StoryApp): Promise<Mounted> {
  return served(createAdaptorServer({ fetch: honoHost(app).fetch, serverOptions: SERVER_OPTIONS }) as Server)
}
