/**
 * Law 10: no session whose login began before "log out everywhere" is usable after it resolved.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import type { Side, StoreMethod } from '../../../src/testing/stores.ts'
import { assertNoCookie, bodyOf, cookieNames, eventsOf, loggedIn, post, read } from '../../support/answers.ts'
import { isRevocable, isStored } from '../../support/backends.ts'
import { admitted, cachedAlone, endable, type Law, overflowing, revocable, serverSide } from '../../support/laws.ts'
import { ODD_USERS, type World } from '../../support/world.ts'

/** Which call to the store a request is stopped at: the method, the how-many-th call of it, and on which side. */
type Step = readonly [method: StoreMethod, nth: number, side: Side]

/** From the moment the login has read the epoch. Client-side the old id is ended by a create, and the rest is reads. */
const LOGIN: Readonly<Record<'rows' | 'sealed', readonly Step[]>> = {
  rows: [['epochOf', 1, 'after'], ...bothSides('create'), ...bothSides('replace'), ...bothSides('epochOf', 2)],
  sealed: [['epochOf', 1, 'after'], ...bothSides('create'), ...bothSides('find'), ...bothSides('epochOf', 2)],
}

const REGENERATE: typeof LOGIN = {
  rows: [...bothSides('create'), ...bothSides('replace'), ...bothSides('epochOf')],
  sealed: [...bothSides('create'), ...bothSides('find'), ...bothSides('epochOf')],
}

/** The row is made, then the end of the sealed id is written down. */
const MOVE: typeof LOGIN = {
  rows: [],
  sealed: [
    ...bothSides('find'),
    ...bothSides('epochOf'),
    ...bothSides('create'),
    ...bothSides('epochOf', 2),
    ...bothSides('create', 2),
  ],
}

