/**
 * The first page: who you are, as far as the session knows.
 */

import { Router } from 'express'
import type { Lab } from '../lab.ts'
import { homePage } from '../pages/home.ts'
import { sendPage } from '../send.ts'

export function homeRoutes(lab: Lab): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const user = await lab.auth.currentUser(req)
    await sendPage(lab, req, res, { title: 'Home', main: homePage(user?.name ?? null, lab.mode) })
  })

  return router
}
