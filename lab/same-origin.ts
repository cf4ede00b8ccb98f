/**
 * Refuses a form that another site sends in the visitor's name.
 *
 * In: an unsafe request. Out: on to the routes, or a 403. SameSite=Lax alone leaves two gaps: another port of localhost
 * is the same *site*, and a login form works without any cookie.
 */

import type { NextFunction, Request, RequestHandler, Response } from 'express'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** `origin` such as `https://localhost:8443`. */
export function sameOriginOnly(origin: string): RequestHandler {
  return (req: Request, _res: Response, next: NextFunction) => {
    if (SAFE_METHODS.has(req.method) || isSameOrigin(req, origin)) return next()
    next(Object.assign(new Error('Cannot accept this form: another site sent it'), { status: 403 }))
  }
}

function isSameOrigin(req: Request, origin: string): boolean {
  const site = req.get('Sec-Fetch-Site')
  // A browser says it itself, and no page can forge it; `none` is a person's own doing.
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const sender = req.get('Origin')
  // Neither header: not a browser of this decade, and so nobody who could be tricked into sending a cookie.
  return sender === undefined || sender === origin
}
