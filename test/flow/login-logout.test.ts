/** Logout: by whom, what it leaves behind in the browser and in the store, and what it says. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { withSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions, csrfToken, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Entry, Enumerable } from '../../src/store/store.ts'
import { createJar, type Jar } from '../../src/testing/jar.ts'
import { assertNoCookie, bodyOf, cookieNames, eventsOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { isStored } from '../support/backends.ts'
import { tellEach } from '../support/laws.ts'
import { SECRET, type World } from '../support/world.ts'

const MINUTE = 60_000
const CLEAR = { auth: { clearSiteData: true } }
const EVERYTHING = '"cache", "cookies", "storage"'

async function entriesOf(world: World): Promise<{ key: string; entry: Entry }[]> {
  const entries: { key: string; entry: Entry }[] = []
  for await (const one of (world.store as unknown as Enumerable).entries()) entries.push(one)
  return entries
}

/** The logout itself, and the answer it got. */
async function logOut(browser: Jar, path = '/logout'): Promise<Response> {
  return post(browser, path)
}

describe('the method', () => {
  tellEach('everywhere', 'a safe one logs nobody out and is told 405', async (world) => {
    const browser = await loggedIn(world)
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const answer = await quietly(() => browser.request('/logout', { method }))
      assert.equal(answer.status, 405, method)
      assertNoCookie(answer, method)
    }
    assert.equal(await read(browser, '/me'), 'ada')
    assert.deepEqual(eventsOf(world, 'logout'), [])
  })

  tellEach('everywhere', 'any that is unsafe logs out', async (world) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const browser = await loggedIn(world)
      assert.equal((await browser.request('/logout', { method })).status, 200)
      assert.equal(await read(browser, '/me'), null, method)
    }
  })
})

describe('in the store', () => {
  tellEach(
    'server-side',
    'nothing is left of the session but a grave of a minute, which holds nothing',
    async (world) => {
      const other = await loggedIn(world, 'bob')
      const before = (await entriesOf(world)).filter(({ entry }) => !entry.grave).map(({ key }) => key)
      const browser = await loggedIn(world)
      await post(browser, '/set?key=private&value=of-ada')
      await post(browser, '/flash?key=note&value=of-ada')
      world.clock.advance('2m')
      await logOut(browser)
      const left = (await entriesOf(world)).filter(({ key }) => !before.includes(key))
      for (const { key, entry } of left) {
        assert.equal(entry.grave, true, key)
        assert.equal(entry.expiresAt <= world.clock() + MINUTE, true)
        assert.equal(entry.ownerId, undefined)
        assert.equal(/ada|private|note/.test(JSON.stringify(entry)), false)
      }
      const ended = left.filter(({ entry }) => entry.expiresAt === world.clock() + MINUTE)
      assert.deepEqual(
        ended.map(({ entry }) => entry.value),
        [''],
      )
      // A database overwrites its pages and its log in its own time; a file is gone at once.
      if (world.backend === 'file') assert.equal((await world.bytesKept()).includes('of-ada'), false)
      assert.deepEqual(await world.sessions.list('ada'), [])
      assert.equal(await read(other, '/me'), 'bob')
    },
  )

  tellEach(
    'revocable',
    'there is a grave that stays as long as the cookie may be kept, and holds nothing',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/login')
      await logOut(browser)
      const [grave, ...others] = await entriesOf(world)
      assert.deepEqual(others, [])
      assert.equal(grave?.entry.expiresAt, world.clock() + 24 * 60 * MINUTE)
      assert.deepEqual([grave?.entry.grave, grave?.entry.value, grave?.entry.ownerId], [true, '', undefined])
    },
  )
})

