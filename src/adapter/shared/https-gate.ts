/**
 * Only https: what every adapter's `httpsRequired` does.
 *
 * In: sessions, which know where the app lives and which proxies are trusted; facts of a request. Out: an answer, or the header
 * that lets it pass. Must not know: frameworks.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { checkHttps, type HstsOptions, hstsOf } from '../../https/https-check.ts'
import { edgeOf } from '../../session/edge.ts'
import type { RequestFacts } from '../../session/facts.ts'
import type { Sessions } from '../../session/sessions.ts'
import { type Problem, problemOf } from './problem.ts'

export type { HstsOptions } from '../../https/https-check.ts'

/** `answer` in place of the handler's; or `hsts`, the value of Strict-Transport-Security, where it is to be sent. */
export type Gate = (facts: RequestFacts) => { readonly answer: Problem | null; readonly hsts: string | null }

/** @throws ConfigError OPTION_INVALID */
export function createHttpsGate<Data extends object>(sessions: Sessions<Data>, options: HstsOptions): Gate {
  if (options.preload === true && options.includeSubDomains !== true) {
    throw new ConfigError(
      'OPTION_INVALID',
      'Cannot use the option "preload": browsers build in no host without its subdomains. Set includeSubDomains too, or leave it out',
      { details: { option: 'preload' } },
    )
  }
  const { door } = edgeOf(sessions)
  const hsts = hstsOf(options)

  return (raw) => {
    const facts = door.view(raw)
    const { secure, url } = facts
    const accept = facts.headers.get('accept')
    // A proxy that names no host has often put its own name for this machine in the place of the browser's.
    const isHostKnown = raw.secure || facts.headers !== raw.headers
    const host = isHostKnown ? facts.headers.get('host') : null
    const decision = checkHttps({ secure, url, host, accept, origin: door.originOf(facts), hsts })
    switch (decision.type) {
      case 'pass':
        return { answer: null, hsts: decision.hsts }
      case 'redirect': {
        const headers = { Location: decision.location, 'Cache-Control': 'no-store' }
        return { answer: { status: decision.status, headers, body: '' }, hsts: null }
      }
      case 'refuse':
        return { answer: problemOf({ status: decision.status, ...WORDS }, accept), hsts: null }
    }
  }
}

const WORDS = {
  title: 'HTTPS required',
  detail:
    'Send this request by https. It is not redirected, for each one that came by http has shown its secrets already.',
  code: 'HTTPS_REQUIRED',
}
