/** The second factor: until it is there nobody is logged in, and what comes of it is a session of its own. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { attachSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, codeOf, eventsOf, factsOf, loggedIn, maxAgeOf, post, quietly, read } from '../support/answers.ts'
import { isRevocable, isStored } from '../support/backends.ts'
import { tellEach } from '../support/laws.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

const FIREFOX = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }

async function pending(world: World, path = '/login?pending', headers = {}): Promise<Jar> {
  const browser = world.browser()
  await post(browser, '/set?key=before')
  assert.equal((await browser.post(path, undefined, headers)).status, 200)
  return browser
}

describe('while it is due', () => {
  tellEach('everywhere', 'nobody is logged in, and who is expected is told', async (world) => {
    world.users.set('ada', { id: 'ada', role: 'admin' })
    const browser = await pending(world)
    const { ownerId, pendingOwnerId, authenticatedAt } = await factsOf(browser)
    assert.deepEqual([ownerId, pendingOwnerId, authenticatedAt], [null, 'ada', null])
    assert.equal(await read(browser, '/me'), null)
    assert.equal(await read(browser, '/owner'), null)
    assert.equal(await read(browser, '/pending'), 'ada')
  })

  tellEach('everywhere', 'no guard lets it pass, and no way to a user is open', async (world) => {
    world.users.set('ada', { id: 'ada', role: 'admin' })
    const browser = await pending(world)
    for (const path of ['/private', '/fresh', '/admin']) {
      assert.deepEqual(await codeOf(await browser.get(path)), [401, 'LOGIN_REQUIRED'], path)
      const page = await browser.get(path, { accept: 'text/html' })
      assert.deepEqual([page.status, page.headers.get('location')], [302, `/login?next=%2F${path.slice(1)}`])
    }
    for (const path of ['/confirm', '/devices', '/revoke?id=x', '/revoke-others']) {
      assert.equal((await quietly(() => browser.post(path))).status, 500, path)
    }
    // Nothing of it made a login.
    assert.equal(await read(browser, '/pending'), 'ada')
    assert.equal(await read(browser, '/me'), null)
  })

  tellEach('everywhere', 'in the very request that began it, too, and the event is another', async (world) => {
    const browser = await pending(world)
    assert.deepEqual(
      eventsOf(world, 'login-pending').map(({ ownerId, id }) => [ownerId, id]),
      [['ada', (await factsOf(browser)).publicId]],
    )
    assert.deepEqual(eventsOf(world, 'login'), [])
  })

  tellEach('endable', '“log out everywhere” ends it', async (world) => {
    const browser = await pending(world)
    const bob = await pending(world, '/login?pending&user=bob')
    await world.sessions.revokeAll('ada')
    const other = await world.sibling()
    if (isRevocable(world.backend)) world.clock.advance('5s')
    assert.equal(await read(browser, '/pending'), null)
    assert.equal(await read(browser, other.at('/pending')), null)
    assert.equal(await bodyOf(await post(browser, '/complete')), null)
    assert.equal(await read(bob, '/pending'), 'bob')
  })

  tellEach('endable', '“log out everywhere” that comes between the factors lets no second one in', async (world) => {
    const browser = await pending(world)
    const completing = browser.post('/complete?before=gate')
    await world.gate('gate').arrived()
    await (await world.sibling()).sessions.revokeAll('ada')
    world.gate('gate').open()
    const { status } = await completing
    assert.equal([200, 409].includes(status), true, String(status))
    if (isRevocable(world.backend)) world.clock.advance('5s')
    assert.equal(await read(browser, '/me'), null)
  })

  tellEach('server-side', 'it is listed as what it is', async (world) => {
    const browser = await pending(world, '/login?pending&place=Vienna', FIREFOX)
    const device = await loggedIn(world)
    const listed = (await read(device, '/devices')) as { publicId: string; pending: boolean; label: string | null }[]
    assert.deepEqual(
      listed.filter((one) => one.pending).map(({ publicId, label }) => [publicId, label]),
      [[(await factsOf(browser)).publicId, 'Firefox on Linux, Vienna']],
    )
    assert.equal(listed.length, 2)
  })

  tellEach('everywhere', 'a logout ends it', async (world) => {
    const browser = await pending(world)
    const copy = browser.copy()
    await post(browser, '/logout')
    assert.deepEqual([...browser.cookies], [])
    if (world.backend !== 'client-side') assert.equal(await read(copy, '/pending'), null)
    assert.deepEqual(eventsOf(world, 'logout'), [], 'nobody was logged in')
  })
})

describe('that is right', () => {
  tellEach('everywhere', 'logs in under a new id and with new CSRF tokens; the old id is dead', async (world) => {
    const browser = await pending(world)
    const before = browser.copy()
    const { publicId } = await factsOf(browser)
    const token = String(await read(browser, '/token'))
    world.clock.advance('1m')
    assert.equal(await bodyOf(await post(browser, '/complete')), 'ada')
    const after = await factsOf(browser)
    assert.notEqual(after.publicId, publicId)
    assert.deepEqual(
      [after.ownerId, after.pendingOwnerId, after.authenticatedAt, after.createdAt],
      ['ada', null, world.clock(), world.clock()],
    )
    assert.equal(await read(browser, '/private'), 'ada')
    assert.equal(await read(browser, '/fresh'), 'ada')
    assert.deepEqual(
      eventsOf(world, 'login').map(({ ownerId, id }) => [ownerId, id]),
      [['ada', after.publicId]],
    )
    const strict = await world.sibling({ csrf: 'token' })
    const refused = await browser.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': token })
    assert.equal(refused.status, 403, 'a form from between the factors')
    const fresh = String(await read(browser, '/token'))
    const accepted = await browser.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': fresh })
    assert.equal(accepted.status, 200)
    if (world.backend === 'client-side') return
    world.clock.advance('5s')
    assert.equal(await read(before, '/pending'), null)
    assert.equal(await bodyOf(await quietly(() => before.get('/complete'))), null, 'it completes nothing twice')
    assert.equal(await read(before, '/me'), null)
  })

  tellEach('everywhere', 'is remembered where the first was, and only there', async (world) => {
    for (const [first, remembers] of [
      ['/login?pending&remember', true],
      ['/login?pending', false],
    ] as const) {
      const browser = await pending(world, first)
      world.clock.advance('1m')
      assert.equal(maxAgeOf(await post(browser, '/complete')), remembers ? 90 * 86_400 : null)
      world.clock.advance('2h')
      assert.equal(await read(browser, '/me'), remembers ? 'ada' : null)
      if (remembers) assert.deepEqual(await codeOf(await browser.get('/fresh')), [401, 'LOGIN_NOT_FRESH'])
    }
  })

  tellEach('server-side', 'keeps what the device was called, one that nobody knows too', async (world) => {
    for (const [headers, label] of [
      [FIREFOX, 'Firefox on Linux, Vienna, Austria'],
      [{ 'user-agent': 'unheard of' }, 'Vienna, Austria'],
    ] as const) {
      const browser = await pending(world, '/login?pending&place=Vienna%2C%20Austria', headers)
      assert.equal((await browser.post('/complete', undefined, headers)).status, 200)
      const [device] = (await read(browser, '/devices')) as { label: string }[]
      assert.equal(device?.label, label)
      await post(browser, '/logout')
    }
  })

  tellEach('everywhere', 'completes nothing where nothing is due', async (world) => {
    assert.equal(await bodyOf(await post(world.browser(), '/complete')), null)
    const browser = await loggedIn(world)
    const before = await factsOf(browser)
    assert.equal(await bodyOf(await post(browser, '/complete')), null)
    assert.deepEqual(await factsOf(browser), before)
  })

  tellEach('everywhere', 'twice at once logs in, twice without an error', async (world) => {
    const browser = await pending(world)
    const clicks = [browser.post('/complete?before=gate'), browser.post('/complete?before=gate')]
    await world.gate('gate').arrived(2)
    world.gate('gate').open()
    for (const answer of await Promise.all(clicks)) assert.equal(answer.status, 200)
    assert.equal(await read(browser, '/me'), 'ada')
  })
})

describe('that takes too long', () => {
  tellEach('everywhere', 'comes too late after ten minutes', async (world) => {
    const [early, late] = [await pending(world), await pending(world)]
    world.clock.advance(10 * 60_000 - 1)
    assert.equal(await bodyOf(await post(early, '/complete')), 'ada')
    world.clock.advance(1)
    const answer = await post(late, '/complete')
    assert.equal(await bodyOf(answer), null)
    assert.deepEqual([...late.cookies], [], 'and the password is due again')
    if (isStored(world.backend)) assert.equal((await world.sessions.list('ada')).length, 1)
  })

  tellEach(
    'everywhere',
    'comes too late after what the option says, whatever keeps the session alive',
    async (world) => {
      const browser = await pending(world)
      for (let second = 0; second < 5; second++) {
        world.clock.advance('30s')
        if (second < 3) assert.equal(await read(browser, '/pending'), 'ada')
        await post(browser, second % 2 === 0 ? '/set?key=still-here' : '/regenerate')
      }
      assert.equal(await bodyOf(await post(browser, '/complete')), null)
      assert.equal(await read(browser, '/me'), null)
    },
    { auth: { pendingTimeout: '2m' } },
  )

  test('an option that is no duration is refused at start-up', () => {
    const sessions = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
    expect(() => createAuth(sessions, { findUser: (id) => ({ id }), pendingTimeout: 'soon' })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'pendingTimeout' } }),
    )
  })
})

describe('of somebody else', () => {
  tellEach(
    'everywhere',
    'over a session ends it with its data, carried-over keys included',
    async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=cart&value=of-ada')
      const before = browser.copy()
      await post(browser, '/login?pending&user=bob')
      assert.deepEqual(await read(browser, '/keys'), {})
      const { ownerId, pendingOwnerId } = await factsOf(browser)
      assert.deepEqual([ownerId, pendingOwnerId], [null, 'bob'])
      assert.equal((await browser.get('/private')).status, 401)
      assert.equal(await bodyOf(await post(browser, '/complete')), 'bob')
      assert.deepEqual(await read(browser, '/keys'), {})
      if (world.backend !== 'client-side') assert.equal(await read(before, '/me'), null)
    },
    { auth: { carryOver: ['cart'] } },
  )

  tellEach(
    'everywhere',
    'over one that is due leaves nothing of the first',
    async (world) => {
      const browser = await pending(world)
      await post(browser, '/set?key=cart&value=of-ada')
      await post(browser, '/login?user=bob')
      assert.deepEqual(await read(browser, '/keys'), {})
      assert.equal(await read(browser, '/pending'), null)
      assert.equal(await read(browser, '/me'), 'bob')
    },
    { auth: { carryOver: ['cart'] } },
  )

  tellEach(
    'everywhere',
    'while a visitor’s own basket goes along to the end',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/set?key=cart&value=full')
      await post(browser, '/set?key=other')
      await post(browser, '/login?pending')
      assert.deepEqual(await read(browser, '/keys'), { cart: 'full' })
      await post(browser, '/complete')
      assert.deepEqual(await read(browser, '/keys'), { cart: 'full' })
    },
    { auth: { carryOver: ['cart'] } },
  )
})

test('userOf throws while the second factor is due, in the request that began it as well', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const request = new Request(`${ORIGIN}/login`, { method: 'POST', headers: { origin: ORIGIN } })
  await attachSession(sessions, request)
  await auth.login(request, { id: 'ada' })
  expect(auth.userOf(request)).toEqual({ id: 'ada' })
  await auth.login(request, { id: 'ada' }, { pending: true })
  expect(() => auth.userOf(request)).toThrow(expect.objectContaining({ code: 'USER_NOT_LOADED' }))
  expect(await auth.currentUser(request)).toBeNull()
  expect(await auth.guard(request)).toMatchObject({ type: 'refuse', status: 401 })
  expect(await auth.complete(request)).toEqual({ id: 'ada' })
  expect(auth.userOf(request)).toEqual({ id: 'ada' })
})