describe('in the browser', () => {
  tellEach('everywhere', 'every cookie of the session is gone, the visitor’s too', async (world) => {
    const browser = world.browser()
    await read(browser, '/token')
    await post(browser, '/set?key=cart')
    assert.equal(browser.cookies.has('session-visitor'), true)
    await post(browser, '/login')
    world.clock.advance('10m')
    await read(browser, '/me')
    const answer = await logOut(browser)
    const expected = ['session', ...(isStored(world.backend) ? [] : ['session-seen']), 'session-visitor']
    assert.deepEqual(cookieNames(answer), expected)
    assert.deepEqual([...browser.cookies], [])
    assert.equal(answer.headers.get('cache-control'), 'private, no-store')
  })

  tellEach('endable', 'a second logout says nothing: a newer login may have come between', async (world) => {
    const browser = await loggedIn(world)
    const copy = browser.copy()
    await logOut(browser)
    const again = await logOut(copy)
    assertNoCookie(again, 'a logout of what has ended')
    assertNoCookie(await logOut(browser), 'a logout without a cookie')
    assert.equal(eventsOf(world, 'logout').length, 1)
  })

  const looks: [string, Partial<SessionsOptions>][] = [
    ['https', { origin: 'https://app.example' }],
    ['https over subdomains', { origin: 'https://app.example', cookie: { domain: 'app.example', sameSite: 'strict' } }],
    [
      'https, partitioned',
      { origin: 'https://app.example', cookie: { sameSite: 'none', partitioned: true, name: 'sid' } },
    ],
    ['loopback', { origin: 'http://localhost:3000' }],
  ]
  test.each(looks)('each cookie is cleared with the attributes it was set with: %s', async (_, options) => {
    for (const mode of ['client-side', 'server-side']) {
      const origin = String(options.origin)
      const store = mode === 'server-side' ? { store: memoryStore({ unsafeAllowInProduction: true }) } : {}
      const sessions = createSessions({ origin, secret: SECRET, ...store, ...options })
      const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
      const set = new Map<string, string>()
      const app = withSession(sessions, async (request, session) => {
        const { pathname } = new URL(request.url)
        if (pathname === '/form') return new Response(csrfToken(session))
        if (pathname === '/login') await auth.login(request, { id: 'ada' }, { remember: true })
        else await auth.logout(request)
        return new Response('')
      })
      const browser = createJar({ origin, fetch: app })
      const answers = [await browser.get('/form'), await browser.post('/login')]
      for (const cookie of answers.flatMap((answer) => answer.headers.getSetCookie())) set.set(nameOf(cookie), cookie)
      expect(set.size).toBe(2)
      const cleared = (await browser.post('/logout')).headers.getSetCookie()
      expect(browser.cookies.size).toBe(0)
      expect(browser.dropped).toEqual([])
      for (const [name, cookie] of set) {
        const clearing = cleared.find((one) => nameOf(one) === name) ?? ''
        expect(attributesOf(clearing)).toEqual(attributesOf(cookie))
        expect(clearing).toMatch(/^[^=]+=; .*Max-Age=0/)
      }
    }
  })
})

describe('Clear-Site-Data', () => {
  tellEach(
    'everywhere',
    'is sent with the answer that ended the session, where the option says so',
    async (world) => {
      const browser = await loggedIn(world)
      assert.equal((await browser.get('/me')).headers.get('clear-site-data'), null)
      const copy = browser.copy()
      assert.equal((await logOut(browser)).headers.get('clear-site-data'), EVERYTHING)
      if (world.backend !== 'client-side') {
        assert.equal((await logOut(copy)).headers.get('clear-site-data'), null, 'it ended nothing')
      }
      assert.equal((await logOut(browser)).headers.get('clear-site-data'), null, 'there was nothing to end')
      assert.equal((await post(await loggedIn(world), '/destroy')).headers.get('clear-site-data'), null)
    },
    CLEAR,
  )

  tellEach('everywhere', 'is not sent without it', async (world) => {
    assert.equal((await logOut(await loggedIn(world))).headers.get('clear-site-data'), null)
  })

  tellEach(
    'everywhere',
    'goes with a redirect, too',
    async (world) => {
      const browser = await loggedIn(world)
      const answer = await browser.post('/logout?to=/')
      assert.deepEqual([answer.status, answer.headers.get('clear-site-data')], [303, EVERYTHING])
    },
    CLEAR,
  )

  tellEach(
    'endable',
    'of a logout that the store did not hear: the cookies go, and the answer says that it is not done',
    async (world) => {
      const browser = await loggedIn(world)
      const gate = browser.post('/logout?before=gate')
      await world.gate('gate').arrived()
      world.store.fail(['find', 'create', 'replace', 'bury'])
      world.gate('gate').open()
      const answer = await gate
      assert.equal(answer.status, 503)
      assert.equal(((await bodyOf(answer)) as { code: string }).code, 'LOGOUT_INCOMPLETE')
      assert.deepEqual([...browser.cookies], [])
    },
    CLEAR,
  )
})

function nameOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf('='))
}

function attributesOf(cookie: string): string[] {
  const [, ...attributes] = cookie.split('; ')
  return attributes.filter((attribute) => !/^(max-age|expires)=/i.test(attribute)).sort()
}
