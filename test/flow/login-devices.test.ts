/** Your devices: a page that lists and ends one's own sessions, and nobody else's. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { attachSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import type { Device } from '../../src/auth/contract.ts'
import { createSessions, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, cookieNames, eventsOf, factsOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { tellEach } from '../support/laws.ts'
import type { Data } from '../support/story-app.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1'

async function logIn(world: World, userAgent: string, path = '/login'): Promise<Jar> {
  const browser = world.browser()
  assert.equal((await browser.post(path, undefined, { 'user-agent': userAgent })).status, 200)
  return browser
}

async function devicesOf(browser: Jar): Promise<Device[]> {
  return (await read(browser, '/devices')) as Device[]
}

async function idOf(browser: Jar): Promise<string> {
  return String((await factsOf(browser)).publicId)
}

describe('the list', () => {
  tellEach(
    'server-side',
    'has a readable label, a place where the app gives one, and says which is this one',
    async (world) => {
      const laptop = await logIn(world, FIREFOX, '/login?place=Vienna')
      const created = world.clock()
      world.clock.advance('10m')
      const phone = await logIn(world, SAFARI, '/login?remember')
      world.clock.advance('10m')
      await logIn(world, 'something unheard of')
      await logIn(world, FIREFOX, '/login?user=bob')
      const devices = await devicesOf(laptop)
      assert.deepEqual(
        devices.map(({ label, current, pending, createdAt }) => [label, current, pending, createdAt - created]),
        // The last seen first.
        [
          [null, false, false, 1_200_000],
          ['Safari on iPhone', false, false, 600_000],
          ['Firefox on Linux, Vienna', true, false, 0],
        ],
      )
      assert.deepEqual(
        (await devicesOf(phone)).filter(({ current }) => current).map(({ label }) => label),
        ['Safari on iPhone'],
      )
      const text = JSON.stringify(devices)
      for (const cookie of [...laptop.cookies.values(), ...phone.cookies.values()])
        assert.equal(text.includes(cookie), false)
    },
  )

  tellEach('server-side', 'is of whoever asks; who is nobody is a mistake of the app', async (world) => {
    await loggedIn(world)
    const answer = await quietly(() => world.browser().get('/devices'))
    assert.equal(answer.status, 500)
    const bob = await loggedIn(world, 'bob')
    assert.deepEqual(
      (await devicesOf(bob)).map(({ publicId }) => publicId),
      [await idOf(bob)],
    )
  })

  tellEach('server-side', 'follows a new id', async (world) => {
    const browser = await loggedIn(world)
    const [before] = await devicesOf(browser)
    await post(browser, '/regenerate')
    const devices = await devicesOf(browser)
    assert.deepEqual(
      devices.map(({ publicId, current }) => [publicId, current]),
      [[await idOf(browser), true]],
    )
    assert.notEqual(devices[0]?.publicId, before?.publicId)
  })
})

describe('ending one', () => {
  tellEach('server-side', 'of one’s own, by its id, and no other', async (world) => {
    const [laptop, phone, tablet] = [await loggedIn(world), await loggedIn(world), await loggedIn(world)]
    const answer = await post(laptop, `/revoke?id=${await idOf(phone)}`)
    assert.equal(await bodyOf(answer), true)
    assert.deepEqual(cookieNames(answer), [])
    assert.equal(await read(phone, '/me'), null)
    assert.deepEqual([await read(laptop, '/me'), await read(tablet, '/me')], ['ada', 'ada'])
    assert.equal(await bodyOf(await post(laptop, `/revoke?id=${await idOf(phone)}`)), false, 'it has ended')
  })

  tellEach('server-side', 'of somebody else’s is refused, and they stay', async (world) => {
    const [ada, bob] = [await loggedIn(world), await loggedIn(world, 'bob')]
    const waiting = world.browser()
    await post(waiting, '/login?pending&user=bob')
    const visitor = world.browser()
    await post(visitor, '/set?key=cart')
    const calls = world.store.calls
    for (const id of [await idOf(bob), await idOf(waiting), await idOf(visitor), '', '__proto__', 'x'.repeat(5000)]) {
      assert.equal(await bodyOf(await post(ada, `/revoke?id=${id}`)), false, id)
    }
    assert.deepEqual([world.store.calls.replace, world.store.calls.bury], [calls.replace, calls.bury])
    assert.equal(await read(bob, '/me'), 'bob')
    assert.equal(await read(waiting, '/pending'), 'bob')
    assert.equal(await read(visitor, '/read?key=cart'), 'value')
    assert.deepEqual(eventsOf(world, 'session-destroyed'), [])
  })

  tellEach(
    'server-side',
    'that is this one is a logout',
    async (world) => {
      const browser = await loggedIn(world)
      const copy = browser.copy()
      const answer = await post(browser, `/revoke?id=${await idOf(browser)}`)
      assert.equal(await bodyOf(answer), true)
      assert.equal(cookieNames(answer)[0], 'session')
      assert.notEqual(answer.headers.get('clear-site-data'), null)
      assert.deepEqual([...browser.cookies], [])
      assert.equal(await read(copy, '/me'), null)
      assert.equal(eventsOf(world, 'logout').length, 1)
      const other = await loggedIn(world)
      const link = await quietly(async () => other.get(`/revoke?id=${await idOf(other)}`))
      assert.equal(link.status, 405, 'and so not by a link')
      assert.equal(await read(other, '/me'), 'ada')
    },
    { auth: { clearSiteData: true } },
  )

  tellEach('server-side', 'that waits for a second factor ends that', async (world) => {
    const browser = await loggedIn(world)
    const waiting = world.browser()
    await post(waiting, '/login?pending')
    assert.equal(await bodyOf(await post(browser, `/revoke?id=${await idOf(waiting)}`)), true)
    assert.equal(await bodyOf(await post(waiting, '/complete')), null)
  })
})

describe('ending the others', () => {
  tellEach('endable', 'leaves this one, in every process, and whoever else there is', async (world) => {
    const browsers = [await loggedIn(world), await loggedIn(world), await loggedIn(world)]
    const [mine, ...others] = browsers as [Jar, Jar, Jar]
    const waiting = world.browser()
    await post(waiting, '/login?pending')
    const bob = await loggedIn(world, 'bob')
    await post(mine, '/set?key=theme&value=dark')
    await post(mine, '/revoke-others')
    const sibling = await world.sibling()
    for (const browser of others) assert.equal(await read(browser, sibling.at('/me')), null)
    assert.equal(await read(waiting, sibling.at('/pending')), null)
    for (const path of ['/me', sibling.at('/me')]) assert.equal(await read(mine, path), 'ada')
    assert.deepEqual(await read(mine, '/keys'), { theme: 'dark' })
    assert.equal(await read(bob, '/me'), 'bob')
    await post(mine, '/regenerate')
    await post(mine, '/revoke-others')
    assert.equal(await read(mine, '/me'), 'ada')
  })
})

describe('where sessions are in browsers only', () => {
  const modes: [string, Partial<SessionsOptions<Data>>, boolean][] = [
    ['client-side', {}, false],
    ['with revocation', { revocation: memoryStore() }, true],
    ['with overflow', { overflow: memoryStore() }, true],
  ]
  test.each(modes)(
    '%s: they cannot be listed or ended one by one, and the error says why',
    async (_, options, ends) => {
      const sessions: World['sessions'] = createSessions<Data>({ origin: ORIGIN, secret: SECRET, ...options })
      const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
      const headers = { origin: ORIGIN, cookie: await cookieFor(sessions, { owner: 'ada' }) }
      const request = new Request(`${ORIGIN}/devices`, { method: 'POST', headers })
      const session = await attachSession(sessions, request)
      const refused = { code: 'NOT_REVOCABLE', message: /in browsers only/ }
      await expect(auth.devices(request)).rejects.toMatchObject(refused)
      await expect(auth.revoke(request, String(session.publicId))).rejects.toMatchObject(refused)
      const revoking = auth.revokeOthers(request)
      if (ends) await expect(revoking).resolves.toBeUndefined()
      else await expect(revoking).rejects.toMatchObject({ ...refused, message: /give.*revocation/i })
      expect(await auth.currentUser(request)).toEqual({ id: 'ada' })
    },
  )
})
