/**
 * The password once more, where something asks for a fresh login; and a new one.
 */

import { Router } from 'express'
import { hashPassword, verifyPassword } from 'sojourn/auth'
import { freshLoginRequired, loginRequired } from 'sojourn/express'
import { field } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { confirmPage, passwordPage } from '../pages/password.ts'
import { passwordError } from '../password-rules.ts'
import { leadTo, sendPage } from '../send.ts'

export function passwordRoutes(lab: Lab): Router {
  const { sessions, auth, users } = lab
  const router = Router()
  router.use('/confirm', loginRequired(auth))
  router.use('/password', freshLoginRequired(auth, { within: '5m' }))

  router.get('/confirm', async (req, res) => {
    await sendPage(lab, req, res, { title: 'Is it you?', main: confirmPage({ next: auth.nextUrl(req) }) })
  })

  router.post('/confirm', async (req, res) => {
    const next = auth.nextUrl(req)
    const { name, passwordHash } = auth.userOf(req)
    // Counted like any other attempt: an open browser is no place to guess in.
    const user = await auth.attempt({ account: name, address: auth.addressOf(req) }, async () =>
      (await verifyPassword(field(req, 'password'), passwordHash)) ? auth.userOf(req) : null,
    )
    if (user === null) {
      const main = confirmPage({ next, error: 'That is not your password. Try again' })
      return sendPage(lab, req, res, { title: 'Is it you?', main, status: 401 })
    }
    await auth.confirm(req)
    await leadTo(lab, req, res, next)
  })

  router.get('/password', async (req, res) => {
    await sendPage(lab, req, res, { title: 'Change your password', main: passwordPage() })
  })

  router.post('/password', async (req, res) => {
    const user = auth.userOf(req)
    const password = field(req, 'password')
    const error = passwordError(password, user.name)
    if (error !== undefined) {
      return sendPage(lab, req, res, { title: 'Change your password', main: passwordPage(error), status: 422 })
    }
    const passwordHash = await hashPassword(password)
    users.changePasswordHash(user.id, passwordHash)
    // This session goes on under the new password; every other one ends with the old.
    await auth.confirm(req, { ...user, passwordHash })
    sessions.of(req).flash('notice', 'Your password is changed, and every other session of yours has ended.')
    await leadTo(lab, req, res, '/profile')
  })

  return router
}
