/**
 * The headers every answer of the lab carries.
 *
 * In: nothing. Out: a middleware. The policy has no `unsafe-inline` because no page has a script or a style attribute.
 */

import type { NextFunction, Request, Response } from 'express'

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  // Not `no-referrer`: with it browsers send `Origin: null` with a form, and the CSRF check loses a witness.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export function securityHeaders(_req: Request, res: Response, next: NextFunction): void {
  res.set(HEADERS)
  next()
}
