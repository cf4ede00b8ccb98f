/**
 * How our cookies look: name, prefix and attributes, decided once.
 *
 * In: the developer's options. Out: Set-Cookie headers. Must not know: what the values mean. Everything that can be
 * wrong is found at construction; after that a header is a few strings put together.
 *
 * @module
 */

import { type SetCookie, stringifySetCookie } from 'cookie'
import { ConfigError } from '../errors.ts'

export interface CookieProfileOptions {
  /** Without a prefix the right one is put before it. Default: `session`. */
  readonly name?: string
  /** Shares the cookie with the subdomains. Left out: this host alone, which is safer. */
  readonly domain?: string
  /** Default: `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Keeps one cookie for each site that embeds this one (CHIPS). */
  readonly partitioned?: boolean
  /** False only for http on a loopback address. */
  readonly secure: boolean
}

/** One cookie of the app: its name, and the headers that set and clear it. Always `HttpOnly` and `Path=/`. */
export interface CookieProfile {
  /** With its prefix, as the browser sends it. */
  readonly name: string
  readonly secure: boolean
  /**
   * The Set-Cookie header. `value` is our own base64url and is not checked again. `maxAgeSeconds` becomes whole
   * seconds, at most 400 days (RFC 6265bis, section 5.5); without it the browser forgets the cookie when it closes.
   */
  set(value: string, maxAgeSeconds?: number): string
  /** The Set-Cookie header that removes the cookie: the same attributes, or the browser would not find it. */
  clear(): string
  /** `sibling('seen')` is the cookie `<name>-seen` with the same attributes. */
  sibling(suffix: string): CookieProfile
}

const DEFAULT_NAME = 'session'
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60

/** A cookie name is a token (RFC 6265bis, section 4.1.1; RFC 9110, section 5.6.2). The cookie library passes more. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * What a browser demands of a cookie whose name begins like this. The longer ones first, for `__Host-Http-` begins with
 * `__Host-` too. `__Http-` and `__Host-Http-` also demand HttpOnly, both `__Host-` forms Path=/: ours always have both.
 */
const PREFIXES = [
  { prefix: '__Host-Http-', domain: false },
  { prefix: '__Host-', domain: false },
  { prefix: '__Http-', domain: true },
  { prefix: '__Secure-', domain: true },
] as const

/**
 * Decides how a cookie looks. The prefix follows from the options: `__Host-Http-` (which an older browser takes for a
 * `__Host-`), `__Secure-` where a domain rules that out, none without `secure`. A name that brings a prefix keeps it.
 *
 * @throws {ConfigError} `COOKIE_INVALID` when a browser would refuse the cookie, or an option is not of its type.
 */
export function createCookieProfile(options: CookieProfileOptions): CookieProfile {
  const { name = DEFAULT_NAME, domain, sameSite = 'lax', partitioned = false, secure } = options
  checkTypes(secure, partitioned, sameSite)
  checkName(name)
  checkPrefix(name, domain, secure)
  if (!secure && sameSite === 'none') {
    throw refused('the cookie', "sameSite is 'none' without https, which browsers refuse. Use https, or 'lax'")
  }
  if (!secure && partitioned) {
    throw refused('the cookie', 'partitioned is set without https, which browsers refuse. Use https, or leave it out')
  }
  checkDomain(name, domain)
  return profileOf({
    name: prefixFor(name, domain, secure) + name,
    value: '',
    path: '/',
    domain,
    sameSite,
    partitioned,
    secure,
    httpOnly: true,
  })
}

function profileOf(cookie: SetCookie & { name: string; secure: boolean }): CookieProfile {
  const { name, secure } = cookie
  const head = `${name}=`
  const attributes = stringifySetCookie(cookie).slice(head.length)
  const cleared = stringifySetCookie({ ...cookie, maxAge: 0, expires: new Date(0) })

  return {
    name,
    secure,
    set(value, maxAgeSeconds) {
      if (maxAgeSeconds === undefined) return head + value + attributes
      return `${head}${value}; Max-Age=${wholeSeconds(maxAgeSeconds)}${attributes}`
    },
    clear: () => cleared,
    sibling(suffix) {
      const siblingName = `${name}-${suffix}`
      checkName(siblingName)
      return profileOf({ ...cookie, name: siblingName })
    },
  }
}

/** Rounded down: the browser may forget a cookie early, never keep it past its end. */
function wholeSeconds(seconds: number): number {
  return seconds > 0 ? Math.floor(Math.min(seconds, MAX_AGE_SECONDS)) : 0
}

function prefixFor(name: string, domain: string | undefined, secure: boolean): string {
  if (!secure || prefixOf(name) !== undefined) return ''
  return domain === undefined ? '__Host-Http-' : '__Secure-'
}

/** By lower case, because browsers compare so (RFC 6265bis, section 5.7). */
function prefixOf(name: string): (typeof PREFIXES)[number] | undefined {
  const lower = name.toLowerCase()
  return PREFIXES.find(({ prefix }) => lower.startsWith(prefix.toLowerCase()))
}

function checkTypes(secure: unknown, partitioned: unknown, sameSite: unknown): void {
  if (typeof secure !== 'boolean') throw refused('the cookie', `secure is ${show(secure)}. Pass true or false`)
  if (typeof partitioned !== 'boolean') {
    throw refused('the cookie', `partitioned is ${show(partitioned)}. Pass true or false`)
  }
  if (sameSite !== 'lax' && sameSite !== 'strict' && sameSite !== 'none') {
    throw refused('the cookie', `sameSite is ${show(sameSite)}. Pass 'lax', 'strict' or 'none'`)
  }
}

function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && TOKEN.test(name)) return
  throw refused(
    `the cookie name ${show(name)}`,
    "a name is made of letters, digits and !#$%&'*+-.^_`|~, and is not empty. Choose another",
  )
}

function checkPrefix(name: string, domain: unknown, secure: boolean): void {
  const found = prefixOf(name)
  if (found === undefined) return
  const { prefix } = found
  const what = `the cookie name ${show(name)}`
  if (!name.startsWith(prefix)) {
    throw refused(what, `its prefix is misspelt, and browsers apply the rules of ${prefix} to it. Write ${prefix}`)
  }
  if (!secure) {
    throw refused(what, `browsers refuse the prefix ${prefix} without https. Use https, or a name without prefix`)
  }
  if (!found.domain && domain !== undefined) {
    throw refused(what, `browsers refuse the prefix ${prefix} together with a domain. Leave out one of the two`)
  }
}

/** The grammar of a domain is the cookie library's; that it is a text, and not an empty one, is asked here. */
function checkDomain(name: string, domain: unknown): asserts domain is string | undefined {
  if (domain === undefined) return
  const problem = `the cookie domain ${show(domain)}`
  const advice = 'it is no domain name. Pass one such as "example.com", or leave it out'
  if (typeof domain !== 'string' || domain === '') throw refused(problem, advice)
  try {
    stringifySetCookie({ name, value: '', domain })
  } catch (cause) {
    throw refused(problem, advice, cause)
  }
}

function refused(what: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError('COOKIE_INVALID', `Cannot use ${what}: ${why}`, cause === undefined ? {} : { cause })
}

/** As JSON, so that a line break or a control character in it stays visible and harmless in a log. */
function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `a value of type ${value === null ? 'null' : typeof value}`
}
