/**
 * Tokens in forms, over HTTP: whose token passes, which reason a refusal names, what visitors cost, and what people and
 * programs are told. Both modes, every adapter. How bodies are read is told in csrf-body.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { withSession as withNodeSession } from '../../src/adapter/node.ts'
import { withSession as withWebSession } from '../../src/adapter/web.ts'
import { createSessions, csrfField, csrfToken, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { createJar, type Jar } from '../../src/testing/jar.ts'
import { failingStore } from '../../src/testing/stores.ts'
import { bodyOf, cookieNames, eventsOf } from '../support/answers.ts'
import { tellIn } from '../support/laws.ts'
import { HOSTS, startHost } from '../support/plain-hosts.ts'
import type { Data } from '../support/story-app.ts'
import { useWire } from '../support/use-wire.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

const NEW_SECRET = 'Zp8u-4eXk1Vr6oSa3NiBm7TgQy2LhDc9'
const HOUR = 60 * 60 * 1000
const VISITOR = 'session-visitor'
const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' }
const HTML = { Accept: 'text/html' }

const CELLS = HOSTS.flatMap((adapter) => (['client-side', 'memory'] as const).map((backend) => ({ adapter, backend })))

/** A page with a form: its token. */
async function form(browser: Jar, path = '/token'): Promise<string> {
  const answer = await browser.get(path)
  expect(answer.status).toBe(200)
  return String(await bodyOf(answer))
}

const send = (browser: Jar, token: string, headers: Record<string, string> = {}, path = '/set') =>
  browser.post(path, { csrf_token: token }, headers)

async function login(browser: Jar, world: World, user = 'ada'): Promise<void> {
  const answer = await send(browser, await form(browser, world.at('/token')), {}, `/login?user=${user}`)
  expect(answer.status).toBe(200)
}

/** What the program that sent it is told. */
async function reasonOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(403)
  expect(answer.headers.getSetCookie()).toEqual([])
  const problem = (await answer.json()) as { code: string; reason: string; header: null; send: string }
  expect(problem).toMatchObject({ code: 'CSRF_REFUSED', header: null, status: 403 })
  expect(problem.send).toMatch(/csrf_token, before any file, or the header X-CSRF-Token/)
  return problem.reason
}

