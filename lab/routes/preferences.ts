/**
 * How the pages look, kept in the session.
 */

import { Router } from 'express'
import { field } from '../fields.ts'
import type { Lab } from '../lab.ts'
import { preferencesPage } from '../pages/preferences.ts'
import { toFontSize, toTheme } from '../preferences.ts'
import { leadTo, preferencesOf, sendPage } from '../send.ts'

export function preferencesRoutes(lab: Lab): Router {
  const router = Router()

  router.get('/preferences', async (req, res) => {
    await sendPage(lab, req, res, { title: 'Preferences', main: preferencesPage(preferencesOf(lab, req)) })
  })

  router.post('/preferences', async (req, res) => {
    const theme = toTheme(field(req, 'theme'))
    const fontSize = toFontSize(field(req, 'fontSize'))
    if (theme === null || fontSize === null) {
      const errors = {
        theme: theme === null ? 'Choose a theme' : undefined,
        fontSize: fontSize === null ? 'Choose a font size' : undefined,
      }
      const main = preferencesPage({ theme, fontSize }, errors)
      return sendPage(lab, req, res, { title: 'Preferences', main, status: 422 })
    }
    const session = lab.sessions.of(req)
    session.set('theme', theme)
    session.set('fontSize', fontSize)
    session.flash('notice', 'Your preferences are kept, and every page follows them.')
    await leadTo(lab, req, res, '/preferences')
  })

  return router
}
