/**
 * Law 3: a request that began with the old id never overwrites the cookie of the login that overtook it.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import type { Gate } from '../../../src/testing/stores.ts'
import { assertNoCookie, assertSuperseded, cookieNames, eventsOf, loggedIn, post, read } from '../../support/answers.ts'
import { isStored } from '../../support/backends.ts'
import { admitted, endable, everywhere, type Law, revocable, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

export const loginIsFinal: Law = {
  number: 3,
  name: 'Login is final',
  stories: [
    endable('a slow write with the old id is told 409, and the person stays logged in', async (world) => {
      const { answer } = await overtakenByLogin(world, 'POST', '/set?key=late&before=gate')
      await assertSuperseded(answer, 'a write overtaken by a login')
    }),

    endable('a slow write with the old id by a safe method answers 200 and says so in an event', async (world) => {
      const { answer } = await overtakenByLogin(world, 'GET', '/set?key=late&before=gate')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'a safe request overtaken by a login')
      assert.equal(eventsOf(world, 'write-dropped').at(-1)?.reason, 'superseded')
    }),

    endable('a slow page that only reads with the old id sets no cookie', async (world) => {
      const { answer } = await overtakenByLogin(world, 'GET', '/read?before=gate')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'a read overtaken by a login')
    }),

    endable('a slow change of the old id ends as revoked, with no cookie', async (world) => {
      const { answer } = await overtakenByLogin(world, 'POST', '/regenerate?before=gate')
      await assertSuperseded(answer, 'a rotation overtaken by a login')
    }),

    endable('requests that begin with the old id after the login set no cookie and clear none', async (world) => {
      const browser = await visitor(world)
      const behind = browser.copy()
      await post(browser, '/login')
      for (const path of ['/read', '/keys', '/set?key=late', '/regenerate', '/clear', '/flash', '/take', '/me']) {
        const answer = await behind.get(path)
        assert.equal(answer.status, 200, path)
        assertNoCookie(answer, `GET ${path} with the id of a grave`)
      }
      await assertSuperseded(await behind.post('/set?key=late'), 'POST /set with the id of a grave')
      assert.deepEqual(await read(behind, '/keys'), {}, 'a grave serves nobody')
      assert.equal(await read(browser, '/me'), 'ada')
      assert.deepEqual(await read(browser, '/keys'), {})
    }),

    endable('a request that begins with the id of a grave and logs in gets a session', async (world) => {
      const browser = await visitor(world)
      const behind = browser.copy()
      await post(browser, '/login')
      await post(behind, '/login?user=bob')
      assert.equal(await read(behind, '/me'), 'bob')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    everywhere('a double click on the login button logs in, twice without an error', async (world) => {
      const browser = await visitor(world)
      const clicks = [browser.post('/login?before=gate'), browser.post('/login?before=gate')]
      await world.gate('gate').arrived(2)
      world.gate('gate').open()
      for (const answer of await Promise.all(clicks)) assert.equal(answer.status, 200)
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    endable('of two logins from one old id in two processes, each opens a session', async (world) => {
      const browser = await visitor(world)
      const other = await world.sibling()
      const second = browser.copy()
      const stopped = swapIn(world)
      const login = browser.post('/login')
      await stopped.reached
      await post(second, other.at('/login'))
      stopped.release()
      assert.equal((await login).status, 200)
      assert.equal(await read(browser, '/me'), 'ada')
      assert.equal(await read(second, '/me'), 'ada')
    }),

    endable(
      'a second click on logout that is answered after the next login leaves that login its cookie',
      async (world) => {
        const browser = await loggedIn(world)
        const logout = browser.post('/logout?before=gate')
        await world.gate('gate').arrived()
        await post(browser, '/logout')
        await post(browser, '/login?user=bob')
        world.gate('gate').open()
        assert.equal((await logout).status, 200)
        assert.equal(await read(browser, '/me'), 'bob')
      },
    ),

    endable('a login that a write of another process overtakes is tried again, and logs in', async (world) => {
      const browser = await visitor(world)
      const other = await world.sibling()
      const behind = browser.copy()
      const stopped = swapIn(world)
      const login = browser.post('/login')
      await stopped.reached
      await post(behind, other.at('/set?key=late'))
      stopped.release()
      assert.equal((await login).status, 200)
      assert.equal(await read(browser, '/me'), 'ada')
      assert.equal(await read(behind, '/me'), null)
      assert.deepEqual(await read(behind, '/keys'), {})
    }),

    everywhere('a login from no session at all logs in', async (world) => {
      const browser = world.browser()
      await post(browser, '/login')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    everywhere(
      'an ended, unknown or forged id starts a new session only by a recorded write, under a new id',
      async (world) => {
        const ended = await visitor(world)
        const { publicId: endedId } = (await read(ended, '/facts')) as { publicId: string }
        const [name, value] = [...ended.cookies][0] ?? ['', '']
        world.clock.advance('3h')
        for (const text of [value, forgedFrom(value), 'nonsense']) {
          const browser = world.browser()
          browser.cookies.set(name, text)
          for (const path of ['/read', '/take', '/clear', '/delete', '/regenerate', '/destroy']) {
            const answer = await browser.post(path)
            assert.equal(answer.status, 200, path)
            assertNoCookie(answer, `POST ${path} with an id that opens nothing`)
          }
          const answer = await browser.post('/set?key=theme&value=dark')
          assert.equal(answer.status, 200)
          assert.deepEqual(cookieNames(answer), [name])
          assert.notEqual(browser.cookies.get(name), text)
          const { publicId } = (await read(browser, '/facts')) as { publicId: string }
          assert.notEqual(publicId, endedId)
          assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
        }
      },
    ),

    serverSide('an id this app made but the store does not know is not adopted', async (world) => {
      const browser = await visitor(world)
      const { publicId } = (await read(browser, '/facts')) as { publicId: string }
      world.clock.advance('3h')
      await world.sweep()
      assertNoCookie(await browser.get('/read'), 'a read with an unknown id')
      await post(browser, '/set?key=theme')
      assert.notEqual(((await read(browser, '/facts')) as { publicId: string }).publicId, publicId)
    }),

    revocable('a double click in two processes logs in, whichever answer comes last', async (world) => {
      const other = await world.sibling()
      const browser = await visitor(world)
      const old = browser.copy()
      const clicks = [browser.post('/login?before=gate'), browser.post(other.at('/login?before=gate'))]
      await Promise.all([world.gate('gate').arrived(), other.gate('gate').arrived()])
      world.gate('gate').open()
      assert.equal((await clicks[0])?.status, 200)
      other.gate('gate').open()
      assert.equal((await clicks[1])?.status, 200)
      assert.equal(await read(browser, '/me'), 'ada')
      assert.equal(await read(browser, other.at('/me')), 'ada')
      assert.deepEqual(await read(old, '/keys'), {})
    }),

    revocable('a copy of the cookie from before the login opens nothing, in no process', async (world) => {
      const browser = await visitor(world)
      const other = await world.sibling()
      const behind = browser.copy()
      await post(browser, '/login')
      world.clock.advance('10m')
      for (const path of ['/read?key=cart', other.at('/read?key=cart')]) {
        const answer = await behind.get(path)
        assertNoCookie(answer, path)
        assert.equal(await answer.text(), 'null')
      }
    }),

    admitted(
      'a slow write with the old cookie undoes the login',
      'the browser keeps the last cookie it gets',
      async (world) => {
        const browser = await visitor(world)
        const slow = browser.post('/set?key=late&before=gate')
        await world.gate('gate').arrived()
        await post(browser, '/login')
        world.gate('gate').open()
        assert.equal((await slow).status, 200)
        assert.equal(await read(browser, '/me'), null)
      },
    ),
  ],
}

/** Somebody with a session, not logged in. */
async function visitor(world: World): Promise<Jar> {
  const browser = world.browser()
  await post(browser, '/set?key=cart&value=full')
  return browser
}

/** A request that began with the id from before the login of the same browser, and ends after it. */
async function overtakenByLogin(world: World, method: string, path: string): Promise<{ answer: Response }> {
  const browser = await visitor(world)
  world.clock.advance('10m')
  const slow = browser.request(path, { method })
  await world.gate('gate').arrived()
  await post(browser, '/login')
  const cookies = new Map(browser.cookies)
  world.gate('gate').open()
  const answer = await slow
  assert.deepEqual(browser.cookies, cookies, 'the login’s cookie is as it was')
  assert.equal(await read(browser, '/me'), 'ada')
  return { answer }
}

/** Where a new id takes over: the row is swapped, or the end of the sealed id is written down. */
function swapIn({ backend, store }: World): Gate {
  return store.pause(isStored(backend) ? 'replace' : 'create')
}

/** The same text with one character changed in its middle. */
function forgedFrom(text: string): string {
  const middle = text.length >> 1
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
}