describe.each(CELLS)('$adapter, $backend', (cell) => {
  const story = (title: string, tell: (world: World) => Promise<void>, options: Partial<SessionsOptions> = {}) =>
    test(title, () => tellIn({ ...cell, options: { csrf: 'token', ...options } }, tell))

  story('a token passes as a field and as a header, more than once', async (world) => {
    const browser = world.browser()
    for (const user of [null, 'ada']) {
      if (user !== null) await login(browser, world, user)
      const token = await form(browser)
      for (let time = 0; time < 2; time++) {
        expect((await send(browser, token)).status).toBe(200)
        expect((await browser.post('/set', '{"a":1}', { 'X-CSRF-Token': token })).status).toBe(200)
        expect((await browser.post('/set', undefined, { 'X-CSRF-Token': token })).status).toBe(200)
      }
    }
    expect(eventsOf(world, 'csrf-refused')).toEqual([])
  })

  story('reasons are told apart, to the program and to the log', async (world) => {
    const [ada, bob, visitor] = [world.browser(), world.browser(), world.browser()]
    const early = await form(ada)
    await login(ada, world)
    await login(bob, world, 'bob')
    const mine = await form(ada)
    const bobs = await form(bob)
    const visitors = await form(visitor)
    const rows: readonly (readonly [Jar, string, string])[] = [
      [ada, '', 'missing'],
      [ada, mine.slice(0, 66), 'malformed'],
      [ada, `${mine.slice(0, -2)}AA`, 'malformed'],
      [ada, 'x'.repeat(150), 'malformed'],
      [ada, bobs, 'other-session'],
      [ada, early, 'before-login'],
      [ada, visitors, 'before-login'],
      [visitor, mine, 'other-session'],
      [world.browser(), visitors, 'other-session'],
    ]
    for (const [browser, token, reason] of rows) {
      expect(await reasonOf(await send(browser, token))).toBe(reason)
      expect(await reasonOf(await browser.post('/set', undefined, { 'X-CSRF-Token': token }))).toBe(reason)
    }
    expect(await reasonOf(await ada.post('/set', 'a=b', { 'Content-Type': 'text/plain' }))).toBe('missing')
    expect(await reasonOf(await ada.post('/set'))).toBe('missing')
    const told = eventsOf(world, 'csrf-refused')
    expect(told).toHaveLength(2 * rows.length + 2)
    expect(told.slice(0, 2 * rows.length).map(({ reason }) => reason)).toEqual(
      rows.flatMap(([, , reason]) => [reason, reason]),
    )
    for (const event of told)
      expect(event).toMatchObject({ header: null, method: 'POST', path: '/set', reportOnly: false })
    const log = JSON.stringify(told)
    for (const token of [mine, bobs, visitors, early]) expect(log).not.toContain(token)
  })

  story('a request without a token, of any unsafe method, does nothing; a safe one needs none', async (world) => {
    const browser = world.browser()
    await login(browser, world)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await browser.request('/set?key=planted', { method })
      expect(await reasonOf(answer)).toBe('missing')
    }
    expect(await bodyOf(await browser.get('/keys'))).toEqual({})
  })

  story('a cross-site request is refused before its token is looked at', async (world) => {
    const browser = world.browser()
    const token = await form(browser)
    const answer = await send(browser, token, { Origin: 'https://evil.example' })
    expect(await answer.json()).toMatchObject({ reason: 'cross-origin', header: 'Origin' })
  })

  story('two tabs that were opened at once: both forms pass, as the browser says that they are ours', async (world) => {
    const browser = world.browser()
    const other = browser.copy()
    const [first, second] = await Promise.all([form(browser), form(other)])
    // One jar, which keeps the cookie that came last.
    browser.cookies.set(VISITOR, other.cookies.get(VISITOR) ?? '')
    expect((await send(browser, second)).status).toBe(200)
    expect((await send(browser, first, SAME_ORIGIN)).status).toBe(200)
    // Who says nothing of where it comes from is not believed.
    expect(await reasonOf(await send(browser, first))).toBe('other-session')
    expect(await reasonOf(await send(browser, first, { 'Sec-Fetch-Site': 'none' }))).toBe('other-session')
  })

  story('a form passes though a session was made after it was shown', async (world) => {
    const browser = world.browser()
    const [first, second] = [await form(browser), await form(browser)]
    expect((await send(browser, second)).status).toBe(200)
    expect(browser.cookies.has('session')).toBe(true)
    expect((await send(browser, first)).status).toBe(200)
  })

  story('the back button after a login: refused once, with the way on, and then it works', async (world) => {
    const browser = world.browser()
    const early = await form(browser)
    await login(browser, world)
    const answer = await send(browser, early, { ...HTML, ...SAME_ORIGIN, Referer: `${ORIGIN}/form?a=1&b=2` })
    expect(answer.status).toBe(403)
    const page = await answer.text()
    expect(page).toContain('You logged in after this form was shown')
    expect(page).toContain('<a href="/form?a=1&#38;b=2">Open the form again</a>')
    expect((await send(browser, await form(browser))).status).toBe(200)
  })

  story('a new id keeps tokens; a login and a logout do not', async (world) => {
    const browser = world.browser()
    await login(browser, world)
    const first = await form(browser)
    expect((await send(browser, first, {}, '/regenerate')).status).toBe(200)
    expect((await send(browser, first)).status).toBe(200)
    expect((await send(browser, first, {}, '/login?user=ada')).status).toBe(200)
    expect(await reasonOf(await send(browser, first))).toBe('other-session')
    const second = await form(browser)
    expect((await send(browser, second, {}, '/login?user=bob')).status).toBe(200)
    expect(await reasonOf(await send(browser, second))).toBe('other-session')
    const third = await form(browser)
    const answer = await send(browser, third, {}, '/logout')
    expect(answer.status).toBe(200)
    expect(browser.cookies.size).toBe(0)
    expect(await reasonOf(await send(browser, third))).toBe('other-session')
    expect((await send(browser, await form(browser))).status).toBe(200)
  })

  story(
    'a session that ends while its form is open: the form is offered again, nobody is logged out of anything',
    async (world) => {
      const browser = world.browser()
      await login(browser, world)
      const token = await form(browser)
      world.clock.advance(1.5 * HOUR)
      expect(await reasonOf(await send(browser, token))).toBe('other-session')
      const answer = await send(browser, token, { ...HTML, Referer: `${ORIGIN}/form` })
      expect(await answer.text()).toContain('no longer valid. Nothing was changed')
      expect((await send(browser, await form(browser))).status).toBe(200)
    },
  )

  story(
    'a visitor’s form counts as long as a session may last; later only where the browser vouches for it',
    async (world) => {
      const browser = world.browser()
      const token = await form(browser)
      world.clock.advance(24 * HOUR - 1)
      expect((await send(browser, token, {}, '/read')).status).toBe(200)
      world.clock.advance(1)
      expect(await reasonOf(await send(browser, token, {}, '/read'))).toBe('other-session')
      expect((await send(browser, token, SAME_ORIGIN, '/read')).status).toBe(200)
      const before = browser.cookies.get(VISITOR)
      expect((await send(browser, await form(browser), {}, '/read')).status).toBe(200)
      expect(browser.cookies.get(VISITOR)).not.toBe(before)
    },
  )

  story('a visitor’s cookie that is not ours is none, and the next form brings a good one', async (world) => {
    const browser = world.browser()
    const token = await form(browser)
    const good = browser.cookies.get(VISITOR) ?? ''
    const tampered = `${good.slice(0, 30)}${good[30] === 'A' ? 'B' : 'A'}${good.slice(31)}`
    for (const bad of ['', 'x', 'A'.repeat(52), tampered, `${good}A`, good.slice(1), `"${good}"`]) {
      browser.cookies.set(VISITOR, bad)
      expect(await reasonOf(await send(browser, token)), bad).toBe('other-session')
      expect((await send(browser, await form(browser), {}, '/read')).status).toBe(200)
    }
    // Of two, the one that is ours counts, wherever it stands.
    for (const cookie of [`${VISITOR}=x; ${VISITOR}=${good}`, `${VISITOR}=${good}; ${VISITOR}=x`]) {
      expect((await send(browser, token, { Cookie: cookie }, '/read')).status).toBe(200)
    }
  })

  story('one made by a machine whose clock is ahead counts', async (world) => {
    const ahead = await world.sibling({ clock: () => world.clock() + 10 * 60 * 1000 })
    const browser = world.browser()
    const token = await form(browser, ahead.at('/token'))
    expect((await send(browser, token)).status).toBe(200)
  })

  story('a visitor’s seed is no session: whoever plants it gains nothing', async (world) => {
    const browser = world.browser()
    await form(browser)
    const planted = browser.cookies.get(VISITOR) ?? ''
    const victim = world.browser()
    victim.cookies.set(VISITOR, planted)
    await login(victim, world)
    const late = await form(browser)
    expect(await reasonOf(await send(victim, late))).toBe('before-login')
    expect(await bodyOf(await browser.get('/me'))).toBeNull()
    browser.cookies.set('session', planted)
    expect(await bodyOf(await browser.get('/me'))).toBeNull()
  })

  story('a token of a secret that is still known passes; of one that was retired it is malformed', async (world) => {
    const browser = world.browser()
    const token = await form(browser)
    const rotated = await world.sibling({ secret: [NEW_SECRET, SECRET] })
    const retired = await world.sibling({ secret: NEW_SECRET })
    expect((await send(browser, token, {}, rotated.at('/read'))).status).toBe(200)
    expect(await reasonOf(await send(browser, token, {}, retired.at('/read')))).toBe('malformed')
  })

  story('a token of another cookie name, or another app, is malformed', async (world) => {
    const browser = world.browser()
    const token = await form(browser)
    const named = await world.sibling({ cookie: { name: 'other' } })
    expect(await reasonOf(await send(browser, token, SAME_ORIGIN, named.at('/read')))).toBe('malformed')
    const app = await world.sibling({ secret: NEW_SECRET })
    const theirs = await form(world.browser(), app.at('/token'))
    expect(await reasonOf(await send(browser, theirs, SAME_ORIGIN))).toBe('malformed')
  })

  story('every page has another token of the same length', async (world) => {
    const browser = world.browser()
    const lengths = new Set<number>()
    const tokens = new Set<string>()
    for (const user of [null, 'ada']) {
      if (user !== null) await login(browser, world)
      for (let page = 0; page < 10; page++) {
        const answer = await browser.get('/token')
        const text = await answer.text()
        tokens.add(text)
        lengths.add(text.length)
      }
    }
    expect([tokens.size, [...lengths]]).toEqual([20, [69]])
  })

  story('a page with a person’s token is kept by no cache', async (world) => {
    const browser = world.browser()
    await login(browser, world)
    const { headers } = await browser.get('/token')
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['private, no-store', 'Cookie'])
    expect(headers.getSetCookie()).toEqual([])
  })

  story(
    'reportOnly tells of a form without its token and lets it pass',
    async (world) => {
      const browser = world.browser()
      expect((await browser.post('/set')).status).toBe(200)
      expect((await send(browser, 'x')).status).toBe(200)
      expect(eventsOf(world, 'csrf-refused')).toMatchObject([
        { reason: 'missing', reportOnly: true },
        { reason: 'malformed', reportOnly: true },
      ])
    },
    { csrf: { mode: 'token', reportOnly: true } },
  )

  story(
    'an exempt path and one that is skipped need no token',
    async (world) => {
      const browser = world.browser()
      expect((await browser.post('/read')).status).toBe(200)
      expect((await browser.post('/untouched')).status).toBe(200)
      expect((await browser.post('/set')).status).toBe(403)
    },
    { csrf: { mode: 'token', unsafeExempt: ['/read'] }, skip: ({ url }) => url.includes('/untouched') },
  )

  story(
    'with mode origin a token is made, and not asked for',
    async (world) => {
      const browser = world.browser()
      expect(await form(browser)).toHaveLength(67)
      expect((await browser.post('/set')).status).toBe(200)
    },
    { csrf: 'origin' },
  )

  if (cell.backend === 'memory') {
    story('a store that cannot be read is a 503 and no verdict on the form', async (world) => {
      const browser = world.browser()
      await login(browser, world)
      const token = await form(browser)
      world.store.fail('find')
      const answer = await send(browser, token)
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []])
      expect(eventsOf(world, 'csrf-refused')).toEqual([])
    })
  }
})

