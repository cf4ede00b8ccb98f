/**
 * Where the app lives, and what follows from it.
 *
 * In: the `origin` option. Out: whether this is development, which kinds of cookies are needed, and a clear error for
 * what cannot be an origin. Must not know: requests.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

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
}

/** @throws ConfigError ORIGIN_INVALID */
export function resolveOrigins(option: OriginOption, unsafeAllowHttp: boolean): Origins {
  if (typeof option === 'function') return { list: [], development: false, secure: true, plain: false }
  const list = (typeof option === 'string' ? [option] : [...(option ?? [])]).map(parseOrigin)
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
  }
}

function parseOrigin(text: unknown): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) {
    throw invalid(
      `found ${typeof text === 'string' ? `"${text}"` : `a ${typeof text}`}, which is no URL`,
      'Give scheme, host and, where it is not the default, port: "https://app.example"',
    )
  }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`found the scheme "${url.protocol}"`, 'Use https, or http on localhost')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('it has a user name or password in it', 'Give scheme, host and port only')
  }
  // A lone slash at the end is how many people write an origin.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw invalid(`"${text}" has a path, query or fragment`, `Give the origin alone: "${url.origin}"`)
  }
  return url
}

/** Names and addresses that never leave this machine (RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    // WHATWG URL has made four decimal parts of whatever was written.
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}

function invalid(found: string, advice: string): ConfigError {
  return new ConfigError('ORIGIN_INVALID', `Cannot use the option "origin": ${found}. ${advice}`, {
    details: { option: 'origin' },
  })
}
