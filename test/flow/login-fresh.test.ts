/** Fresh logins and who may what: freshLoginRequired, confirm, permit. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { attachSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { freshLogin, type PermitRule, permitted } from '../../src/auth/requirement.ts'
import { createSessions } from '../../src/index.ts'
import { cached } from '../../src/store/cached.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { codeOf, eventsOf, factsOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { tellEach } from '../support/laws.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

const HTML = { accept: 'text/html,*/*' }
const NOT_FRESH = [401, 'LOGIN_NOT_FRESH']
const DAY = 86_400_000

describe('freshLoginRequired', () => {
  tellEach(
    'everywhere',
    'sends a person to enter the password once more, and back to where they were',
    async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('5m')
      const page = await browser.get('/fresh?tab=2', HTML)
      const { status, headers } = page
      assert.deepEqual([status, headers.get('location')], [302, '/confirm-it?next=%2Ffresh%3Ftab%3D2'])
      const form = await browser.post('/fresh', {}, { ...HTML, referer: `${ORIGIN}/settings` })
      assert.deepEqual([form.status, form.headers.get('location')], [303, '/confirm-it?next=%2Fsettings'])
      await post(browser, '/confirm')
      assert.equal(await read(browser, '/fresh?tab=2'), 'ada')
      const stranger = await world.browser().get('/fresh', HTML)
      assert.equal(stranger.headers.get('location'), '/login?next=%2Ffresh', 'who is nobody logs in')
    },
    { auth: { confirmPath: '/confirm-it' } },
  )

  tellEach('everywhere', 'tells a program by a code, and by the login page where no other is named', async (world) => {
    const browser = await loggedIn(world)
    world.clock.advance('5m')
    assert.deepEqual(await codeOf(await browser.get('/fresh')), NOT_FRESH)
    const page = await browser.get('/fresh', HTML)
    assert.equal(page.headers.get('location'), '/login?next=%2Ffresh')
    assert.deepEqual(await codeOf(await world.browser().get('/fresh')), [401, 'LOGIN_REQUIRED'])
  })

  tellEach('everywhere', 'counts from the login, to the millisecond, whatever was done since', async (world) => {
    const browser = await loggedIn(world)
    world.clock.advance('2m')
    await post(browser, '/set?key=theme')
    await post(browser, '/regenerate')
    await read(browser, '/me')
    world.clock.advance(3 * 60_000 - 1)
    assert.equal(await read(browser, '/fresh'), 'ada')
    world.clock.advance(1)
    await post(browser, '/regenerate')
    assert.deepEqual(await codeOf(await browser.get('/fresh')), NOT_FRESH)
    await post(browser, '/login')
    assert.equal(await read(browser, '/fresh'), 'ada')
  })

  tellEach('endable', 'a session that was ended elsewhere is let into no fresh page', async (world) => {
    const browser = await loggedIn(world)
    const other = await world.sibling()
    await post(browser.copy(), other.at('/logout'))
    assert.deepEqual(await codeOf(await browser.get('/fresh')), [401, 'LOGIN_REQUIRED'])
  })

  tellEach('revocable', 'asks past what this process still believes of a sealed session', async (world) => {
    const browser = await loggedIn(world)
    await read(browser, '/me')
    const other = await world.sibling()
    await post(browser.copy(), other.at('/logout'))
    assert.equal(await read(browser, '/private'), 'ada', 'believed for revocationMaxStale')
    assert.deepEqual(await codeOf(await browser.get('/fresh')), [401, 'LOGIN_REQUIRED'])
  })

  tellEach('server-side', 'asks past a near cache, which a plain guard believes for its time', async (world) => {
    const near = await world.sibling({ store: cached(world.store, { clock: world.clock, maxStale: '5s' }) })
    const browser = await loggedIn(world)
    assert.equal(await read(browser, near.at('/private')), 'ada')
    await post(browser.copy(), '/logout')
    assert.equal(await read(browser, near.at('/private')), 'ada')
    assert.deepEqual(await codeOf(await browser.get(near.at('/fresh'))), [401, 'LOGIN_REQUIRED'])
    world.clock.advance('5s')
    assert.equal((await browser.get(near.at('/private'))).status, 401)
  })

  tellEach(
    'server-side',
    'costs one read more than a plain guard, and an outage is a 503 and no pass',
    async (world) => {
      const browser = await loggedIn(world)
      world.store.reset()
      await read(browser, '/fresh')
      assert.equal(world.store.calls.find, 2)
      const stopped = world.store.pause('find', { side: 'after' })
      const answer = quietly(() => browser.get('/fresh'))
      await stopped.reached
      world.store.fail('find')
      stopped.release()
      assert.equal((await answer).status, 503)
    },
  )

  test.each([undefined, 0, '5 minutes', '-5m'])('refuses %s as its time, at start-up', (within) => {
    expect(() => freshLogin({ within: within as string })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })

  test('a login of this very request is fresh', async () => {
    const { auth, request } = await attached()
    await auth.login(request, { id: 'ada' })
    expect(await auth.guard(request, freshLogin({ within: '5m' }))).toEqual({ type: 'pass' })
    await auth.login(request, { id: 'ada' }, { remember: true })
    expect(await auth.guard(request, freshLogin({ within: '5m' }))).toMatchObject({ code: 'LOGIN_NOT_FRESH' })
  })
})

