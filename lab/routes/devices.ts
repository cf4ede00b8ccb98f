/**
 * The list of one's own sessions, and ends for them.
 *
 * In: a public id from a form. Out: that session ended, if it is one's own; the library sees to that.
 */

import { Router } from 'express'
import { loginRequired } from 'sojourn/express'
import { field } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { devicesPage } from '../pages/devices.ts'
import { leadTo, sendPage } from '../send.ts'

export function devicesRoutes(lab: Lab): Router {
  const { auth, sessions } = lab
  const router = Router()
  router.use('/devices', loginRequired(auth))

  router.get('/devices', async (req, res) => {
    const devices = lab.mode === 'stored' ? await auth.devices(req) : null
    await sendPage(lab, req, res, { title: 'Your devices', main: devicesPage(devices) })
  })

  router.post('/devices/end', async (req, res, next) => {
    if (lab.mode !== 'stored') return next()
    const id = field(req, 'id')
    const isThisOne = id === sessions.of(req).publicId
    const ended = await auth.revoke(req, id)
    if (isThisOne) return leadTo(lab, req, res, '/')
    sessions.of(req).flash('notice', ended ? 'That session has ended.' : 'That session was over already.')
    await leadTo(lab, req, res, '/devices')
  })

  router.post('/devices/end-others', async (req, res, next) => {
    if (lab.mode !== 'stored') return next()
    await auth.revokeOthers(req)
    sessions.of(req).flash('notice', 'All your other sessions have ended.')
    await leadTo(lab, req, res, '/devices')
  })

  return router
}
