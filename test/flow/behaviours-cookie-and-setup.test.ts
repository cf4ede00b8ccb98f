/** What people expect of the cookie on https, and of a setup that is wrong. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { attachSession as attachToNode, withSession as withNodeSession } from '../../src/adapter/node.ts'
import { withSession } from '../../src/adapter/web.ts'
import { type CookieOptions, createSessions, type SessionsOptions } from '../../src/index.ts'
import { createJar } from '../../src/testing/jar.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const HTTPS = 'https://app.example'

function firstCookie(cookie: CookieOptions, options: Partial<SessionsOptions> = {}): Promise<string> {
  const sessions = createSessions<{ theme: string }>({ origin: HTTPS, secret: SECRET, cookie, ...options })
  const handler = withSession(sessions, (_request, session) => {
    session.set('theme', 'dark')
    return new Response()
  })
  return handler(new Request(`${HTTPS}/`)).then((answer) => answer.headers.getSetCookie()[0] ?? '')
}

test('on https the cookie is Secure, HttpOnly, Lax, for this host and every path', async () => {
  const cookie = await firstCookie({})
  expect(cookie).toMatch(/^__Host-Http-session=[\w-]+; /)
  expect(cookie.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
})

test.each<[CookieOptions, RegExp]>([
  [{ name: 'sid' }, /^__Host-Http-sid=/],
  [{ domain: 'app.example' }, /^__Secure-session=.*; Domain=app\.example/],
  [{ sameSite: 'strict' }, /; SameSite=Strict/],
  [{ sameSite: 'none', partitioned: true }, /; SameSite=None.*; Partitioned|; Partitioned.*; SameSite=None/],
])('the option %o reaches Set-Cookie', async (cookie, expected) => {
  expect(await firstCookie(cookie)).toMatch(expected)
})

test('a browser keeps the cookie of https, and sends it back', async () => {
  const sessions = createSessions<{ visits: number }>({ origin: HTTPS, secret: SECRET })
  const browser = createJar({
    origin: HTTPS,
    fetch: withSession(sessions, (_request, session) => {
      session.update('visits', (visits = 0) => visits + 1)
      return Response.json(session.get('visits'))
    }),
  })
  await browser.get('/')
  expect(await (await browser.get('/')).json()).toBe(2)
  expect(browser.dropped).toEqual([])
})

test.each([
  { name: '__Host-session', domain: 'app.example' },
  { name: '__host-session' },
  { name: 'a b' },
  { name: 'a;b' },
  { name: 'a\r\nb' },
  { domain: 'app.example\r\nSet-Cookie: a=b' },
  { sameSite: 'Laxx' },
  { sameSite: 'none', partitioned: 'yes' },
])('a cookie that a browser would refuse, or that would inject, is refused at start-up: %o', (cookie) => {
  const options = { origin: HTTPS, secret: SECRET, cookie: cookie as CookieOptions }
  expect(() => createSessions(options)).toThrow(expect.objectContaining({ code: 'COOKIE_INVALID' }))
})

test.each([[[]], ['short'], ['x'.repeat(40)], [7 as unknown as string]])(
  'the secret %o is refused at start-up',
  (secret) => {
    expect(() => createSessions({ origin: HTTPS, secret })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^SECRET_|^OPTION_INVALID$/) }),
    )
  },
)

test('a session where no middleware ran is an error that says so', () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  expect(() => sessions.of(new Request(ORIGIN))).toThrow(expect.objectContaining({ code: 'SESSION_NOT_ATTACHED' }))
})

test('a copy of the request is not the request', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const handler = withSession(sessions, (request) => {
    expect(sessions.of(request)).toBe(sessions.of(request))
    expect(() => sessions.of(request.clone())).toThrow(expect.objectContaining({ code: 'SESSION_NOT_ATTACHED' }))
    return new Response('told')
  })
  expect(await (await handler(new Request(ORIGIN))).text()).toBe('told')
})

test('the middleware twice on one request is an error that says so', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const inner = withSession(sessions, () => new Response())
  const handler = withSession(sessions, (request) => inner(request))
  await expect(handler(new Request(ORIGIN))).rejects.toMatchObject({ code: 'SESSION_ALREADY_ATTACHED' })
})

/** What a handler that runs in a server has to tell the test. */
function telling(): { told: Promise<unknown>; tell: (what: unknown) => void } {
  let tell: (what: unknown) => void = () => {}
  const told = new Promise<unknown>((resolve) => {
    tell = resolve
  })
  return { told, tell }
}

test('a session that is first touched after the headers left is an error, not silence', async () => {
  const sessions = createSessions<{ theme: string }>({ origin: ORIGIN, secret: SECRET })
  const { told, tell } = telling()
  const server = createServer(
    withNodeSession(sessions, (_req, res, session) => {
      res.write('the head has left')
      tell([codeOf(() => session.set('theme', 'dark')), codeOf(() => session.get('theme'))])
      res.end()
    }),
  )
  const answer = await fetch(await listening(server))
  expect(await told).toEqual(['SESSION_COMMITTED', 'HEADERS_SENT'])
  expect(answer.headers.getSetCookie()).toEqual([])
})

test('attaching by hand and by middleware on one Node request is an error that says so', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const { told, tell } = telling()
  const server = createServer(
    withNodeSession(sessions, (req, res) => {
      tell(codeOf(() => attachToNode(sessions, req, res)))
      res.end()
    }),
  )
  await fetch(await listening(server))
  expect(await told).toBe('SESSION_ALREADY_ATTACHED')
})

function codeOf(attempt: () => unknown): unknown {
  try {
    attempt()
    return 'no error'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

function listening(server: ReturnType<typeof createServer>): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
