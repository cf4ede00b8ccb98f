/**
 * What no route took, and what went wrong.
 *
 * In: errors of the lab, of Express and of the library, which all say their `status`. Out: a page for a person. The
 * stack goes to the console and never to a browser.
 */

import { type NextFunction, type Request, type Response, Router } from 'express'
import { RefusalError, SojournError } from 'sojourn'
import type { Lab } from '../lab.ts'
import { failurePage } from '../pages/failure.ts'
import { sendBarePage, sendPage } from '../send.ts'

/** What no route took. */
export function failureRoutes(lab: Lab): Router {
  const router = Router()

  router.get('/logout', async (req, res) => {
    res.set('Allow', 'POST')
    await sendPage(lab, req, res, failurePage(405))
  })

  router.use(async (req, res) => {
    await sendPage(lab, req, res, failurePage(404))
  })

  return router
}

/** What went wrong. Express knows an error handler by its four parameters, and looks for it on the app only. */
export function answerFailure(error: unknown, req: Request, res: Response, next: NextFunction): void {
  // Half an answer cannot be taken back; Express then ends the connection.
  if (res.headersSent) {
    next(error)
    return
  }
  const status = statusOf(error)
  if (status >= 500) console.error(`${req.method} ${req.path}:`, error)
  if (status === 503) res.set('Retry-After', '5')
  // Bare: the session may be the very thing that failed.
  sendBarePage(req, res, failurePage(status, error instanceof SojournError ? error.code : undefined, againAt(error)))
}

/** The page of a form whose token was no longer the right one. */
function againAt(error: unknown): string | null {
  return error instanceof RefusalError && error.refusal.type === 'csrf' ? error.refusal.again : null
}

function statusOf(error: unknown): number {
  const status: unknown = (error as { status?: unknown } | null | undefined)?.status
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500
}
