/** An attacker whose texts the app puts where they may end up in a header: line breaks, separators, what is cut to them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loginRequired, withSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { bodyOf, loggedIn, post, read } from '../support/answers.ts'
import { cookieHeader, type RawWorld, startRawWorld } from '../support/attack.ts'
import { valuesOf, type Wire } from '../support/wire.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

/** What ends a header line or an attribute somewhere; the last ones are CR and LF to who cuts characters to a byte. */
const BREAKS = ['\r\n', '\n', '\r', '\0', '\x0b', '\x0c', '\x1f', '\x7f', '\x85', ';', ',', '=', '"', '\\', ' ', '\t']
const CUT = ['\u010d\u010a', '\u560d\u560a', '\u2028', '\u2029']
const HOSTILE = [...BREAKS, ...CUT].map((mark) => `a${mark}Set-Cookie: evil=1${mark}; Domain=evil.test${mark}`)

const OURS =
  /^session(-seen)?=[\w-]*(; Max-Age=0)?; Path=\/(; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?; HttpOnly; SameSite=Lax$/

const HEADERS = ['content-type', 'vary', 'cache-control', 'set-cookie', 'location', 'connection', 'content-length']
const MORE = ['keep-alive', 'transfer-encoding', 'x-content-type-options']

describe.each(['client-side', 'memory'] as const)('%s', (backend) => {
  let raw: RawWorld
  beforeEach(async () => {
    raw = await startRawWorld({ backend })
  })
  afterEach(() => raw.world.close())

  test('no key, value or message of any text reaches a header', async () => {
    for (const text of HOSTILE) {
      const query = `key=${encodeURIComponent(text)}&value=${encodeURIComponent(text)}`
      for (const path of [
        `/set?${query}`,
        `/flash?${query}`,
        `/commit?${query}`,
        `/add?key=${encodeURIComponent(text)}`,
      ]) {
        expectOursOnly(await send(path), text)
      }
      const browser = raw.world.browser()
      await post(browser, `/set?${query}`)
      expect(await read(browser, `/read?key=${encodeURIComponent(text)}`)).toBe(text)
    }
  })

  test('no user id of any text reaches a header', async () => {
    for (const text of HOSTILE) {
      expectOursOnly(await send(`/login?user=${encodeURIComponent(text)}`), text)
    }
  })

  test('no page to come back to of any text reaches the guard’s Location', async () => {
    for (const text of HOSTILE) {
      for (const path of [
        `/private?${encodeURIComponent(text)}`,
        `/private/${encodeURIComponent(text)}`,
        '/private?a;b,c"d\\e',
      ]) {
        const wire = await raw.wire.send({ path, headers: { accept: 'text/html', origin: ORIGIN } })
        expect(wire.status).toBe(302)
        expect(valuesOf(wire, 'set-cookie')).toEqual([])
        for (const location of valuesOf(wire, 'location')) expect(location).toMatch(/^\/login(\?next=[\w%.~!'()*-]*)?$/)
      }
    }
  })

  test('a user agent of any bytes becomes a label of names we know, or none', async () => {
    const words = [
      'Firefox/1 Linux',
      'Firefox/1 <script>alert(1)</script> Linux',
      '\x80\xff\xfe',
      '"; Domain=evil.test',
      '',
    ]
    for (const agent of words) {
      expectOursOnly(
        await raw.wire.send({ method: 'POST', path: '/login', headers: { 'user-agent': agent, origin: ORIGIN } }),
        agent,
      )
    }
    if (backend === 'client-side') return
    const labels = (await raw.world.sessions.list('ada')).map(({ label }) => label)
    expect([...new Set(labels)].sort()).toEqual(['Firefox on Linux', null])
  })

  test('a header that is folded over two lines sets nothing', async () => {
    const browser = await loggedIn(raw.world)
    const text = await raw.wire.talk(
      `GET /me HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\nCookie: x=1;\r\n ${cookieHeader(browser)}\r\n\r\n`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).not.toMatch(/set-cookie|ada/i)
  })

  test('whatever is sent as a cookie, nothing of it comes back', async () => {
    for (const text of ['"; Domain=evil.test', 'a\x80\xff', '<script>', 'é', 'x\x0bSet-Cookie: evil=1']) {
      const bytes = `POST /logout HTTP/1.1\r\nHost: localhost:3000\r\nOrigin: ${ORIGIN}\r\nConnection: close\r\nContent-Length: 0\r\nCookie: session=${text}; ${text}=1\r\n\r\n`
      const answer = await raw.wire.talk(bytes)
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400) /)
      expect(answer).not.toMatch(/evil|script|\x80|\xff/)
    }
  })

  async function send(path: string): Promise<Wire> {
    return raw.wire.send({ method: 'POST', path, headers: { origin: ORIGIN, 'content-length': '0' } })
  }
})

function expectOursOnly(wire: Wire, what: string): void {
  for (const line of valuesOf(wire, 'set-cookie')) expect(line, what).toMatch(OURS)
  expect(valuesOf(wire, 'set-cookie').length, what).toBeLessThanOrEqual(2)
  for (const [name, value] of wire.headers) {
    expect([...HEADERS, ...MORE], what).toContain(name)
    expect(value, what).not.toMatch(/evil/)
  }
}

test('no text in the cookie options makes another attribute', () => {
  for (const text of HOSTILE) {
    for (const cookie of [{ name: text }, { name: 'id', domain: text }, { sameSite: text }]) {
      const create = () =>
        createSessions({ origin: 'https://app.test', secret: SECRET, cookie: cookie as { name: string } })
      expect(create, JSON.stringify(cookie)).toThrow(expect.objectContaining({ code: 'COOKIE_INVALID' }))
    }
  }
})

test('a login path with a line break in it is refused, or at worst sent as a path without one', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  for (const text of HOSTILE) {
    let sent: Headers | null = null
    try {
      const auth = createAuth(sessions, { findUser: () => null, loginPath: `/${text}` })
      const handler = withSession(
        sessions,
        loginRequired(auth, async () => new Response('in')),
      )
      sent = (await handler(new Request(`${ORIGIN}/private`, { headers: { accept: 'text/html' } }))).headers
    } catch (error) {
      expect(error, text).toBeInstanceOf(Error)
    }
    expect(sent?.get('set-cookie') ?? null, text).toBe(null)
    expect(sent?.get('location') ?? '', text).not.toMatch(/[\r\n\0]/)
  }
})

test('what an answer says of a failure holds nothing of the request', async () => {
  const raw = await startRawWorld({ backend: 'memory' })
  try {
    raw.world.store.fail(['create', 'find'])
    for (const accept of ['text/html', 'application/json']) {
      const path = `/set?key=${encodeURIComponent('<script>"evil"')}&value=evil`
      const wire = await raw.wire.send({
        method: 'POST',
        path,
        headers: { origin: ORIGIN, accept, 'content-length': '0' },
      })
      expect(wire.status).toBe(503)
      expect(valuesOf(wire, 'x-content-type-options')).toEqual(['nosniff'])
      expect(wire.body).not.toMatch(/evil|script/)
      expectOursOnly({ ...wire, headers: wire.headers.filter(([name]) => name !== 'retry-after') }, accept)
    }
    raw.world.store.heal()
    expect(await bodyOf(await raw.world.browser().get('/me'))).toBe(null)
  } finally {
    await raw.world.close()
  }
})
