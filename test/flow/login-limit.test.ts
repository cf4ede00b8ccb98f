/** How many sessions a user may have: the oldest goes, or the newest does not come. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { attachSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import type { SessionLimitOptions } from '../../src/auth/session-limit.ts'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, eventsOf, factsOf, post, quietly, read } from '../support/answers.ts'
import { tellEach } from '../support/laws.ts'
import { ORIGIN, SECRET, type World } from '../support/world.ts'

const EVICT = { auth: { maxSessionsPerOwner: { limit: 2, when: 'evict-oldest' } } } as const
const REFUSE = { auth: { maxSessionsPerOwner: { limit: 2, when: 'refuse' } } } as const

async function logIn(world: World, path = '/login', browser = world.browser()): Promise<Jar> {
  await post(browser, path)
  return browser
}

async function living(browsers: readonly Jar[]): Promise<boolean[]> {
  const users: boolean[] = []
  for (const browser of browsers) users.push((await read(browser, '/me')) !== null)
  return users
}

describe('evict-oldest', () => {
  tellEach(
    'server-side',
    'ends the oldest login, at once and in every process, and nobody else’s',
    async (world) => {
      const other = await world.sibling()
      const bob = await logIn(world, '/login?user=bob')
      const browsers = [await logIn(world)]
      for (const process of [other, world, other]) {
        world.clock.advance('1m')
        browsers.push(await logIn(world, process.at('/login')))
      }
      assert.deepEqual(await living(browsers), [false, false, true, true])
      assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'revoked')
      assert.equal(await read(bob, '/me'), 'bob')
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'spares the login it has just made, also where all are of one millisecond',
    async (world) => {
      for (let n = 0; n < 8; n++) {
        const browser = await logIn(world)
        assert.equal(await read(browser, '/me'), 'ada')
        assert.equal((await world.sessions.list('ada')).length, Math.min(n + 1, 2))
      }
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'a clock that is behind does not end the login it has just made',
    async (world) => {
      const browsers = [await logIn(world), await logIn(world)]
      world.clock.set(world.clock() - 50 * 60_000)
      browsers.push(await logIn(world))
      assert.equal((await living(browsers))[2], true)
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'says in an event which one it ended',
    async (world) => {
      const oldest = await logIn(world)
      const { publicId } = await factsOf(oldest)
      world.clock.advance('1m')
      await logIn(world)
      assert.deepEqual(eventsOf(world, 'session-destroyed'), [])
      await logIn(world)
      assert.deepEqual(
        eventsOf(world, 'session-destroyed').map(({ id }) => id),
        [publicId],
      )
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'logging in again in the same browser counts once',
    async (world) => {
      const [phone, laptop] = [await logIn(world), await logIn(world)]
      for (let n = 0; n < 3; n++) await logIn(world, '/login', laptop)
      await post(laptop, '/regenerate')
      await post(laptop, '/confirm')
      assert.deepEqual(await living([phone, laptop]), [true, true])
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'who waits for a second factor does not count, and does once it is there',
    async (world) => {
      const browsers = [await logIn(world), await logIn(world, '/login?pending'), await logIn(world, '/login?pending')]
      world.clock.advance('1m')
      browsers.push(await logIn(world))
      assert.equal(await read(browsers[0] as Jar, '/me'), 'ada')
      assert.equal(await bodyOf(await post(browsers[1] as Jar, '/complete')), 'ada')
      assert.deepEqual(await living(browsers), [false, true, false, true])
      assert.equal(await read(browsers[2] as Jar, '/pending'), 'ada', 'nor is it ended')
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'logins that race end at the limit, whoever is first',
    async (world) => {
      const other = await world.sibling()
      const browsers = Array.from({ length: 6 }, () => world.browser())
      const logins = browsers.map((browser, n) => browser.post((n % 2 ? other : world).at('/login?after=gate')))
      await Promise.all([world.gate('gate').arrived(3), other.gate('gate').arrived(3)])
      world.gate('gate').open()
      other.gate('gate').open()
      for (const answer of await Promise.all(logins)) assert.equal(answer.status, 200)
      assert.equal((await world.sessions.list('ada')).length, 2)
      assert.equal((await living(browsers)).filter(Boolean).length, 2)
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'of two logins that meet before either ended the oldest, the newer stays, and not none',
    async (world) => {
      const other = await world.sibling()
      const browsers = [world.browser(), world.browser()] as const
      // Each has made its row, and none has looked yet which are too many: the second listing of each.
      const stops = [world, other].map(({ store }) => {
        store.pause('listByOwner').release()
        return store.pause('listByOwner')
      })
      const logins = [browsers[0].post('/login')]
      await stops[0]?.reached
      world.clock.advance(1)
      logins.push(browsers[1].post(other.at('/login')))
      await stops[1]?.reached
      for (const stop of stops) stop.release()
      for (const answer of await Promise.all(logins)) assert.equal(answer.status, 200)
      assert.deepEqual(await living(browsers), [false, true])
    },
    { auth: { maxSessionsPerOwner: { limit: 1, when: 'evict-oldest' } } },
  )

  tellEach(
    'server-side',
    'a store that fails at it leaves the login as it is, and says so',
    async (world) => {
      const browsers = [await logIn(world), await logIn(world)]
      const stopped = world.store.pause('listByOwner')
      const login = logIn(world)
      await stopped.reached
      stopped.release()
      const second = world.store.pause('listByOwner')
      await second.reached
      world.store.fail('listByOwner')
      second.release()
      browsers.push(await login)
      world.store.heal()
      assert.deepEqual(await living(browsers), [true, true, true])
      assert.equal(eventsOf(world, 'store-error').length, 1)
    },
    EVICT,
  )

  tellEach(
    'server-side',
    'a login that is not kept ends nobody',
    async (world) => {
      const browsers = [await logIn(world), await logIn(world)]
      assert.equal((await world.browser().post('/login?status=500')).status, 500)
      assert.deepEqual(await living(browsers), [true, true])
    },
    EVICT,
  )
})

describe('refuse', () => {
  tellEach(
    'server-side',
    'lets nobody in who would be one too many, until one has ended',
    async (world) => {
      const browsers = [await logIn(world), await logIn(world)]
      const third = world.browser()
      assert.equal(await bodyOf(await post(third, '/login?code')), 'TOO_MANY_SESSIONS')
      assert.equal(await read(third, '/me'), null)
      assert.equal((await quietly(() => third.post('/login'))).status, 403)
      assert.equal(await bodyOf(await post(third, '/login?code&user=bob')), null, 'somebody else may')
      assert.deepEqual(await living(browsers), [true, true])
      await post(browsers[0] as Jar, '/logout')
      await logIn(world)
      await post(browsers[1] as Jar, '/login')
      assert.equal(await bodyOf(await post(world.browser(), '/login?code')), 'TOO_MANY_SESSIONS')
      world.clock.advance('1h')
      await logIn(world)
    },
    REFUSE,
  )

  tellEach(
    'server-side',
    'says it before the second factor is asked for in vain, only when that is there',
    async (world) => {
      await logIn(world)
      await logIn(world)
      const third = await logIn(world, '/login?pending')
      assert.equal((await quietly(() => third.post('/complete'))).status, 403)
      assert.equal(await read(third, '/pending'), 'ada')
    },
    REFUSE,
  )

  tellEach(
    'server-side',
    'leaves whoever is logged in there as they are',
    async (world) => {
      await logIn(world)
      await logIn(world)
      const bob = await logIn(world, '/login?user=bob')
      await post(bob, '/set?key=theme&value=dark')
      assert.equal(await bodyOf(await post(bob, '/login?code')), 'TOO_MANY_SESSIONS')
      assert.equal(await read(bob, '/me'), 'bob')
      assert.deepEqual(await read(bob, '/keys'), { theme: 'dark' })
    },
    REFUSE,
  )
})

test('auth.login throws it, with the numbers and no name', async () => {
  const sessions: World['sessions'] = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const auth = createAuth(sessions, {
    findUser: (id) => ({ id }),
    maxSessionsPerOwner: { limit: 1, when: 'refuse' },
  })
  for (const attempt of [1, 2]) {
    const request = new Request(`${ORIGIN}/login`, { method: 'POST', headers: { origin: ORIGIN } })
    const session = await attachSession(sessions, request)
    const login = auth.login(request, { id: 'ada@example.org' })
    if (attempt === 1) await login
    else {
      const error = await login.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({ code: 'TOO_MANY_SESSIONS', status: 403, details: { limit: 1, count: 1 } })
      expect(String((error as Error).message)).not.toContain('ada')
    }
    await sessions.commit(session)
  }
})

describe('what cannot work is refused at start-up', () => {
  const limit = { limit: 2, when: 'refuse' } as const
  const stored = () => createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const withoutIndex = () => {
    const { listByOwner: _, ...store } = memoryStore()
    return createSessions({ origin: ORIGIN, secret: SECRET, store })
  }

  test.each<[string, () => World['sessions'], unknown, RegExp]>([
    ['client-side', () => createSessions({ origin: ORIGIN, secret: SECRET }), limit, /browsers only/],
    [
      'with revocation',
      () => createSessions({ origin: ORIGIN, secret: SECRET, revocation: memoryStore() }),
      limit,
      /browsers only/,
    ],
    [
      'with overflow',
      () => createSessions({ origin: ORIGIN, secret: SECRET, overflow: memoryStore() }),
      limit,
      /browsers only/,
    ],
    ['over a store without an owner index', withoutIndex, limit, /owner index/],
    ['a limit of 0', stored, { ...limit, limit: 0 }, /limit is 0/],
    ['a limit of 1.5', stored, { ...limit, limit: 1.5 }, /limit is 1.5/],
    ['no limit', stored, { when: 'refuse' }, /limit is undefined/],
    ['another when', stored, { limit: 1, when: 'evict' }, /when is neither/],
  ])('%s', (_, sessions, maxSessionsPerOwner, message) => {
    const options = {
      findUser: (id: string) => ({ id }),
      maxSessionsPerOwner: maxSessionsPerOwner as SessionLimitOptions,
    }
    const refused = { code: 'OPTION_INVALID', details: { option: 'maxSessionsPerOwner' } }
    expect(() => createAuth(sessions(), options)).toThrow(expect.objectContaining(refused))
    expect(() => createAuth(sessions(), options)).toThrow(message)
  })
})
