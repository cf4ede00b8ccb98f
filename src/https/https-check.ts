/**
 * Whether a request came over TLS, and what to do where it did not.
 *
 * In: facts of a request, and where the app lives. Out: a decision; an adapter makes the answer. Pure. Must not know:
 * sessions, responses.
 *
 * @module
 */

import { isLoopback } from '../lib/loopback.ts'

export type HttpsDecision =
  /** It may pass. `hsts`: the header that says to come by https from now on; `null` where it must not be sent. */
  | { readonly type: 'pass'; readonly hsts: string | null }
  /** A person: the same page, by https. 308 keeps the method, so that a form is sent again. */
  | { readonly type: 'redirect'; readonly status: 308; readonly location: string }
  /** A program: to follow a redirect would send its secrets in the clear once more, every time. */
  | { readonly type: 'refuse'; readonly status: 403 }

/** Strict-Transport-Security (RFC 6797). */
export interface HstsOptions {
  /** Also for every subdomain, the ones of others included. */
  readonly includeSubDomains?: boolean
  /** Consents to be built into browsers (hstspreload.org), which is hard to take back. Needs `includeSubDomains`. */
  readonly preload?: boolean
}

/** Two years, as hstspreload.org recommends; it asks for one at least. */
const MAX_AGE_SECONDS = 63_072_000

export function hstsOf({ includeSubDomains = false, preload = false }: HstsOptions): string {
  const flags = (includeSubDomains ? '; includeSubDomains' : '') + (preload ? '; preload' : '')
  return `max-age=${MAX_AGE_SECONDS}${flags}`
}

export interface HttpsCheck {
  readonly secure: boolean
  readonly url: string
  readonly accept: string | null
  /** What the browser takes this machine for; `null` where nobody knows. */
  readonly host: string | null
  /** Where the app lives for this request, by its configuration and never by what the request says; `null`: nowhere. */
  readonly origin: URL | null
  /** From `hstsOf`. */
  readonly hsts: string
}

export function checkHttps({ secure, url, host, accept, origin, hsts }: HttpsCheck): HttpsDecision {
  // A browser keeps the header for the host that it asked: an app in production that is tried as localhost must not have it
  // keep one for every app on this machine.
  const isNoHost = origin === null || isLoopback(origin.hostname) || isLoopback(hostnameOf(host))
  if (secure) return { type: 'pass', hsts: isNoHost ? null : hsts }
  // An app that lives on http, which createSessions lets pass for this machine alone, is where it should be.
  if (origin?.protocol === 'http:') return { type: 'pass', hsts: null }
  if (origin === null || !accept?.includes('text/html')) return { type: 'refuse', status: 403 }
  return { type: 'redirect', status: 308, location: origin.origin + pathOf(url) }
}

function hostnameOf(host: string | null): string {
  const url = `http://${host ?? ''}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}

/** A proxy's request line holds a whole URL, and OPTIONS may hold `*`: neither is a path. */
function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : URL.canParse(url) ? new URL(url).pathname + new URL(url).search : '/'
  // A line break would end the header; Node refuses one, and no other server should have to.
  return /[\p{Cc}\\]/u.test(path) ? '/' : path
}
