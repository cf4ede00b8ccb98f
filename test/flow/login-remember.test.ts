/** A login that is remembered: how long, by which cookie, under which id, and what ends it. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { codeOf, cookieNames, eventsOf, factsOf, maxAgeOf, post, read } from '../support/answers.ts'
import { isStored } from '../support/backends.ts'
import { tellEach } from '../support/laws.ts'
import { OLD_SECRET, ORIGIN, SECRET, type World } from '../support/world.ts'

const DAY = 86_400_000
const DAYS = (days: number) => days * 86_400

const LONG_IDLE = { remember: { idle: '90d', absolute: '90d' } } as const

async function remembered(world: World): Promise<Jar> {
  const browser = world.browser()
  await post(browser, '/login?remember')
  return browser
}

describe('the cookie', () => {
  tellEach(
    'everywhere',
    'gets the whole absolute lifetime, and what is left of it when it is sent anew',
    async (world) => {
      const browser = world.browser()
      assert.equal(maxAgeOf(await post(browser, '/login?remember')), DAYS(90))
      world.clock.advance('4d')
      assert.equal(maxAgeOf(await post(browser, '/regenerate')), DAYS(86))
      world.clock.advance(DAY / 2 + 999)
      assert.equal(maxAgeOf(await post(browser, '/confirm')), DAYS(85.5) - 1, 'rounded down')
    },
  )

  tellEach('client-side', 'of a write gets what is left, and so does the one that renews', async (world) => {
    const browser = await remembered(world)
    world.clock.advance('4d')
    const touched = await browser.get('/me')
    assert.deepEqual([cookieNames(touched), maxAgeOf(touched, 'session-seen')], [['session-seen'], DAYS(86)])
    world.clock.advance('1d')
    assert.equal(maxAgeOf(await post(browser, '/set?key=theme')), DAYS(85))
  })

  tellEach('everywhere', 'has no Max-Age without it, whatever happens to the session', async (world) => {
    const browser = world.browser()
    assert.equal(maxAgeOf(await post(browser, '/login')), null)
    assert.equal(maxAgeOf(await post(browser, '/regenerate')), null)
    assert.equal(maxAgeOf(await post(browser, '/confirm')), null)
    world.clock.advance('10m')
    const touched = await browser.get('/me')
    assert.equal(maxAgeOf(touched, 'session-seen'), isStored(world.backend) ? undefined : null)
    assert.equal(maxAgeOf(await post(browser, '/set?key=theme')) ?? null, null)
    assert.equal(touched.headers.getSetCookie().join().includes('Expires'), false)
  })

  tellEach('everywhere', 'of a plain login after a remembered one has none again', async (world) => {
    const browser = await remembered(world)
    assert.equal(maxAgeOf(await post(browser, '/login')), null)
    world.clock.advance('1h')
    assert.equal(await read(browser, '/me'), null)
  })

  tellEach(
    'everywhere',
    'lives 400 days at most, which the option may ask for',
    async (world) => assert.equal(maxAgeOf(await post(world.browser(), '/login?remember')), DAYS(400)),
    { auth: { remember: { absolute: '400d' } } },
  )

  tellEach('overflowing', 'that is now a token has it, too', async (world) => {
    const browser = await remembered(world)
    world.clock.advance('4d')
    const answer = await post(browser, '/set?key=big&size=5000')
    assert.deepEqual([cookieNames(answer), maxAgeOf(answer)], [['session'], DAYS(86)])
    world.clock.advance('29d')
    assert.equal(await read(browser, '/me'), 'ada')
  })
})

describe('the limits', () => {
  tellEach('everywhere', 'are its own: 30 days without a visit, 90 in all', async (world) => {
    const idle = await remembered(world)
    const late = idle.copy()
    const { createdAt, expiresAt } = await factsOf(idle)
    assert.equal(expiresAt, createdAt + 30 * DAY)
    world.clock.advance(30 * DAY - 1)
    assert.equal(await read(idle, '/me'), 'ada')
    world.clock.advance(1)
    if (!isStored(world.backend)) assert.equal(await read(late, '/me'), null, 'its seen cookie is older')
    world.clock.set(createdAt + 50 * DAY)
    assert.equal(await read(idle, '/me'), 'ada')
    world.clock.set(createdAt + 79 * DAY)
    assert.equal(await read(idle, '/me'), 'ada')
    world.clock.set(createdAt + 90 * DAY - 1)
    assert.equal(await read(idle, '/me'), 'ada')
    world.clock.advance(1)
    assert.equal(await read(idle, '/me'), null)
    assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'expired-absolute')
  })

  tellEach('everywhere', 'without a visit for 30 days it is over', async (world) => {
    const browser = await remembered(world)
    world.clock.advance('30d')
    assert.equal(await read(browser, '/me'), null)
    assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'expired-idle')
  })

  tellEach('everywhere', 'go along to a new id, and do not start anew there', async (world) => {
    const browser = await remembered(world)
    const { createdAt } = await factsOf(browser)
    world.clock.advance('29d')
    await post(browser, '/regenerate')
    world.clock.advance('29d')
    await post(browser, '/confirm')
    assert.deepEqual(await factsOf(browser), { ...(await factsOf(browser)), createdAt, ownerId: 'ada' })
    world.clock.set(createdAt + 87 * DAY - 1)
    assert.equal(await read(browser, '/me'), 'ada')
    world.clock.set(createdAt + 90 * DAY)
    assert.equal(await read(browser, '/me'), null)
  })

  tellEach('everywhere', 'survive a rotation of the secret', async (world) => {
    const browser = await remembered(world)
    const rotated = await world.sibling({ secret: [OLD_SECRET, SECRET] })
    const alone = await world.sibling({ secret: OLD_SECRET })
    world.clock.advance('20d')
    assert.equal(maxAgeOf(await post(browser, rotated.at('/set?key=theme'))), DAYS(70), 'written under the new secret')
    world.clock.advance('20d')
    assert.equal(await read(browser, alone.at('/me')), 'ada')
  })

  tellEach(
    'everywhere',
    'of the option replace the usual ones',
    async (world) => {
      const browser = world.browser()
      assert.equal(maxAgeOf(await post(browser, '/login?remember')), DAYS(10))
      world.clock.advance('2d')
      assert.equal(await read(browser, '/me'), null)
    },
    { auth: { remember: { idle: '2d', absolute: '10d' } } },
  )
})

describe('the login', () => {
  tellEach(
    'everywhere',
    'is not fresh, from the first moment, until the password was entered once more',
    async (world) => {
      const browser = await remembered(world)
      assert.deepEqual(await codeOf(await browser.get('/fresh')), [401, 'LOGIN_NOT_FRESH'])
      assert.equal(await read(browser, '/private'), 'ada')
      await post(browser, '/confirm')
      assert.equal(await read(browser, '/fresh'), 'ada')
      world.clock.advance('5m')
      assert.deepEqual(await codeOf(await browser.get('/fresh')), [401, 'LOGIN_NOT_FRESH'])
    },
  )

  tellEach('everywhere', 'keeps its id for as long as it lives, and changes it at a step-up', async (world) => {
    const browser = world.browser()
    await post(browser, '/set?key=before')
    const before = await factsOf(browser)
    await post(browser, '/login?remember')
    const { publicId } = await factsOf(browser)
    assert.notEqual(publicId, before.publicId)
    for (let visit = 0; visit < 20; visit++) {
      world.clock.advance('4d')
      assert.equal((await factsOf(browser)).publicId, publicId)
      if (visit % 5 === 0) await post(browser, '/add?key=visits')
    }
    await post(browser, '/confirm')
    assert.notEqual((await factsOf(browser)).publicId, publicId)
    assert.equal(await read(browser, '/read?key=visits'), 4)
  })

  tellEach('server-side', 'is listed with when it was seen, by its own idle time', async (world) => {
    const browser = await remembered(world)
    const { createdAt } = await factsOf(browser)
    world.clock.advance('5d')
    await read(browser, '/me')
    world.clock.advance('30m')
    await post(world.browser(), '/login')
    const listed = await world.sessions.list('ada')
    const [HALF, HOUR] = [DAY / 48, DAY / 24]
    assert.deepEqual(
      listed.map(({ lastSeenAt, expiresAt }) => [lastSeenAt - createdAt, expiresAt - createdAt]),
      [
        [5 * DAY + HALF, 5 * DAY + HALF + HOUR],
        [5 * DAY, 35 * DAY],
      ],
    )
  })
})

describe('a logout', () => {
  tellEach(
    'endable',
    'is final until the 90 days of its cookie are over, in every process',
    async (world) => {
      const browser = await remembered(world)
      const copy = browser.copy()
      await post(browser, '/logout')
      for (const days of [40, 89]) {
        const process = await world.sibling()
        world.clock.set(world.clock() + (days === 40 ? 40 : 49) * DAY)
        assert.equal(await read(copy, process.at('/me')), null)
        const reason = eventsOf(process, 'session-rejected').at(-1)?.reason
        assert.equal(reason === 'revoked' || (isStored(world.backend) && reason === 'unknown'), true, reason)
      }
    },
    { auth: LONG_IDLE },
  )

  tellEach(
    'not revocable',
    'that nobody can hear of leaves the copy of a cookie its 90 days, as the documentation says',
    async (world) => {
      const browser = await remembered(world)
      const copy = browser.copy()
      await post(browser, '/logout')
      world.clock.advance('40d')
      assert.equal(await read(copy, '/me'), 'ada')
    },
    { auth: LONG_IDLE },
  )

  tellEach(
    'revocable',
    'of the session before ends the remembered login that took over from it, for all of its days',
    async (world) => {
      const browser = world.browser()
      await post(browser, '/login')
      const other = await world.sibling()
      const before = browser.copy()
      const logout = before.post(other.at('/logout?before=gate'))
      await other.gate('gate').arrived()
      await post(browser, '/login?remember')
      other.gate('gate').open()
      assert.equal((await logout).status, 200)
      world.clock.advance('40d')
      const third = await world.sibling()
      assert.equal(await read(browser, third.at('/me')), null)
      assert.equal(eventsOf(third, 'session-rejected').at(-1)?.reason, 'revoked')
    },
    { auth: LONG_IDLE },
  )

  tellEach('everywhere', 'takes the remembered cookies away', async (world) => {
    const browser = await remembered(world)
    world.clock.advance('4d')
    await read(browser, '/me')
    await post(browser, '/logout')
    assert.deepEqual([...browser.cookies], [])
  })
})

describe('what cannot work is refused at start-up', () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const findUser = (id: string) => ({ id })

  test.each<[string, object, string]>([
    ['absolute below idle', { idle: '30d', absolute: '29d' }, 'remember'],
    ['more than browsers keep', { absolute: '401d' }, 'remember'],
    ['no duration', { idle: 'long' }, 'remember.idle'],
    ['no end', { absolute: Number.POSITIVE_INFINITY }, 'remember.absolute'],
    ['a misspelt limit', { idel: '1d' } as object, 'idel'],
  ])('%s', (_, remember, option) => {
    expect(() => createAuth(sessions, { findUser, remember })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', details: { option } }),
    )
  })
})
