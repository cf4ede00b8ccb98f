/**
 * What is judged of a request before its handler runs: who stands in front, and whether another site sent it.
 *
 * In: facts as the server got them, a token that a form brought. Out: facts as trusted proxies tell them, a refusal or
 * `null`, events. Must not know: frameworks, bodies, answers.
 *
 * @module
 */

import { checkOrigin, needsCheck, type OriginCheck } from '../csrf/origin-check.ts'
import type { CsrfRefusal } from '../csrf/refusal.ts'
import { claimsHttps, type Forwarded } from '../https/proxies.ts'
import { shownPath } from '../lib/paths.ts'
import type { Channel } from './channel.ts'
import type { RequestFacts } from './facts.ts'
import type { Settings } from './options.ts'
import type { Visit } from './visit.ts'

export interface Door {
  /** The request as trusted proxies tell it. */
  view(facts: RequestFacts): RequestFacts
  /** Where the app lives for this request; `null`: nowhere. */
  originOf(facts: RequestFacts): URL | null
  /**
   * Whether another site sent it; `null` lets it pass. Reads nothing but headers. Without a `channel`, a request that does
   * not say where it comes from passes with its session, too: outside of an adapter it may be a program's own.
   */
  checkOrigin(facts: RequestFacts, channel: Channel | null): CsrfRefusal | null
  /** Whether it has to bring a token as well. */
  needsToken(facts: RequestFacts): boolean
  /**
   * Whether the token it brought is one for this browser.
   * @throws what reading the session threw: without it nobody can tell.
   */
  checkToken(visit: Visit, token: string | null): CsrfRefusal | null
}

export function createDoor(settings: Settings): Door {
  const { csrf, origins, trustedOrigins, proxies, emit } = settings
  const own = new Set(origins.list.map(({ origin }) => origin))
  const untold = new Set(['plain-http', 'proxy-not-trusted'] as const)

  /** Law 13: a browser that drops our cookie must not be a riddle. Told once, not with every request. */
  function diagnose(facts: RequestFacts, isProxyTrusted: boolean): void {
    if (untold.size === 0 || !origins.secure || origins.plain || facts.secure) return
    const cause = !isProxyTrusted && claimsHttps(facts.headers) ? 'proxy-not-trusted' : 'plain-http'
    if (untold.delete(cause)) emit({ type: 'insecure-request', cause, advice: ADVICE[cause] })
  }

  function originOf({ headers, url }: RequestFacts): URL | null {
    // A web Request that came over HTTP/2, or over no wire at all, says its host in its URL alone.
    return origins.at(headers.get('host') ?? (URL.canParse(url) ? new URL(url).host : null))
  }

  function told(refusal: CsrfRefusal | null, { method, url }: RequestFacts): CsrfRefusal | null {
    if (refusal === null) return null
    emit({ type: 'csrf-refused', ...refusal, method, path: shownPath(url), reportOnly: csrf.reportOnly })
    return csrf.reportOnly ? null : refusal
  }

  function isExcused(facts: RequestFacts): boolean {
    // Without a session there is nothing to act with.
    return csrf.isExempt(facts.url) || settings.skip(facts)
  }

  return {
    view(facts) {
      if (proxies === null) {
        diagnose(facts, false)
        return facts
      }
      const forwarded = proxies(facts)
      const viewed = new ViewedFacts(facts, forwarded)
      diagnose(viewed, forwarded.isTrusted)
      return viewed
    },

    originOf,

    checkOrigin(facts, channel) {
      if (!needsCheck(facts.method, facts.headers) || isExcused(facts)) return null
      const check: OriginCheck = {
        method: facts.method,
        headers: facts.headers,
        hasSession: () => channel?.isPresented(facts) === true,
        mayMissOrigin: () => csrf.mayMissOrigin(facts.url),
        isTrusted: (origin) => trustedOrigins.has(origin) || own.has(origin) || originOf(facts)?.origin === origin,
      }
      return told(checkOrigin(check), facts)
    },

    needsToken(facts) {
      // A socket's upgrade has no form, and was judged by its Origin.
      const isUpgrade = facts.headers.get('upgrade') !== null && facts.method === 'GET'
      return csrf.mode === 'token' && needsCheck(facts.method, facts.headers) && !isUpgrade && !isExcused(facts)
    },

    checkToken(visit, token) {
      const { facts } = visit
      const sameOrigin = facts.headers.get('sec-fetch-site') === 'same-origin'
      const reason = visit.judgeCsrfToken(token, sameOrigin)
      return told(reason && { reason, header: null }, facts)
    },
  }
}

const ADVICE = {
  'plain-http':
    'A request came over plain http, and browsers keep no cookie of an https app from there. Redirect it with httpsRequired(); or, where a proxy in front ends TLS, let it send X-Forwarded-Proto and set trustProxy',
  'proxy-not-trusted':
    'A proxy says that the browser came by https, and it is not trusted, so the request counts as plain http. Set trustProxy to the number of proxies in front of the app, or to their addresses',
} as const

/** Facts of which two are what a proxy says. */
class ViewedFacts implements RequestFacts {
  readonly method: string
  readonly url: string
  readonly headers: RequestFacts['headers']
  readonly secure: boolean
  readonly address: string | null

  constructor({ method, url, headers }: RequestFacts, { secure, address, host }: Forwarded) {
    this.method = method
    this.url = url
    this.headers =
      host === null ? headers : { get: (name) => (name.toLowerCase() === 'host' ? host : headers.get(name)) }
    this.secure = secure
    this.address = address
  }
}
