/** An attacker before a guarded page, without a login: headers that inner servers believe, other methods, other places. */
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { loginRequired, withSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { createJar } from '../../src/testing/jar.ts'
import { eventsOf, loggedIn, quietly, read } from '../support/answers.ts'
import { attack, cookieHeader, sessionCookie } from '../support/attack.ts'
import type { Cell } from '../support/laws.ts'
import { GUARDED } from '../support/story-app.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const ADAPTERS: readonly Cell[] = [
  { adapter: 'node', backend: 'memory' },
  { adapter: 'express', backend: 'memory' },
  { adapter: 'hono', backend: 'memory' },
  { adapter: 'web', backend: 'client-side' },
]

/** What some proxy, framework or host puts into requests for those behind it, and a stranger may put there as well. */
const BELIEVED: Readonly<Record<string, string>> = {
  'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
  'x-middleware-prefetch': '1',
  'x-original-url': '/read',
  'x-rewrite-url': '/read',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': 'localhost:3000',
  'x-forwarded-proto': 'https',
  forwarded: 'for=127.0.0.1;proto=https',
  'x-real-ip': '127.0.0.1',
  'x-forwarded-user': 'ada',
  'x-remote-user': 'ada',
  'remote-user': 'ada',
  'x-http-method-override': 'OPTIONS',
  'x-method-override': 'OPTIONS',
  purpose: 'prefetch',
  'sec-purpose': 'prefetch',
  'sec-fetch-site': 'same-origin',
  upgrade: 'websocket',
  'x-requested-with': 'XMLHttpRequest',
}

attack('no header opens a guarded page', ADAPTERS, async (world) => {
  for (const headers of [...Object.entries(BELIEVED).map(([name, value]) => ({ [name]: value })), BELIEVED]) {
    if ('upgrade' in headers && world.adapter !== 'web') continue
    const answer = await world.browser().get(GUARDED, headers)
    // 401, or a refusal for the header’s own sake.
    assert.equal(answer.status >= 400 && answer.status < 500, true, Object.keys(headers).join())
    assert.notEqual(await answer.text(), '"ada"')
  }
})

attack('a guard that refuses says so in an event, and never what was asked for in a query', ADAPTERS, async (world) => {
  assert.equal((await world.browser().get(`${GUARDED}?token=secret`)).status, 401)
  const [event] = eventsOf(world, 'guard-refused')
  assert.deepEqual(event, {
    type: 'guard-refused',
    at: world.clock(),
    code: 'LOGIN_REQUIRED',
    method: 'GET',
    path: GUARDED,
    id: null,
  })
})

attack('no method shows a guarded page, whatever it is called', ADAPTERS, async (world) => {
  for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'get']) {
    const answer = await quietly(() => world.browser().request(GUARDED, { method }))
    // A preflight is not asked for a login, and its answer is empty.
    assert.equal(answer.status, method === 'OPTIONS' ? 200 : 401, method)
    assert.notEqual(await answer.text(), '"ada"', method)
  }
})

attack('a token anywhere but in its cookie opens nothing', ADAPTERS, async (world) => {
  const browser = await loggedIn(world)
  const [name, value] = sessionCookie(browser)
  const places: Record<string, string>[] = [
    { authorization: `Bearer ${value}` },
    { authorization: `Session ${value}` },
    { [name]: value },
    { 'x-session': value },
    { cookie2: cookieHeader(browser) },
    { 'set-cookie': cookieHeader(browser) },
  ]
  for (const headers of places) assert.equal((await world.browser().get(GUARDED, headers)).status, 401)
  for (const query of [`${name}=${value}`, `sid=${value}`, `cookie=${encodeURIComponent(cookieHeader(browser))}`]) {
    assert.equal((await world.browser().get(`${GUARDED}?${query}`)).status, 401)
    assert.equal((await world.browser().get(`${GUARDED};${query}`)).status !== 200, true)
  }
  assert.equal((await world.browser().post(GUARDED, { [name]: value })).status, 401)
  assert.equal(await read(browser, GUARDED), 'ada')
})

attack('nothing an answer shows, links to or leads to holds the token', ADAPTERS, async (world) => {
  const browser = await loggedIn(world)
  const tokens = [sessionCookie(browser)[1]]
  for (const path of [
    '/me',
    '/facts',
    '/keys',
    '/regenerate',
    '/read?to=/me',
    '/nowhere',
    GUARDED,
    '/set?key=x',
    '/logout',
  ]) {
    const answer = await browser.post(path, undefined, { accept: 'text/html' })
    const shown = [await answer.text(), ...[...answer.headers].filter(([name]) => name !== 'set-cookie').flat()].join(
      '\n',
    )
    tokens.push(...browser.cookies.values())
    for (const token of tokens) assert.equal(shown.includes(token), false, path)
  }
})

test('who logs in and out again within one request is nobody in the next, and the other way round is logged in', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const me = loginRequired(auth, async (request) => new Response(auth.userOf(request).id))
  const handler = withSession(sessions, async (request, session) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/me') return me(request, session)
    for (const step of pathname.slice(1).split('-')) {
      if (step === 'in') await auth.login(request, { id: 'ada' })
      else await auth.logout(request)
    }
    return new Response('done')
  })
  for (const [path, status] of [
    ['/in-out', 401],
    ['/in-out-out', 401],
    ['/out-in', 200],
    ['/in-out-in', 200],
  ] as const) {
    const browser = createJar({ origin: ORIGIN, fetch: handler })
    await browser.post('/in')
    await browser.post(path)
    expect([path, (await browser.get('/me')).status]).toEqual([path, status])
  }
})
