/** What a login takes over of the session before it: no id, no token, and of the data what the app names, if it was nobody's. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { eventsOf, factsOf, loggedIn, post, read } from '../support/answers.ts'
import { tellEach } from '../support/laws.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const CART = { auth: { carryOver: ['cart', '__proto__'] } }

describe('fixation', () => {
  tellEach(
    'everywhere',
    'an id that was planted is not the one after the login, nor do its forms work there',
    async (world) => {
      const strict = await world.sibling({ csrf: 'token' })
      const thief = world.browser()
      const token = String(await read(thief, strict.at('/token')))
      await post(thief, '/set?key=planted')
      const planted = await factsOf(thief)
      const victim = thief.copy()
      await post(victim, '/login')
      const after = await factsOf(victim)
      assert.notEqual(after.publicId, planted.publicId)
      assert.notEqual(victim.cookies.get('session'), thief.cookies.get('session'))
      const forged = await victim.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': token })
      assert.deepEqual([forged.status, ((await forged.json()) as { reason: string }).reason], [403, 'before-login'])
      const own = String(await read(victim, strict.at('/token')))
      assert.equal((await thief.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': own })).status, 403)
      assert.equal((await victim.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': own })).status, 200)
      assert.equal(await read(thief, '/me'), null)
      if (world.backend !== 'client-side') assert.deepEqual(await read(thief, '/keys'), {})
    },
  )

  tellEach('everywhere', 'a second login of the same user changes the id and the tokens as well', async (world) => {
    const strict = await world.sibling({ csrf: 'token' })
    const browser = await loggedIn(world)
    const before = await factsOf(browser)
    const token = String(await read(browser, '/token'))
    world.clock.advance('1m')
    await post(browser, '/login')
    const after = await factsOf(browser)
    assert.notEqual(after.publicId, before.publicId)
    assert.deepEqual([after.createdAt, after.authenticatedAt], [world.clock(), world.clock()])
    assert.equal((await browser.post(strict.at('/set?key=x'), undefined, { 'x-csrf-token': token })).status, 403)
  })

  tellEach(
    'everywhere',
    'while a new id alone, and a step-up, leave the forms that are open as they are',
    async (world) => {
      const strict = await world.sibling({ csrf: 'token' })
      const browser = await loggedIn(world)
      const token = { 'x-csrf-token': String(await read(browser, '/token')) }
      for (const path of ['/regenerate', '/confirm']) {
        await post(browser, path)
        assert.equal((await browser.post(strict.at('/set?key=x'), undefined, token)).status, 200, path)
      }
    },
  )
})

describe('the data', () => {
  tellEach('everywhere', 'of a visitor do not survive, where nothing is named', async (world) => {
    const browser = world.browser()
    await post(browser, '/set?key=cart&value=full')
    await post(browser, '/flash?key=note')
    await post(browser, '/login')
    assert.deepEqual(await read(browser, '/keys'), {})
    assert.deepEqual(await read(browser, '/take?key=note'), [])
  })

  tellEach(
    'everywhere',
    'of a visitor survive where they are named, whatever they are, and nothing else does',
    async (world) => {
      const browser = world.browser()
      await post(browser, `/set?key=cart&json=${encodeURIComponent('[{"sku":"a","qty":2},null]')}`)
      await post(browser, '/set?key=__proto__&value=data')
      await post(browser, '/set?key=theme')
      await post(browser, '/flash?key=cart')
      await post(browser, '/login')
      const keys = (await read(browser, '/keys')) as object
      assert.deepEqual(
        Object.keys(keys).toSorted(),
        ['__proto__', 'cart'].filter((key) => Object.hasOwn(keys, key)),
      )
      assert.deepEqual(await read(browser, '/read?key=cart'), [{ sku: 'a', qty: 2 }, null])
      assert.equal(await read(browser, '/read?key=__proto__'), 'data')
      assert.equal(await read(browser, '/read?key=theme'), null)
      assert.deepEqual(await read(browser, '/take?key=cart'), [])
    },
    CART,
  )

  tellEach(
    'everywhere',
    'of oneself go along to a login that renews one’s own, as far as they are named',
    async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=cart&value=full')
      await post(browser, '/set?key=theme')
      await post(browser, '/login')
      assert.deepEqual(await read(browser, '/keys'), { cart: 'full' })
    },
    CART,
  )

  tellEach(
    'everywhere',
    'of another user never do, by whichever way the next one comes',
    async (world) => {
      for (const way of [['/login?user=bob'], ['/login?pending&user=bob', '/complete'], ['/login?remember&user=bob']]) {
        const browser = await loggedIn(world)
        await post(browser, '/set?key=cart&value=of-ada')
        for (const path of way) await post(browser, path)
        assert.deepEqual(await read(browser, '/keys'), {}, way.join())
        assert.equal(await read(browser, '/me'), 'bob')
      }
    },
    CART,
  )

  tellEach(
    'everywhere',
    'of a login that was never completed never do',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/login?pending')
      await post(browser, '/set?key=cart&value=of-ada')
      await post(browser, '/login?user=bob')
      assert.deepEqual(await read(browser, '/keys'), {})
    },
    CART,
  )

  tellEach(
    'server-side',
    'that a visitor’s other request put there in the meantime go along, too',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/set?key=cart&value=half')
      const slow = browser.post('/login?before=gate')
      await world.gate('gate').arrived()
      await post(browser.copy(), '/set?key=cart&value=full')
      world.gate('gate').open()
      assert.equal((await slow).status, 200)
      assert.deepEqual(await read(browser, '/keys'), { cart: 'full' })
    },
    CART,
  )

  tellEach(
    'endable',
    'of another user’s login that got in between never do',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/set?key=cart&value=of-nobody')
      const slow = browser.copy().post('/login?user=bob&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/login')
      await post(browser, '/set?key=cart&value=of-ada')
      world.gate('gate').open()
      const answer = await slow
      assert.equal(answer.status, 200, 'a login is never dropped')
      const bob = world.browser()
      for (const cookie of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split(/=(.*)/s)
        bob.cookies.set(name, value)
      }
      assert.equal(await read(bob, '/me'), 'bob')
      assert.deepEqual(await read(bob, '/keys'), {})
    },
    CART,
  )
})

describe('a double click', () => {
  for (const [title, path] of [
    ['on a login that is remembered', '/login?remember'],
    ['on one that waits for a second factor', '/login?pending'],
    ['on one over a live login', '/login'],
  ] as const) {
    tellEach('everywhere', `${title} logs in, twice without an error`, async (world) => {
      const browser = path === '/login' ? await loggedIn(world) : world.browser()
      await read(browser, '/me')
      const clicks = [0, 1].map(() => browser.post(`${path}${path.includes('?') ? '&' : '?'}before=gate`))
      await world.gate('gate').arrived(2)
      world.gate('gate').open()
      for (const answer of await Promise.all(clicks)) assert.equal(answer.status, 200)
      assert.equal(await read(browser, path.endsWith('pending') ? '/pending' : '/me'), 'ada')
    })
  }

  tellEach(
    'server-side',
    'at a limit of one session leaves one, and no error',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/set?key=before')
      const clicks = [0, 1].map(() => browser.post('/login?after=gate'))
      await world.gate('gate').arrived(2)
      world.gate('gate').open()
      for (const answer of await Promise.all(clicks)) assert.equal(answer.status, 200)
      assert.equal((await world.sessions.list('ada')).length, 1)
      assert.equal(eventsOf(world, 'login').length, 2)
    },
    { auth: { maxSessionsPerOwner: { limit: 1, when: 'evict-oldest' } } },
  )
})

test.each([['cart'], [[1]], [null], [{ cart: true }]])('a carryOver of %j is refused at start-up', (carryOver) => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const options = { findUser: (id: string) => ({ id }), carryOver: carryOver as unknown as string[] }
  expect(() => createAuth(sessions, options)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'carryOver' } }),
  )
})

test.each(['stmp', 'maxSessionPerOwner', 'loginUrl'])('a misspelt option is refused at start-up: %s', (option) => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const options = { findUser: (id: string) => ({ id }), [option]: 1 }
  expect(() => createAuth(sessions, options)).toThrow(expect.objectContaining({ details: { option } }))
})
