/**
 * The adapters fit the frameworks' own types, without a cast: checked by `tsc` and never run.
 */

import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import express from 'express'
import { Hono } from 'hono'
import * as onExpress from '../../src/adapter/express.ts'
import * as onHono from '../../src/adapter/hono.ts'
import * as onNode from '../../src/adapter/node.ts'
import * as onWeb from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'

const sessions = createSessions<{ note?: string }>({ origin: 'http://localhost:3000' })
const auth = createAuth(sessions, { findUser: (id) => ({ id, name: 'Ada' }) })

export function inExpress(): void {
  const app = express()
  app.use(onExpress.sessionMiddleware(sessions))
  app.use('/private', onExpress.loginRequired(auth))
  app.get('/', onExpress.loginRequired(auth), (req, res) => {
    const note: string | undefined = sessions.of(req).get('note')
    // @ts-expect-error not a key
    sessions.of(req).get('not')
    res.send(note ?? auth.userOf(req).name)
  })
  const router = express.Router()
  router.use(onExpress.sessionMiddleware(sessions), onExpress.loginRequired(auth))
  router.get('/:id', onExpress.loginRequired(auth), (req, res) => void res.send(req.params.id))
}

export function inHono(): void {
  const app = new Hono<{ Variables: { own: number } }>()
  app.use(onHono.sessionMiddleware(sessions))
  app.use('/private/*', onHono.sessionMiddleware(sessions), onHono.loginRequired(auth))
  app.get('/:id', onHono.loginRequired(auth), (c) => {
    const id: string = c.req.param('id')
    const own: number = c.get('own')
    return c.text(sessions.of(c).get('note') ?? `${id} ${own}`)
  })
}

export function inNode(): void {
  http.createServer(onNode.withSession(sessions, (_req, res, session) => res.end(session.get('note'))))
  https.createServer(
    onNode.withSession(
      sessions,
      onNode.loginRequired(auth, (req, res) => res.end(req.url)),
    ),
  )
  const listener = onNode.withSession(sessions, (req, res) => res.writeHead(200, { 'X-Url': req.url }).end())
  http.createServer(listener)
  http2.createSecureServer(onNode.withSession(sessions, (req, res) => void res.end(req.url)))
  http2.createSecureServer((req, res) => void onNode.attachSession(sessions, req, res))
}

export function inWeb(): { fetch: (request: Request, env: { name: string }) => Promise<Response> } {
  return {
    fetch: onWeb.withSession(
      sessions,
      onWeb.loginRequired(auth, (_request, session, env: { name: string }) => Response.json([session.isNew, env.name])),
    ),
  }
}
