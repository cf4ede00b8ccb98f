/**
 * Whether a request that changes something was sent by a page of this app.
 *
 * In: a method, headers, and where the app lives. Out: a refusal with the header that decided, or `null`. Pure. The base
 * is Go's CrossOriginProtection (net/http, 1.25): browsers say themselves where a request comes from, in a header that no
 * page can forge. Must not know: sessions, responses.
 *
 * Unlike there, the scheme counts: the app's origin is configured and not guessed from Host, so a page on http cannot post to
 * https. And where neither header came but a session did, the request is refused: nobody knows who sent it.
 *
 * @module
 */

import type { CsrfRefusal } from './refusal.ts'

export interface OriginCheck {
  readonly method: string
  readonly headers: { get(name: string): string | null }
  /** Whether the browser sent a cookie under the session's name. Asked last. */
  hasSession(): boolean
  /** Whether the path is one of those that may do without Origin. Asked last. */
  mayMissOrigin(): boolean
  /** Whether an origin, as a browser writes it, is the app's or one it trusts. */
  isTrusted(origin: string): boolean
}

/** The methods of which a browser knows that they change nothing, and a page may send from anywhere. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a request has to show where it comes from. A method nobody knows does. */
export function needsCheck(method: string, headers: OriginCheck['headers']): boolean {
  // An upgrade is a GET that no same-origin policy stops: any page may open a socket with our cookies (RFC 6455, 10.2).
  return !SAFE.has(method) || headers.get('upgrade')?.toLowerCase().includes('websocket') === true
}

/** `null`: it may pass. */
export function checkOrigin({ method, headers, ...app }: OriginCheck): CsrfRefusal | null {
  if (!needsCheck(method, headers)) return null
  const site = headers.get('sec-fetch-site')
  // `none`: a person typed it, or followed a bookmark.
  if (site === 'same-origin' || site === 'none') return null
  const origin = headers.get('origin')
  if (origin !== null && origin !== '') {
    // Also where the site is another: an app may live on several origins, and trust others by name.
    if (app.isTrusted(origin)) return null
    return { reason: 'cross-origin', header: site === null ? 'Origin' : 'Sec-Fetch-Site' }
  }
  if (site !== null && site !== '') return { reason: 'cross-origin', header: 'Sec-Fetch-Site' }
  // Neither header: no browser of this decade, so nobody who could be tricked, unless a session says otherwise.
  return app.hasSession() && !app.mayMissOrigin() ? { reason: 'no-origin', header: 'Origin' } : null
}
