/**
 * Whether a request may pass where a login is required.
 *
 * In: facts of the request, and whether somebody is logged in. Out: a decision; an adapter makes the answer. Pure. Must
 * not know: sessions, users, responses.
 *
 * @module
 */

import { isSafeMethod, type RequestFacts } from '../session/facts.ts'
import { safeNext } from './next-url.ts'

export type GuardDecision =
  | { readonly type: 'pass' }
  /** For a person: to the login page, and back afterwards. */
  | { readonly type: 'redirect'; readonly status: 302 | 303; readonly location: string }
  /** For a program: 401. */
  | { readonly type: 'refuse'; readonly status: 401 }

export function decideGuard(
  { method, url, headers }: RequestFacts,
  loggedIn: boolean,
  loginPath: string,
  origin: string,
): GuardDecision {
  // A preflight never carries cookies, and answers nothing worth a login (Fetch standard, 4.9).
  if (loggedIn || method === 'OPTIONS') return { type: 'pass' }
  if (!headers.get('accept')?.includes('text/html')) return { type: 'refuse', status: 401 }
  // What was posted cannot be posted again by a redirect, so there is nowhere to come back to.
  if (!isSafeMethod(method)) return { type: 'redirect', status: 303, location: loginPath }
  const next = safeNext(pathOf(url), origin)
  if (next === null) return { type: 'redirect', status: 302, location: loginPath }
  const joint = loginPath.includes('?') ? '&' : '?'
  return { type: 'redirect', status: 302, location: `${loginPath}${joint}next=${encodeURIComponent(next)}` }
}

/** Behind a proxy the host that a server sees need not be ours; what comes after it is. */
function pathOf(url: string): string | null {
  if (url.startsWith('/') || !URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return pathname + search
}
