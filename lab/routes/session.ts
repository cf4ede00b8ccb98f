/**
 * A look into one's own session, and three things to do to it.
 */

import { Router } from 'express'
import type { Lab } from '../lab.ts'
import { type SessionFacts, sessionPage } from '../pages/session.ts'
import { leadTo, sendPage } from '../send.ts'

export function sessionRoutes(lab: Lab): Router {
  const { sessions } = lab
  const router = Router()

  router.get('/session', async (req, res) => {
    const session = sessions.of(req)
    const facts: SessionFacts = {
      mode: lab.mode,
      store: lab.store,
      publicId: session.publicId,
      createdAt: session.createdAt,
      expiresAt: session.expiresAt,
      owner: (await lab.auth.currentUser(req))?.name ?? null,
      values: session.keys().map((key) => [key, session.get(key)]),
    }
    await sendPage(lab, req, res, { title: 'Your session', main: sessionPage(facts) })
  })

  router.post('/session/count', async (req, res) => {
    sessions.of(req).update('visits', (visits = 0) => visits + 1)
    await leadTo(lab, req, res, '/session')
  })

  router.post('/session/regenerate', async (req, res) => {
    const session = sessions.of(req)
    session.regenerate()
    session.flash('notice', 'Your session has a new id. What it holds stayed.')
    await leadTo(lab, req, res, '/session')
  })

  router.post('/session/destroy', async (req, res) => {
    sessions.of(req).destroy()
    await leadTo(lab, req, res, '/session')
  })

  return router
}