describe.each(HOSTS)('%s: the page for people', (name) => {
  async function refusal(headers: Record<string, string>, path = '/save') {
    const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET, csrf: 'token', onEvent: () => {} })
    const host = await startHost(name, { sessions, handle: () => 'reached' })
    try {
      return await host.send({ method: 'POST', path, headers: { Origin: ORIGIN, Accept: 'text/html', ...headers } })
    } finally {
      await host.close()
    }
  }
  const linkOf = (body: string) => /<a href="([^"]*)">/.exec(body)?.[1] ?? null

  test('says what happened and what to do, and nothing of it is kept', async () => {
    const { status, headers, body } = await refusal({})
    expect(status).toBe(403)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(body).toContain('<h1>This request was not accepted</h1>')
    expect(body).toContain('Nothing was changed. Open it again and send it once more.')
  })

  test.each<[string, Record<string, string>, string, string | null]>([
    ['the page it was on', { Referer: `${ORIGIN}/form?x=1&y="<b>'` }, '/save', '/form?x=1&#38;y=%22%3Cb%3E%27'],
    ['the address it was sent to', {}, '/save?token=secret', '/save'],
    ['another site', { Referer: 'https://evil.example/form' }, '/save', '/save'],
    ['another port', { Referer: 'http://localhost:3001/form' }, '/save', '/save'],
    ['a page whose path would be another host', { Referer: `${ORIGIN}//evil.example/form` }, '/save', null],
    ['the same with a backslash', { Referer: `${ORIGIN}/\\evil.example` }, '/save', null],
    ['a script', { Referer: 'javascript:alert(1)' }, '/save', '/save'],
    ['what is no URL', { Referer: '"><script>' }, '/save', '/save'],
    ['an address that would be another host', {}, '//evil.example/save', null],
  ])('its link leads to this origin: %s', async (_, headers, path, link) => {
    const { body } = await refusal(headers, path)
    expect(linkOf(body)).toBe(link)
    expect(body).not.toMatch(/evil|secret|<script|<b>/)
  })

  test('where another site sent it there is no form to open again', async () => {
    const { status, body } = await refusal({ Origin: 'https://evil.example', Referer: `${ORIGIN}/form` })
    expect([status, linkOf(body)]).toEqual([403, null])
    expect(body).toContain('It seems to come from another site.')
  })

  test('a token of a page that committed by itself still has its cookie', async () => {
    const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET, csrf: 'token' })
    const host = await startHost(name, {
      sessions,
      async handle(request) {
        const session = sessions.of(request)
        await session.commit()
        return csrfToken(session)
      },
    })
    const { body, setCookies } = await host.send()
    expect(setCookies.map((cookie) => cookie.split('=')[0])).toEqual([VISITOR])
    const cookie = String(setCookies[0]).split(';')[0] ?? ''
    const sent = await host.send({ method: 'POST', headers: { Origin: ORIGIN, Cookie: cookie, 'X-CSRF-Token': body } })
    expect(sent.status).toBe(200)
    await host.close()
  })

  test('an answer that a failing store replaces brings no cookie; one whose handler answers for itself does', async () => {
    const store = failingStore(memoryStore())
    const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET, store, onEvent: () => {} })
    let commits = false
    const host = await startHost(name, {
      sessions,
      async handle(request) {
        const session = sessions.of(request)
        session.set('a', 1)
        if (commits) await session.commit().catch(() => null)
        return csrfToken(session)
      },
    })
    store.fail('create')
    const replaced = await host.send()
    expect([replaced.status, replaced.setCookies]).toEqual([503, []])
    commits = true
    const answered = await host.send()
    expect([answered.status, answered.body.length]).toEqual([200, 67])
    expect(answered.setCookies.map((cookie) => cookie.split('=')[0])).toEqual([VISITOR])
    await host.close()
  })
})

