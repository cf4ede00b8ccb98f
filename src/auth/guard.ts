/**
 * What a guard answers where a request may not pass.
 *
 * In: facts of the request, and what is missing. Out: a decision; an adapter makes the answer. Pure. Must not know:
 * sessions, users, responses.
 *
 * @module
 */

import type { GuardCode, GuardDecision } from '../session/decision.ts'
import { isSafeMethod, type RequestFacts } from '../session/facts.ts'
import { safeNext } from './next-url.ts'

export interface GuardPlaces {
  /** Where people log in. */
  readonly loginPath: string
  /** Where they enter their password once more. */
  readonly confirmPath: string
  /** The app's own, as it counts for this request. */
  readonly origin: string
}

/** `missing`: what keeps the request from passing; `null` where nothing does. */
export function decideGuard(
  { method, url, headers }: RequestFacts,
  missing: GuardCode | null,
  { loginPath, confirmPath, origin }: GuardPlaces,
): GuardDecision {
  if (missing === null) return { type: 'pass' }
  // A preflight never carries cookies, so it cannot be asked for a login (Fetch standard, 4.9). Nor may it reach the handler:
  // many a one does not look at the method, and anybody can send one. What answers real ones stands before the guard.
  if (method === 'OPTIONS') return { type: 'preflight', code: missing, status: 200 }
  if (missing === 'FORBIDDEN') return { type: 'refuse', code: missing, status: 403 }
  if (!headers.get('accept')?.includes('text/html')) return { type: 'refuse', code: missing, status: 401 }
  const path = missing === 'LOGIN_NOT_FRESH' ? confirmPath : loginPath
  // What was posted cannot be posted again by a redirect: back to the page it was sent from, where the browser names one.
  const isSafe = isSafeMethod(method)
  const next = isSafe ? safeNext(pathOf(url), origin) : safeNext(headers.get('referer'), origin)
  const joint = path.includes('?') ? '&' : '?'
  const location = next === null ? path : `${path}${joint}next=${encodeURIComponent(next)}`
  return { type: 'redirect', code: missing, status: isSafe ? 302 : 303, location }
}

/** Behind a proxy the host that a server sees need not be ours; what comes after it is. */
function pathOf(url: string): string | null {
  if (url.startsWith('/') || !URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return pathname + search
}
