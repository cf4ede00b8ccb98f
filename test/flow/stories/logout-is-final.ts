/**
 * Law 2: no request that began before a logout and ends after it brings the session back.
 *
 * One jar is one browser: what a slow answer sets lands beside what the logout cleared, in the order it arrives.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import type { Gate, Side } from '../../../src/testing/stores.ts'
import { assertNoCookie, assertSuperseded, bodyOf, eventsOf, loggedIn, post, read } from '../../support/answers.ts'
import { isRevocable, isStored } from '../../support/backends.ts'
import { admitted, cachedAlone, endable, type Law, overflowing, revocable, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

const HOUR = 3_600_000

export const logoutIsFinal: Law = {
  number: 2,
  name: 'Logout is final',
  stories: [
    endable('a slow write is told 409, and the person stays logged out', async (world) => {
      const { answer } = await overtakenByLogout(world, 'POST', '/set?key=late&before=gate')
      await assertSuperseded(answer, 'a write overtaken by a logout')
    }),

    endable(
      'a slow write by a safe method answers 200, says so in an event, and brings nothing back',
      async (world) => {
        const { answer } = await overtakenByLogout(world, 'GET', '/set?key=late&before=gate')
        assert.equal(answer.status, 200)
        assertNoCookie(answer, 'a safe request overtaken by a logout')
        assert.equal(eventsOf(world, 'write-dropped').at(-1)?.reason, 'revoked')
      },
    ),

    endable('a slow page that only reads moves no end and brings nothing back', async (world) => {
      const { answer } = await overtakenByLogout(world, 'GET', '/read?key=theme&before=gate&touch')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'a read overtaken by a logout')
      if (isStored(world.backend)) assert.equal(world.store.calls.extend > 0, true, 'a touch was tried')
    }),

    endable('a slow form that only reads is answered as if nothing had happened, with no cookie', async (world) => {
      const { answer } = await overtakenByLogout(world, 'POST', '/read?before=gate')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'a read overtaken by a logout')
      assert.deepEqual(eventsOf(world, 'write-dropped'), [])
    }),

    endable('a slow change of the id ends as revoked, with no cookie', async (world) => {
      const { answer } = await overtakenByLogout(world, 'POST', '/regenerate?before=gate')
      await assertSuperseded(answer, 'a rotation overtaken by a logout')
    }),

    endable('a logout in another process finds a change of the id half done: the new id never lives', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const before = browser.copy()
      const stopped = swapIn(world)
      const regenerating = browser.post('/regenerate')
      await stopped.reached
      await post(browser, other.at('/logout'))
      stopped.release()
      await assertSuperseded(await regenerating, 'a rotation overtaken by a logout')
      await assertLoggedOut(browser, before)
    }),

    endable('a logout whose session got a new id meanwhile ends the session under the new id', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const before = browser.copy()
      const logout = browser.post(other.at('/logout?before=gate'))
      await other.gate('gate').arrived()
      const swapped = swapIn(world, 'after')
      const regenerating = browser.post('/regenerate')
      await swapped.reached
      other.gate('gate').open()
      assert.equal((await logout).status, 200)
      swapped.release()
      await regenerating
      await assertLoggedOut(browser, before)
    }),

    endable('a logout follows its session through two new ids', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const before = browser.copy()
      const logout = before.copy().post(other.at('/logout?before=gate'))
      await other.gate('gate').arrived()
      await post(browser, '/regenerate')
      await post(browser, '/regenerate')
      assert.equal(await read(browser, '/me'), 'ada')
      other.gate('gate').open()
      assert.equal((await logout).status, 200)
      // The process that gave the new ids has not been told.
      if (isRevocable(world.backend)) world.clock.advance('5s')
      await assertLoggedOut(browser, before)
    }),

    endable(
      'a logout that comes with the old id, after the swap and before its answer, ends the new id',
      async (world) => {
        const browser = await loggedIn(world)
        const other = await world.sibling()
        const before = browser.copy()
        const swapped = swapIn(world, 'after')
        const regenerating = browser.post('/regenerate')
        await swapped.reached
        const logout = await browser.post(other.at('/logout'))
        assert.equal(logout.status, 200)
        swapped.release()
        await regenerating
        await assertLoggedOut(browser, before)
      },
    ),

    endable(
      'a login that is overtaken by a logout of its old id is a new login, of an empty session',
      async (world) => {
        const browser = await loggedIn(world)
        const login = browser.post('/login?user=bob&before=gate')
        await world.gate('gate').arrived()
        await post(browser, '/logout')
        world.gate('gate').open()
        assert.equal((await login).status, 200)
        assert.equal(await read(browser, '/me'), 'bob')
      },
    ),

    serverSide(
      'a write under way in the same process is over before the logout is, and changes nothing',
      async (world) => {
        const browser = await loggedIn(world)
        const before = browser.copy()
        const stopped = world.store.pause('replace', { side: 'after' })
        const write = browser.post('/set?key=late')
        await stopped.reached
        const logout = browser.post('/logout?after=line')
        await world.gate('line').arrived()
        world.gate('line').open()
        stopped.release()
        assert.equal((await write).status, 200)
        assert.equal((await logout).status, 200)
        await assertLoggedOut(browser, before)
      },
    ),

    serverSide('a logout that a write of another process overtakes is tried again, and logs out', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const before = browser.copy()
      const stopped = world.store.pause('replace')
      const logout = browser.post('/logout')
      await stopped.reached
      await post(before.copy(), other.at('/set?key=late'))
      stopped.release()
      assert.equal((await logout).status, 200)
      await assertLoggedOut(browser, before)
    }),

    endable('two logouts at once are both done', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const before = browser.copy()
      const logouts = [browser.post('/logout?before=gate'), browser.post(other.at('/logout?before=gate'))]
      await Promise.all([world.gate('gate').arrived(), other.gate('gate').arrived()])
      world.gate('gate').open()
      other.gate('gate').open()
      for (const answer of await Promise.all(logouts)) assert.equal(answer.status, 200)
      await assertLoggedOut(browser, before)
    }),

    endable('a request slower than the grave brings nothing back', async (world) => {
      const browser = await loggedIn(world)
      const before = browser.copy()
      const slow = browser.post('/set?key=late&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/logout')
      world.clock.advance('20m')
      // Somebody else's request takes the time to sweep the graves that have ended.
      await post(world.browser(), '/set?key=other')
      world.gate('gate').open()
      assert.equal((await slow).status, 409)
      await assertLoggedOut(browser, before)
    }),

    endable('a copy of the cookie opens nothing after the logout, in no process', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const thief = browser.copy()
      await post(browser, '/logout')
      assert.equal(await read(thief, '/me'), null)
      assert.equal(await read(thief, other.at('/me')), null)
      world.clock.advance('2h')
      assert.equal(await read(thief, '/me'), null)
    }),

    revocable(
      'another process believes in an ended session for as long as revocationMaxStale, no longer',
      async (world) => {
        const browser = await loggedIn(world)
        const other = await world.sibling()
        const thief = browser.copy()
        assert.equal(await read(thief, other.at('/me')), 'ada')
        world.clock.advance('1s')
        await post(browser, '/logout')
        assert.equal(await read(thief, '/me'), null, 'here it is over at once')
        world.clock.advance(3_999)
        assert.equal(await read(thief, other.at('/me')), 'ada')
        await assertSuperseded(await thief.post(other.at('/set?key=late')), 'a write is never believed')
        world.clock.advance(1)
        assert.equal(await read(thief, other.at('/me')), null)
      },
    ),

    revocable('a process that is told to believe nothing asks each time', async (world) => {
      const browser = await loggedIn(world)
      const strict = await world.sibling({ revocationMaxStale: 1 })
      const thief = browser.copy()
      assert.equal(await read(thief, strict.at('/me')), 'ada')
      await post(browser, '/logout')
      world.clock.advance(1)
      assert.equal(await read(thief, strict.at('/me')), null)
    }),

    revocable('a look at the store that was on its way when the session ended takes nothing back', async (world) => {
      const browser = await loggedIn(world)
      const thief = browser.copy()
      world.clock.advance('6s')
      const looked = world.store.pause('find', { side: 'after' })
      const looking = thief.get('/me')
      await looked.reached
      await post(browser, '/logout')
      looked.release()
      await looking
      assert.equal(await read(thief, '/me'), null)
    }),

    revocable('the small cookie of an ended session brings nothing back, beside which cookie ever', async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('10m')
      await read(browser, '/read')
      const before = browser.copy()
      assert.deepEqual([...before.cookies.keys()], ['session', 'session-seen'])
      await post(browser, '/logout')
      assert.equal(await read(before, '/me'), null)
      for (let hour = 0; hour < 3; hour++) {
        world.clock.advance('30m')
        assertNoCookie(await before.get('/read'), 'a read of an ended session')
        assert.equal(await read(before, '/me'), null)
      }
      await post(browser, '/login?user=bob')
      browser.cookies.set('session-seen', before.cookies.get('session-seen') ?? '')
      world.clock.advance(HOUR)
      assert.equal(await read(browser, '/me'), null, 'nor does it lengthen another')
    }),

    revocable('an end is written down for as long as any cookie of the session may open', async (world) => {
      const browser = await loggedIn(world)
      const thief = browser.copy()
      await post(browser, '/logout')
      const other = await world.sibling({ idleTimeout: '24h' })
      world.clock.advance('12h')
      await world.sweep()
      assert.equal(await read(thief, other.at('/me')), null)
    }),

    revocable('a store that fails is a 503 at first touch, and a page without a session works', async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('6s')
      world.store.fail('find')
      assert.equal((await browser.get('/untouched')).status, 200)
      for (const path of ['/read', '/me', '/set?key=theme', '/regenerate', '/login']) {
        const answer = await browser.post(path)
        assert.equal(answer.status, 503, path)
        assertNoCookie(answer, path)
      }
      world.store.heal()
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    revocable(
      'a store that fails at the end of a page that only read costs the renewal, not the page',
      async (world) => {
        const browser = await loggedIn(world)
        world.clock.advance('10m')
        const slow = browser.get('/me?before=gate')
        await world.gate('gate').arrived()
        world.store.fail('find')
        world.gate('gate').open()
        const answer = await slow
        assert.deepEqual([answer.status, await bodyOf(answer)], [200, 'ada'])
        assertNoCookie(answer, 'a renewal that could not be confirmed')
        assert.equal(eventsOf(world, 'store-error').length, 1)
      },
    ),

    revocable('a store that fails at the end of a write is a 503, and the session goes on', async (world) => {
      const browser = await loggedIn(world)
      for (const path of ['/set?key=theme', '/regenerate']) {
        world.store.fail(['find', 'create'])
        const answer = await browser.post(path)
        assert.equal(answer.status, 503, path)
        assertNoCookie(answer, path)
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada', path)
      }
    }),

    revocable(
      'a new id whose end of the old one was written down, and only the answer lost, is a new id',
      async (world) => {
        const browser = await loggedIn(world)
        const before = browser.copy()
        world.store.fail('create', { side: 'after' })
        await post(browser, '/regenerate')
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada')
        assert.equal(await read(before, '/me'), null)
      },
    ),

    revocable(
      'a logout that cannot be written down clears the cookie, says so, and is kept to by this process',
      async (world) => {
        const browser = await loggedIn(world)
        const thief = browser.copy()
        const slow = thief.copy().post('/set?key=late&before=gate')
        await world.gate('gate').arrived()
        world.store.fail(['find', 'create', 'replace', 'bury'])
        const answer = await browser.post('/logout')
        assert.equal(answer.status, 503)
        assert.equal(((await bodyOf(answer)) as { code: string }).code, 'LOGOUT_INCOMPLETE')
        assert.deepEqual([...browser.cookies.keys()], [])
        const [event] = eventsOf(world, 'logout-incomplete')
        assert.equal(event?.error.code, 'LOGOUT_INCOMPLETE')
        assert.notEqual(event.id, '')
        assert.equal(await read(thief, '/me'), null, 'while the store is down')
        world.store.heal()
        for (const wait of [1, 5_000, 600_000]) {
          world.clock.advance(wait)
          assert.equal(await read(thief, '/me'), null, `${wait} ms after it is up again`)
        }
        world.gate('gate').open()
        assert.equal((await slow).status, 409)
      },
    ),

    overflowing('a logout ends a session that has moved to the store, and the cookie it had before', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const sealed = browser.copy()
      await post(browser, '/set?key=big&size=5000')
      const moved = browser.copy()
      await post(browser, other.at('/logout'))
      assert.deepEqual([...browser.cookies.keys()], [])
      await assertLoggedOut(moved, sealed)
    }),

    overflowing('a logout that comes with the cookie from before the move ends the row it moved to', async (world) => {
      const other = await world.sibling()
      for (const process of [world, other]) {
        const browser = await loggedIn(world)
        const sealed = browser.copy()
        await post(browser, '/set?key=big&size=5000')
        assert.equal((await sealed.copy().post(process.at('/logout'))).status, 200)
        await assertLoggedOut(browser, sealed)
      }
    }),

    overflowing('a logout that began before the move ends the row it moved to', async (world) => {
      const other = await world.sibling()
      for (const process of [world, other]) {
        const browser = await loggedIn(world)
        const sealed = browser.copy()
        const logout = sealed.copy().post(process.at('/logout?before=gate'))
        await process.gate('gate').arrived()
        await post(browser, '/set?key=big&size=5000')
        await post(browser, '/regenerate')
        process.gate('gate').open()
        assert.equal((await logout).status, 200)
        await assertLoggedOut(browser, sealed)
      }
    }),

    overflowing('a move that races with a logout, at whatever step, brings nothing back', async (world) => {
      const other = await world.sibling()
      const steps = (['find', 'create', 'epochOf'] as const).flatMap((method) => [
        ...(['before', 'after'] as const).map((side) => ({ method, side, nth: 1 })),
        // The row is created first, then the grave that names it.
        ...(method === 'create' ? (['before', 'after'] as const).map((side) => ({ method, side, nth: 2 })) : []),
      ])
      for (const { method, side, nth } of steps) {
        const what = `${method}, ${nth}, ${side}`
        const browser = await loggedIn(world)
        const sealed = browser.copy()
        if (nth === 2) world.store.pause(method, { side }).release()
        const stopped = world.store.pause(method, { side })
        const move = browser.post('/set?key=big&size=5000')
        await stopped.reached
        assert.equal((await sealed.copy().post(other.at('/logout'))).status, 200, what)
        stopped.release()
        assert.equal([200, 409].includes((await move).status), true, what)
        world.clock.advance('5s')
        await assertLoggedOut(browser, sealed)
        assert.equal(await read(browser, other.at('/me')), null, what)
      }
    }),

    overflowing('a slow write of before the move does not bring the sealed cookie back', async (world) => {
      const browser = await loggedIn(world)
      const slow = browser.copy().post('/set?key=late&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/set?key=big&size=5000')
      world.gate('gate').open()
      await assertSuperseded(await slow, 'a write overtaken by the move')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    cachedAlone(
      'another process shows an ended session for as long as maxStale, and takes nothing from it',
      'a bus is heard after a moment, and without one other processes see an end after at most maxStale',
      async (world) => {
        const browser = await loggedIn(world)
        const other = await world.sibling()
        const thief = browser.copy()
        assert.equal(await read(thief, other.at('/me')), 'ada')
        await post(browser, '/logout')
        assert.equal(await read(thief, '/me'), null, 'here it is over at once')
        world.clock.advance(999)
        assert.equal(await read(thief, other.at('/me')), 'ada')
        await assertSuperseded(await thief.copy().post(other.at('/set?key=late')), 'a write is never believed')
        assert.equal(await read(thief, other.at('/me')), null, 'what the write has learned counts at once')
      },
    ),

    cachedAlone(
      'once maxStale is over, no process shows an ended session, and it was not renewed by those that did',
      'a bus is heard after a moment, and without one other processes see an end after at most maxStale',
      async (world) => {
        const browser = await loggedIn(world)
        const other = await world.sibling()
        const thief = browser.copy()
        world.clock.advance('10m')
        const slow = thief.copy().get(other.at('/read?before=gate'))
        await other.gate('gate').arrived()
        await post(browser, '/logout')
        other.gate('gate').open()
        assertNoCookie(await slow, 'a touch of what has ended')
        world.clock.advance(1_000)
        for (const process of [world, other]) assert.equal(await read(thief, process.at('/me')), null)
      },
    ),

    admitted(
      'a copy of the cookie works after the logout, until its time is up',
      'not revocable without a revocation store',
      async (world) => {
        const browser = await loggedIn(world)
        const thief = browser.copy()
        await post(browser, '/logout')
        assert.equal(await read(browser, '/me'), null)
        assert.equal(await read(thief, '/me'), 'ada')
        world.clock.advance('2h')
        assert.equal(await read(thief, '/me'), null)
      },
    ),

    admitted(
      'a slow write brings the session back, until its time is up',
      'not revocable without a revocation store',
      async (world) => {
        const browser = await loggedIn(world)
        const slow = browser.post('/set?key=late&before=gate')
        await world.gate('gate').arrived()
        await post(browser, '/logout')
        world.gate('gate').open()
        assert.equal((await slow).status, 200)
        assert.equal(await read(browser, '/me'), 'ada')
      },
    ),
  ],
}

/** A request that began before the logout of the same browser, and ends after it. */
async function overtakenByLogout(world: World, method: string, path: string): Promise<{ answer: Response }> {
  const browser = await loggedIn(world)
  const before = browser.copy()
  // Far enough into the idle time that mere activity would move its end.
  world.clock.advance('10m')
  const slow = browser.request(path, { method })
  await world.gate('gate').arrived()
  await post(browser, '/logout')
  world.gate('gate').open()
  const answer = await slow
  await assertLoggedOut(browser, before)
  return { answer }
}

/** Where a new id takes over: the row is swapped, or the end of the sealed id is written down. */
function swapIn({ backend, store }: World, side: Side = 'before'): Gate {
  return store.pause(isStored(backend) ? 'replace' : 'create', { side })
}

async function assertLoggedOut(browser: Jar, before: Jar): Promise<void> {
  assert.equal(await read(browser, '/me'), null, 'the browser is logged out')
  assert.equal(await read(before, '/me'), null, 'a copy of the cookie from before the logout opens nothing')
  assert.deepEqual(await bodyOf(await before.get('/keys')), {}, 'and shows nothing')
}
