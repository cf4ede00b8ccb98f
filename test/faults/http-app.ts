/**
 * A small Express app with logins, for stores that fail under it.
 *
 * In: the options of its sessions. Out: its address, until it is closed. Every change it answers with 200 carries a number,
 * and `/me` shows the numbers that were kept.
 *
 *   POST /login?user=u       POST /logout
 *   POST /write?key=k&n=1    sets the key to the number, and counts one on
 *   GET  /me                 the user and all that was kept; 401 for anybody else
 *
 * @module
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { loginRequired, sessionMiddleware } from '../../src/adapter/express.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions, type SessionsOptions } from '../../src/index.ts'

export const ORIGIN = 'http://localhost:3000'

/** What `/me` answers. */
export interface Me {
  readonly user: string
  readonly count: number
  readonly kept: Readonly<Record<string, number>>
}

export interface HttpApp {
  readonly address: string
  close(): Promise<void>
}

type Options = SessionsOptions<Record<string, number>>

export async function startHttpApp(options: Pick<Options, 'store' | 'storeTimeout' | 'onEvent'>): Promise<HttpApp> {
  const sessions = createSessions<Record<string, number>>({
    origin: ORIGIN,
    secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
    ...options,
  })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const app = express()
  app.use(sessionMiddleware(sessions))
  app.post('/login', async (req, res) => {
    await auth.login(req, { id: String(req.query.user) })
    res.end()
  })
  app.post('/logout', async (req, res) => {
    await auth.logout(req)
    res.end()
  })
  app.post('/write', loginRequired(auth), (req, res) => {
    const session = sessions.of(req)
    session.set(String(req.query.key), Number(req.query.n))
    session.update('count', (count = 0) => count + 1)
    res.end()
  })
  app.get('/me', loginRequired(auth), (req, res) => {
    const session = sessions.of(req)
    const { count = 0, ...kept } = Object.fromEntries(session.keys().map((key) => [key, session.get(key) ?? 0]))
    res.json({ user: auth.userOf(req).id, count, kept } satisfies Me)
  })

  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