describe('a token that comes too late', () => {
  const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET })
  const serve = useWire()

  test('throws on Node, once the head has left', async () => {
    const errors: unknown[] = []
    const at = await serve(
      'HTTP/1.1',
      withNodeSession(sessions, (_req, res, session) => {
        session.get('a')
        res.write('first')
        for (const attempt of [() => csrfToken(session), () => csrfField(session)]) {
          try {
            attempt()
          } catch (error) {
            errors.push((error as { code?: string }).code)
          }
        }
        res.end()
      }),
    )
    expect((await at.send()).status).toBe(200)
    expect(errors).toEqual(['SESSION_COMMITTED', 'SESSION_COMMITTED'])
  })

  test('throws in the body of a web Response', async () => {
    const errors: unknown[] = []
    const handler = withWebSession(sessions, (_request, session) => {
      session.get('a')
      const pull = (controller: ReadableStreamDefaultController) => {
        try {
          csrfToken(session)
        } catch (error) {
          errors.push((error as { code?: string }).code)
        }
        controller.close()
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    })
    await (await handler(new Request(ORIGIN))).text()
    expect(errors).toEqual(['SESSION_COMMITTED'])
  })

  test('a browser that has its cookie already can still be given one', async () => {
    const tokens: string[] = []
    const handler = withWebSession(sessions, (_request, session) => {
      csrfToken(session)
      const pull = (controller: ReadableStreamDefaultController) => {
        tokens.push(csrfToken(session))
        controller.close()
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    })
    const browser = createJar({ origin: ORIGIN, fetch: handler })
    for (let visit = 0; visit < 2; visit++) expect((await browser.get('/')).status).toBe(200)
    expect(tokens).toHaveLength(0)
    await (await browser.get('/')).text()
    expect(tokens).toHaveLength(1)
  })
})

test('the field is one element of plain letters, to be put first into a form', async () => {
  const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET })
  const session = await sessions.open({})
  expect(csrfField(session)).toMatch(/^<input type="hidden" name="csrf_token" value="[\w-]{67}">$/)
  const answer = await sessions.commit(session)
  expect(cookieNames(new Response(null, { headers: [['Set-Cookie', answer.setCookies[0] ?? '']] }))).toEqual([VISITOR])
})
