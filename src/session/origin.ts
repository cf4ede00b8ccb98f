/**
 * Where the app lives, and what follows from it.
 *
 * In: the `origin` option. Out: whether this is development, which kinds of cookies are needed, and a clear error for
 * what cannot be an origin. Must not know: requests.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { isLoopback } from '../lib/loopback.ts'

export type OriginOption = string | readonly string[] | ((host: string) => string | null)

export interface Origins {
  /** Empty where a function decides for each host. */
  readonly list: readonly URL[]
  /** All of it is this machine: the memory store, http and `.env` are allowed. */
  readonly development: boolean
  /** Some or all of it is https, so cookies are Secure there. */
  readonly secure: boolean
  /** Some or all of it is plain http. */
  readonly plain: boolean
  /**
   * Where the app lives for a request to `host`: of several origins the one with that host, else the first. `null` where the
   * app's own function knows no such host. Never throws, whatever a stranger sent as Host.
   */
  at(host: string | null): URL | null
}

/** @throws ConfigError ORIGIN_INVALID */
export function resolveOrigins(option: OriginOption, unsafeAllowHttp: boolean): Origins {
  if (typeof option === 'function') {
    return { list: [], development: false, secure: true, plain: false, at: (host) => askedFor(option, host) }
  }
  const list = (typeof option === 'string' ? [option] : [...(option ?? [])]).map((text) => parseOrigin(text))
  if (list.length === 0) {
    throw invalid('it is missing', 'Give where the app lives, e.g. "https://app.example" or "http://localhost:3000"')
  }
  const exposed = list.find((url) => url.protocol === 'http:' && !isLoopback(url.hostname))
  if (exposed !== undefined && !unsafeAllowHttp) {
    throw invalid(
      `"${exposed.origin}" is plain http on a host that is not this machine, so anyone on the way could take the session`,
      'Use https. Only where that is impossible, set unsafeAllowHttp: true',
    )
  }
  return {
    list,
    development: list.every((url) => isLoopback(url.hostname)),
    secure: list.some((url) => url.protocol === 'https:'),
    plain: list.some((url) => url.protocol === 'http:'),
    at: (host) => list.find((url) => url.host === host?.toLowerCase()) ?? list[0] ?? null,
  }
}

/** What a Host header may hold (RFC 9110, 7.2): a stranger's text is not handed to an app's function as it is. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

function askedFor(option: (host: string) => string | null, host: string | null): URL | null {
  if (host === null || !HOST.test(host)) return null
  try {
    const url = parseOrigin(option(host.toLowerCase()))
    // A function is production: what it gives must be https.
    return url.protocol === 'https:' ? url : null
  } catch {
    // A host the function did not expect, or no origin: the app does not live there.
    return null
  }
}

/** @throws ConfigError ORIGIN_INVALID */
export function parseOrigin(text: unknown, option = 'origin'): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) {
    throw invalid(
      `found ${typeof text === 'string' ? `"${text}"` : `a ${typeof text}`}, which is no URL`,
      'Give scheme, host and, where it is not the default, port: "https://app.example"',
      option,
    )
  }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`found the scheme "${url.protocol}"`, 'Use https, or http on localhost', option)
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('it has a user name or password in it', 'Give scheme, host and port only', option)
  }
  // A lone slash at the end is how many people write an origin.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw invalid(`"${text}" has a path, query or fragment`, `Give the origin alone: "${url.origin}"`, option)
  }
  return url
}

function invalid(found: string, advice: string, option = 'origin'): ConfigError {
  return new ConfigError('ORIGIN_INVALID', `Cannot use the option "${option}": ${found}. ${advice}`, {
    details: { option },
  })
}
