/**
 * A browser's cookie jar, for tests.
 *
 * In: requests to one app. Out: answers; cookies are kept and sent as a browser would: Secure ones over https only,
 * prefixes checked, too large ones dropped, and every unsafe request carries Origin. Must not know: sessions.
 *
 * @module
 */

import { parseSetCookie } from 'cookie'
import { cookieBytes, MAX_COOKIE_BYTES } from '../cookie/limit.ts'

export interface JarOptions {
  /** Where the app lives: `http://localhost:3000`. Paths are resolved against it, and it is sent as Origin. */
  readonly origin: string
  /** How a request gets its answer; the global `fetch` if left out. A `withSession` handler fits. */
  readonly fetch?: (request: Request) => Promise<Response>
  /** The origin the browser's address bar shows where it is not where requests go, as in a test on a free port. */
  readonly sendOrigin?: string
}

/** What a request may add to its path. */
export interface JarRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as a form. */
  readonly body?: Readonly<Record<string, string>> | string
}

export interface Jar {
  /** Name -> value, as the browser holds them now. */
  readonly cookies: Map<string, string>
  /** What was set but a browser would not keep, with the reason. */
  readonly dropped: { name: string; reason: string }[]
  request(path: string, request?: JarRequest): Promise<Response>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  post(path: string, body?: JarRequest['body'], headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Another browser with the same cookies: a second tab that is behind, or a thief. */
  copy(): Jar
}

/** A browser that follows no redirects: tests look at each answer. */
export function createJar(options: JarOptions): Jar {
  const { origin, sendOrigin = origin } = options
  const send = options.fetch ?? ((request: Request) => fetch(request))
  const secure = origin.startsWith('https:')
  const cookies = new Map<string, string>()
  const dropped: { name: string; reason: string }[] = []

  async function request(path: string, { method = 'GET', headers = {}, body }: JarRequest = {}): Promise<Response> {
    const all = new Headers(headers)
    if (cookies.size > 0 && !all.has('cookie')) {
      all.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    if (method !== 'GET' && method !== 'HEAD' && !all.has('origin')) all.set('origin', sendOrigin)
    const content = typeof body === 'object' ? new URLSearchParams(body) : body
    const init = { method, headers: all, redirect: 'manual' as const, ...(content !== undefined && { body: content }) }
    const response = await send(new Request(new URL(path, origin), init))
    for (const header of response.headers.getSetCookie()) keep(header)
    return response
  }

  function keep(header: string): void {
    const cookie = parseSetCookie(header)
    const { name, value = '' } = cookie
    const reason = refusal(header, name, value)
    if (reason !== null) dropped.push({ name, reason })
    else if (cookie.maxAge === 0 || (cookie.expires && cookie.expires.getTime() <= 0)) cookies.delete(name)
    else cookies.set(name, value)
  }

  /** RFC 6265bis, 5.7: why a browser would drop it. */
  function refusal(header: string, name: string, value: string): string | null {
    const { secure: isSecure, path, domain, httpOnly } = parseSetCookie(header)
    if (cookieBytes(name, value) > MAX_COOKIE_BYTES) return 'name and value over 4096 bytes'
    if (isSecure && !secure) return 'Secure over plain http'
    if (/^__(secure|host|http)-/i.test(name) && !isSecure) return 'a prefix without Secure'
    if (/^__host-/i.test(name) && (path !== '/' || domain !== undefined)) return '__Host- with Domain or another Path'
    if (/^__(host-)?http-/i.test(name) && !httpOnly) return '__Http- without HttpOnly'
    return null
  }

  return {
    cookies,
    dropped,
    request,
    get: (path, headers = {}) => request(path, { headers }),
    post: (path, body, headers = {}) => request(path, { method: 'POST', headers, ...(body !== undefined && { body }) }),
    copy() {
      const other = createJar(options)
      for (const [name, value] of cookies) other.cookies.set(name, value)
      return other
    },
  }
}