export const logOutEverywhere: Law = {
  number: 10,
  name: 'Log out everywhere is complete',
  stories: [
    endable('every session of the user ends, in every process, and nobody else’s does', async (world) => {
      const other = await world.sibling()
      const ada = [await loggedIn(world), await loggedIn(world), await loggedIn(other)]
      const bob = await loggedIn(world, 'bob')
      const visitor = world.browser()
      await post(visitor, '/set?key=cart&value=full')
      await world.sessions.revokeAll('ada')
      for (const browser of ada) assert.equal(await read(browser, '/me'), null, 'here it is over at once')
      await believedNoMore(world)
      for (const browser of ada) assert.equal(await read(browser, other.at('/me')), null)
      assert.equal(await read(bob, '/me'), 'bob')
      assert.equal(await read(visitor, '/read?key=cart'), 'full')
    }),

    endable('users whose ids look alike are different users', async (world) => {
      // What fits no cookie can have no session where there are only cookies.
      const users = ['ada', ...ODD_USERS].filter((id) => !world.backend.startsWith('revocable') || id.length < 1000)
      const browsers = new Map<string, Jar>()
      for (const user of users) browsers.set(user, await loggedIn(world, encodeURIComponent(user)))
      for (const [n, user] of users.entries()) {
        await world.sessions.revokeAll(user)
        for (const [m, other] of users.entries()) {
          if (Math.abs(n - m) > 1 && m !== 0) continue
          const browser = browsers.get(other)
          assert.ok(browser)
          assert.equal(await read(browser, '/me'), m <= n ? null : other)
        }
      }
    }),

    endable('a login that revokeAll overtakes, at whatever step, logs nobody in', async (world) => {
      await interleave(world, LOGIN, async () => {
        const browser = world.browser()
        await post(browser, '/set?key=before')
        return { browser, path: '/login' }
      })
    }),

    endable('a change of the id that revokeAll overtakes, at whatever step, saves nobody', async (world) => {
      await interleave(world, REGENERATE, async () => ({ browser: await loggedIn(world), path: '/regenerate' }))
    }),

    endable('a login that begins afterwards stays', async (world) => {
      const before = await loggedIn(world)
      await world.sessions.revokeAll('ada')
      const after = await loggedIn(world)
      await post(before, '/login')
      await believedNoMore(world)
      for (const browser of [after, before]) {
        assert.equal(await read(browser, '/me'), 'ada')
        await post(browser, '/regenerate')
        assert.equal(await read(browser, '/me'), 'ada')
      }
    }),

    endable('two at the same time are both complete, and a login afterwards stays', async (world) => {
      const other = await world.sibling()
      const browser = await loggedIn(world)
      await Promise.all([world.sessions.revokeAll('ada'), other.sessions.revokeAll('ada')])
      await believedNoMore(world)
      assert.equal(await read(browser, '/me'), null)
      await post(browser, '/login')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    endable('a clock that is behind makes nothing incomplete', async (world) => {
      const browser = await loggedIn(world)
      await world.sessions.revokeAll('ada')
      await post(browser, '/login')
      world.clock.set(world.clock() - 30_000)
      await world.sessions.revokeAll('ada')
      assert.equal(await read(browser, '/me'), null)
      await post(browser, '/login')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    serverSide('rows that change their ids while the list is walked end, too', async (world) => {
      const other = await world.sibling()
      for (const rows of [0, 1, 2, 3]) {
        const browsers = [await loggedIn(other), await loggedIn(other), await loggedIn(other)]
        const walk = world.store.pauseWalk(rows)
        const revoking = world.sessions.revokeAll('ada')
        await walk.reached
        const rotated = await Promise.all(browsers.map((browser) => browser.post(other.at('/regenerate'))))
        walk.release()
        await revoking
        for (const answer of rotated) assert.equal([200, 409].includes(answer.status), true)
        for (const browser of browsers) assert.equal(await read(browser, '/me'), null, `stopped after ${rows} rows`)
      }
    }),

    serverSide('a row that is changing its id when the walk comes by ends under the new one', async (world) => {
      const other = await world.sibling()
      for (const side of ['before', 'after'] as const) {
        for (const rows of [0, 1]) {
          const browser = await loggedIn(other)
          const swapped = other.store.pause('replace', { side })
          const regenerating = browser.post(other.at('/regenerate'))
          await swapped.reached
          const walk = world.store.pauseWalk(rows)
          const revoking = world.sessions.revokeAll('ada')
          await walk.reached
          swapped.release()
          await regenerating
          walk.release()
          await revoking
          assert.equal(await read(browser, '/me'), null, `swap ${side}, walk after ${rows}`)
        }
      }
    }),

    endable('the session that is spared goes on, and every other ends', async (world) => {
      const mine = await loggedIn(world)
      await post(mine, '/set?key=theme&value=dark')
      const others = [await loggedIn(world), await loggedIn(world)]
      const stolen = mine.copy()
      const answer = await mine.post('/revoke-all?except')
      assert.deepEqual([answer.status, await bodyOf(answer)], [200, 'done'])
      // Client-side the cookie itself says which epoch it is of; a row is rewritten where it is.
      assert.deepEqual(cookieNames(answer), isStored(world.backend) ? [] : ['session'])
      await believedNoMore(world)
      assert.equal(await read(mine, '/me'), 'ada')
      assert.equal(await read(mine, '/read?key=theme'), 'dark')
      for (const browser of others) assert.equal(await read(browser, '/me'), null)
      if (!isStored(world.backend)) assert.equal(await read(stolen, '/me'), null, 'nor a copy of its old cookie')
    }),

    endable('the session that was spared may change its id, write and be spared again', async (world) => {
      const mine = await loggedIn(world)
      for (const path of ['/revoke-all?except', '/regenerate', '/set?key=theme', '/revoke-all?except', '/regenerate']) {
        await post(mine, path)
        await believedNoMore(world)
        assert.equal(await read(mine, '/me'), 'ada', path)
      }
      await world.sessions.revokeAll('ada')
      assert.equal(await read(mine, '/me'), null)
    }),

    endable('only a session of that very user can be spared, and nothing ends by the mistake', async (world) => {
      const ada = await loggedIn(world)
      const visitor = world.browser()
      await post(visitor, '/set?key=cart')
      const bob = await loggedIn(world, 'bob')
      for (const browser of [visitor, bob, world.browser()]) {
        assert.equal(await bodyOf(await browser.post('/revoke-all?except')), 'EXCEPT_NOT_OWNED')
      }
      await believedNoMore(world)
      assert.equal(await read(ada, '/me'), 'ada')
    }),

    endable(
      'a session that was logged out, or made over to somebody else, in the same request is not spared',
      async (world) => {
        const browser = await loggedIn(world)
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const session = await world.sessions.open({ cookie })
        session.destroy()
        await assert.rejects(world.sessions.revokeAll('ada', { except: session }), { code: 'EXCEPT_NOT_OWNED' })
        assert.equal(await read(browser, '/me'), 'ada')
      },
    ),

    endable('a store that fails fails the call, with an error of the library', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('raiseEpoch', { error: new Error('connection lost') })
      await assert.rejects(world.sessions.revokeAll('ada'), { code: 'STORE_FAILED' })
      world.store.heal()
      assert.equal(await read(browser, '/me'), 'ada')
      await world.sessions.revokeAll('ada')
      assert.equal(await read(browser, '/me'), null)
    }),

    endable('a login whose last look at the epoch fails logs nobody in', async (world) => {
      const browser = world.browser()
      const login = browser.post('/login?after=gate')
      await world.gate('gate').arrived()
      world.store.fail('epochOf')
      world.gate('gate').open()
      const answer = await login
      assert.equal(answer.status, 503)
      assertNoCookie(answer, 'a login in an outage')
      world.store.heal()
      if (isStored(world.backend)) assert.deepEqual(await world.sessions.list('ada'), [])
    }),

    endable('a store that fails while the id changes, at whatever step, logs nobody out', async (world) => {
      const browser = await loggedIn(world)
      for (const [method, , side] of isRevocable(world.backend) ? REGENERATE.sealed : REGENERATE.rows) {
        if (side === 'after') continue
        const stopped = world.store.pause(method)
        const regenerating = browser.post('/regenerate')
        await stopped.reached
        world.store.fail(method)
        stopped.release()
        const answer = await regenerating
        assert.equal(answer.status, 503, method)
        assertNoCookie(answer, method)
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada', method)
      }
    }),

    revocable('another process believes in a session for as long as revocationMaxStale, no longer', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      assert.equal(await read(browser, other.at('/me')), 'ada')
      await world.sessions.revokeAll('ada')
      assert.equal(await read(browser, '/me'), null)
      world.clock.advance(4_999)
      assert.equal(await read(browser, other.at('/me')), 'ada')
      assert.equal((await browser.post(other.at('/set?key=late'))).status, 409)
      assert.equal(await read(browser, other.at('/me')), null, 'what the write has learned counts at once')
    }),

    cachedAlone(
      'another process shows a session for as long as maxStale after it was ended from afar, no longer',
      'a bus is heard after a moment, and without one other processes see an end after at most maxStale',
      async (world) => {
        const browsers = [await loggedIn(world), await loggedIn(world)]
        const other = await world.sibling()
        for (const browser of browsers) assert.equal(await read(browser, other.at('/me')), 'ada')
        await world.sessions.revokeAll('ada')
        world.clock.advance(999)
        for (const browser of browsers) {
          assert.equal(await read(browser, '/me'), null, 'here it is over at once')
          assert.equal(await read(browser, other.at('/me')), 'ada')
        }
        world.clock.advance(1)
        for (const browser of browsers) assert.equal(await read(browser, other.at('/me')), null)
      },
    ),

    cachedAlone(
      'a login in another process that revokeAll overtakes logs nobody in, whatever is in its memory',
      'a bus is heard after a moment, and without one other processes see an end after at most maxStale',
      async (world) => {
        await interleave(world, LOGIN, async () => {
          const browser = world.browser()
          await post(browser, '/set?key=before')
          return { browser, path: '/login' }
        })
      },
    ),

    overflowing('a move to the store that revokeAll overtakes, at whatever step, saves nobody', async (world) => {
      const path = '/set?key=big&size=5000'
      await interleave(world, MOVE, async () => ({ browser: await loggedIn(world), path }))
    }),

    overflowing('what has moved to the store ends with what is sealed', async (world) => {
      const other = await world.sibling()
      const sealed = await loggedIn(world)
      const moved = await loggedIn(world)
      await post(moved, '/set?key=big&size=5000')
      const mine = await loggedIn(world)
      await post(mine, '/set?key=big&size=5000')
      await post(mine, '/revoke-all?except')
      for (const process of [world, other]) {
        for (const browser of [sealed, moved]) assert.equal(await read(browser, process.at('/me')), null)
        assert.equal(await read(mine, process.at('/me')), 'ada')
      }
    }),

    admitted(
      'nothing can be ended from afar, and asking for it is an error that says so',
      'not revocable without a revocation store',
      async (world) => {
        const browser = await loggedIn(world)
        for (const attempt of [
          world.sessions.revokeAll('ada'),
          world.sessions.list('ada'),
          world.sessions.revoke('id'),
        ]) {
          await assert.rejects(attempt, { code: 'NOT_REVOCABLE', message: /Give createSessions a store/ })
        }
        assert.equal(await read(browser, '/me'), 'ada')
      },
    ),

    revocable('sessions in cookies cannot be listed or ended one by one, and the error says why', async (world) => {
      await loggedIn(world)
      for (const attempt of [world.sessions.list('ada'), world.sessions.revoke('id')]) {
        await assert.rejects(attempt, { code: 'NOT_REVOCABLE', message: /client-side sessions are in browsers only/ })
      }
    }),

    serverSide('a user’s sessions are listed with what a page of devices shows, and never a token', async (world) => {
      const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
      const started = world.clock()
      const laptop = world.browser()
      await laptop.post('/login', undefined, { 'user-agent': firefox })
      world.clock.advance('20m')
      const unknown = world.browser()
      await unknown.post('/login', undefined, { 'user-agent': '<script>alert(1)</script>' })
      await post(unknown, '/set?key=theme&value=dark')
      await loggedIn(world, 'bob')
      world.clock.advance('10m')
      await read(laptop, '/me')

      const ids = await Promise.all([laptop, unknown].map(publicIdOf))
      const expected = [
        [ids[0], started, started + 30 * MINUTE, 'Firefox on Linux'],
        [ids[1], started + 20 * MINUTE, started + 20 * MINUTE, null],
      ].map(([publicId, createdAt, lastSeenAt, label]) => {
        return { publicId, createdAt, lastSeenAt, expiresAt: Number(lastSeenAt) + 60 * MINUTE, label, pending: false }
      })
      // Asking for the public id was activity of the second, but not worth writing down for the first.
      const seen = { ...expected[1], lastSeenAt: started + 30 * MINUTE, expiresAt: started + 90 * MINUTE }
      const listed = await world.sessions.list('ada')
      assert.deepEqual(listed.toSorted(byCreation), [expected[0], seen])
      assert.deepEqual(await world.sessions.list('nobody'), [])
      for (const cookie of [...laptop.cookies.values(), ...unknown.cookies.values()]) {
        assert.equal(JSON.stringify(listed).includes(cookie), false)
      }
    }),

    serverSide('the one seen last is listed first', async (world) => {
      const browsers = [await loggedIn(world), await loggedIn(world), await loggedIn(world)]
      const ids = await Promise.all(browsers.map(publicIdOf))
      for (const n of [1, 2, 0]) {
        world.clock.advance('10m')
        await read(browsers[n] as Jar, '/me')
      }
      const listed = await world.sessions.list('ada')
      assert.deepEqual(
        listed.map(({ publicId }) => publicId),
        [ids[0], ids[2], ids[1]],
      )
    }),

    serverSide('sessions that have ended are not listed, however they ended', async (world) => {
      await loggedIn(world)
      world.clock.advance('1h')
      const out = await loggedIn(world)
      await post(out, '/logout')
      const gone = await loggedIn(world)
      await post(gone, '/login?user=bob')
      const revoked = await loggedIn(world)
      await world.sessions.revoke(await publicIdOf(revoked))
      const left = await loggedIn(world)
      assert.deepEqual(await listedIds(world), [await publicIdOf(left)])
    }),

    serverSide('a session that is changing its id is listed once, at every step of it', async (world) => {
      const other = await world.sibling()
      for (const step of REGENERATE.rows) {
        const browser = await loggedIn(world)
        const stopped = pauseAt(world, step)
        const regenerating = browser.post('/regenerate')
        await stopped.reached
        assert.equal((await listedIds(other)).length, 1, step.join(' '))
        stopped.release()
        await regenerating
        assert.deepEqual(await listedIds(other), [await publicIdOf(browser)])
        await post(browser, '/logout')
      }
    }),

    serverSide('one session is ended by its id, at once and in every process', async (world) => {
      const other = await world.sibling()
      const [mine, stolen] = [await loggedIn(world), await loggedIn(world)]
      const id = await publicIdOf(stolen)
      assert.equal(await other.sessions.revoke(id), true)
      assert.equal(await read(stolen, '/me'), null)
      assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'revoked')
      assert.equal(await read(mine, '/me'), 'ada')
      assert.equal(await other.sessions.revoke(id), false, 'it has ended already')
    }),

    serverSide('an id that is nobody’s ends nothing', async (world) => {
      const browser = await loggedIn(world)
      for (const id of ['', 'nobody', '__proto__', (await publicIdOf(browser)).toLowerCase(), 'x'.repeat(10_000)]) {
        assert.equal(await world.sessions.revoke(id), false)
      }
      const expired = await publicIdOf(browser)
      world.clock.advance('1h')
      assert.equal(await world.sessions.revoke(expired), false)
    }),

    serverSide('a session that changes its id while it is being ended ends', async (world) => {
      const other = await world.sibling()
      for (const step of REGENERATE.rows) {
        const browser = await loggedIn(world)
        const id = await publicIdOf(browser)
        const stopped = pauseAt(world, step)
        const regenerating = browser.post('/regenerate')
        await stopped.reached
        assert.equal(await other.sessions.revoke(id), true, step.join())
        stopped.release()
        await regenerating
        assert.equal(await read(browser, '/me'), null, step.join())
      }
    }),

    serverSide('a session that changed its id since it was listed is ended under the new one', async (world) => {
      const browser = await loggedIn(world)
      const [listed] = await world.sessions.list('ada')
      await post(browser, '/regenerate')
      await post(browser, '/regenerate')
      assert.equal(await world.sessions.revoke(listed?.publicId ?? ''), true)
      assert.equal(await read(browser, '/me'), null)
    }),
  ],
}

const MINUTE = 60_000

function bothSides(method: StoreMethod, nth = 1): Step[] {
  return [
    [method, nth, 'before'],
    [method, nth, 'after'],
  ]
}

function pauseAt(world: World, [method, nth, side]: Step) {
  for (let call = 1; call < nth; call++) world.store.pause(method, { side }).release()
  return world.store.pause(method, { side })
}

/** Stops a request at every step, ends all sessions of the user, lets it go on: nobody may be logged in afterwards. */
async function interleave(
  world: World,
  steps: typeof LOGIN,
  prepare: () => Promise<{ browser: Jar; path: string }>,
): Promise<void> {
  const other = await world.sibling()
  for (const step of isRevocable(world.backend) ? steps.sealed : steps.rows) {
    for (const revoker of [other, world]) {
      const what = `${step.join(' ')}, ended by ${revoker === world ? 'the same' : 'another'} process`
      const { browser, path } = await prepare()
      const before = browser.copy()
      const stopped = pauseAt(world, step)
      const answer = browser.post(path)
      await Promise.race([stopped.reached, answer.then(() => assert.fail(`never stopped at ${what}`))])
      await revoker.sessions.revokeAll('ada')
      stopped.release()
      const { status } = await answer
      assert.equal([200, 409].includes(status), true, `${status} at ${what}`)
      if (revoker === world) assert.equal(await read(browser, '/me'), null, `at once: ${what}`)
      await believedNoMore(world)
      for (const process of [world, other]) {
        assert.equal(await read(browser, process.at('/me')), null, what)
        assert.equal(await read(before, process.at('/me')), null, `the old cookie: ${what}`)
      }
      if (isStored(world.backend)) assert.deepEqual(await world.sessions.list('ada'), [], what)
    }
  }
}

/** Client-side, or with a near cache that hears nothing, other processes know of an end by now. */
async function believedNoMore(world: World): Promise<void> {
  if (isRevocable(world.backend) || world.backend === 'cached alone') world.clock.advance('5s')
}

async function publicIdOf(browser: Jar): Promise<string> {
  const { publicId } = (await read(browser, '/facts')) as { publicId: string }
  return publicId
}

async function listedIds(world: World): Promise<string[]> {
  return (await world.sessions.list('ada')).map(({ publicId }) => publicId)
}

function byCreation(one: { createdAt: number }, other: { createdAt: number }): number {
  return one.createdAt - other.createdAt
}