describe('confirm', () => {
  tellEach(
    'everywhere',
    'makes the login fresh under a new id, with its data and its end as they were',
    async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=theme&value=dark')
      world.clock.advance('30m')
      const copy = browser.copy()
      const before = await factsOf(browser)
      await post(browser, '/confirm')
      const after = await factsOf(browser)
      assert.notEqual(after.publicId, before.publicId)
      assert.deepEqual({ ...after, publicId: 0, expiresAt: 0 }, { ...before, publicId: 0, expiresAt: 0 })
      assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
      assert.equal(await read(browser, '/fresh'), 'ada')
      assert.equal(eventsOf(world, 'login').length, 1, 'it is no login')
      assert.equal(eventsOf(world, 'session-regenerated').at(-1)?.previousId, before.publicId)
      if (world.backend !== 'client-side') assert.equal(await read(copy, '/me'), null)
      world.clock.set(before.createdAt + DAY - 1_800_000)
      assert.equal(await read(browser, '/me'), null)
    },
  )

  tellEach('everywhere', 'keeps the absolute end where it is', async (world) => {
    const browser = await loggedIn(world)
    const { createdAt } = await factsOf(browser)
    for (let half = 0; half < 47; half++) {
      world.clock.advance('30m')
      await post(browser, '/confirm')
    }
    world.clock.set(createdAt + DAY - 1)
    assert.equal(await read(browser, '/me'), 'ada')
    world.clock.set(createdAt + DAY)
    assert.equal(await read(browser, '/me'), null)
  })

  tellEach('everywhere', 'of nobody is a mistake of the app, and says which guard is missing', async (world) => {
    const answer = await quietly(() => world.browser().post('/confirm'))
    assert.equal(answer.status, 500)
    assert.deepEqual(answer.headers.getSetCookie(), [])
    const { auth, request } = await attached()
    await assert.rejects(auth.confirm(request), { code: 'USER_NOT_LOADED', message: /loginRequired/ })
  })

  tellEach('endable', 'that a logout overtakes confirms nothing', async (world) => {
    const browser = await loggedIn(world)
    const confirming = browser.post('/confirm?before=gate')
    await world.gate('gate').arrived()
    await post(browser.copy(), '/logout')
    world.gate('gate').open()
    assert.deepEqual(await codeOf(await confirming), [409, 'SESSION_SUPERSEDED'])
    assert.equal(await read(browser, '/me'), null)
  })
})

describe('permit', () => {
  tellEach('everywhere', 'tells nobody, somebody and who may apart', async (world) => {
    assert.deepEqual(await codeOf(await world.browser().get('/admin')), [401, 'LOGIN_REQUIRED'])
    const page = await world.browser().get('/admin', HTML)
    assert.deepEqual([page.status, page.headers.get('location')], [302, '/login?next=%2Fadmin'])
    const browser = await loggedIn(world)
    assert.deepEqual(await codeOf(await browser.get('/admin')), [403, 'FORBIDDEN'])
    const forbidden = await browser.get('/admin', HTML)
    assert.deepEqual([forbidden.status, forbidden.headers.get('location')], [403, null])
    assert.match(await forbidden.text(), /may not do this/)
    world.users.set('ada', { id: 'ada', role: 'admin' })
    assert.equal(await read(browser, '/admin'), 'ada', 'a new role counts at the next request')
    world.users.set('ada', { id: 'ada' })
    assert.equal((await browser.get('/admin')).status, 403)
  })

  test.each<[string, unknown, unknown]>([
    ['true', () => true, { type: 'pass' }],
    ['a promise of true', async () => true, { type: 'pass' }],
    ...[false, undefined, null, 1, 'yes', {}, [true], new Boolean(true)].map((value): [string, unknown, unknown] => [
      String(value),
      () => value,
      { code: 'FORBIDDEN', status: 403 },
    ]),
    ['a promise of a 1', async () => 1, { code: 'FORBIDDEN', status: 403 }],
    ['a function', () => () => true, { code: 'FORBIDDEN', status: 403 }],
  ])('a rule that answers %s', async (_, rule, decision) => {
    const { auth, request } = await attached('ada')
    expect(await auth.guard(request, permitted(rule as PermitRule<unknown>))).toMatchObject(decision as object)
  })

  test('a rule is given the user and the request', async () => {
    const { auth, request } = await attached('ada')
    const seen: unknown[] = []
    await auth.guard(
      request,
      permitted((...args) => seen.push(...args) > 0),
    )
    expect(seen).toEqual([{ id: 'ada' }, request])
  })

  test.each([undefined, null, 'admin', true])('%s is no rule, which is said at start-up', (rule) => {
    expect(() => permitted(rule as unknown as PermitRule<unknown>)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'rule' } }),
    )
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('the role store is down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the role store is down'))],
  ])('a rule that %s lets nobody pass', async (_, rule) => {
    const { auth, request } = await attached('ada')
    await expect(auth.guard(request, permitted(rule))).rejects.toThrow('the role store is down')
  })
})

async function attached(owner?: string) {
  const sessions: World['sessions'] = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const headers = { origin: ORIGIN, cookie: owner === undefined ? '' : await cookieFor(sessions, { owner }) }
  const request = new Request(`${ORIGIN}/page`, { method: 'POST', headers })
  await attachSession(sessions, request)
  return { auth, request }
}
