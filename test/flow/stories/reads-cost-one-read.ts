/**
 * Law 5: a read costs one read, and mere activity at most one renewal per tenth of the idle time.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { assertNoCookie, cookieNames, loggedIn, post, read } from '../../support/answers.ts'
import { clientSide, everywhere, type Law, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

const MINUTE = 60_000

export const readsCostOneRead: Law = {
  number: 5,
  name: 'A read costs one read',
  stories: [
    serverSide('a request that only reads sends the store one command', async (world) => {
      const browser = await loggedIn(world)
      for (const path of ['/read', '/keys', '/me', '/owner', '/facts', '/take', '/private', '/untouched']) {
        const calls = await callsOf(world, async () => {
          const answer = await browser.get(path)
          assert.equal(answer.status, 200, path)
          assertNoCookie(answer, path)
        })
        assert.deepEqual(calls, { find: 1 }, path)
      }
    }),

    serverSide('a request that writes sends the store two commands', async (world) => {
      const browser = await loggedIn(world)
      assert.deepEqual(await callsOf(world, () => post(browser, '/set')), { find: 1, replace: 1 })
    }),

    serverSide('a request without a cookie sends the store none', async (world) => {
      await post(world.browser(), '/set')
      assert.deepEqual(await callsOf(world, () => read(world.browser(), '/keys')), {})
    }),

    serverSide(
      'a request that skip names sends the store none',
      async (world) => {
        const browser = await loggedIn(world)
        assert.deepEqual(await callsOf(world, () => read(browser, '/untouched')), {})
      },
      { skip: ({ url }) => url.endsWith('/untouched') },
    ),

    serverSide('activity renews once in a tenth of the idle time, without data', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=secret&value=not-in-a-touch')
      const { publicId } = (await read(browser, '/facts')) as { publicId: string }
      const before = await world.store.find(publicId)
      world.clock.advance(6 * MINUTE)
      const said = world.told.length
      const calls = await callsOf(world, async () => {
        for (let n = 0; n < 5; n++) assertNoCookie(await browser.get('/read'), 'a renewing read')
      })
      assert.deepEqual(calls, { find: 5, extend: 1 })
      const touches = world.told.slice(said).filter((line) => line.startsWith('["extend"') && line.includes(publicId))
      const end = world.clock() + 60 * MINUTE
      assert.deepEqual(touches, [JSON.stringify(['extend', publicId, end, world.clock()])])
      assert.deepEqual(await world.store.find(publicId), { ...before, expiresAt: end })
    }),

    serverSide('a busy hour costs ten renewals', async (world) => {
      const browser = await loggedIn(world)
      const calls = await callsOf(world, async () => {
        for (let minute = 0; minute < 60; minute++) {
          world.clock.advance(MINUTE)
          await read(browser, '/read')
        }
      })
      assert.deepEqual(calls, { find: 60, extend: 10 })
    }),

    clientSide('activity sets the small cookie once in a tenth of the idle time, never the session', async (world) => {
      const browser = await loggedIn(world)
      const sealed = browser.cookies.get('session')
      const set: string[] = []
      for (let minute = 0; minute < 60; minute++) {
        world.clock.advance(MINUTE)
        set.push(...cookieNames(await browser.get('/read')))
      }
      assert.deepEqual(
        set,
        Array.from({ length: 10 }, () => 'session-seen'),
      )
      assert.equal(browser.cookies.get('session'), sealed)
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    clientSide('an overtaken touch carries no data, so a newer write stays', async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('10m')
      const slow = browser.get('/read?before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/set?key=theme&value=dark')
      world.gate('gate').open()
      assert.deepEqual(cookieNames(await slow), ['session-seen'])
      assert.equal(await read(browser, '/read?key=theme'), 'dark')
    }),

    everywhere('traffic that is no activity renews nothing', async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('10m')
      const kinds: Record<string, string>[] = [
        { 'sec-purpose': 'prefetch' },
        { purpose: 'prefetch' },
        { accept: 'text/event-stream' },
      ]
      for (const headers of kinds) {
        assertNoCookie(await browser.get('/read', headers), JSON.stringify(headers))
      }
      world.clock.advance('50m')
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('a page that leaves the session alone renews nothing', async (world) => {
      const browser = await loggedIn(world)
      world.clock.advance('30m')
      assertNoCookie(await browser.get('/untouched'), 'an untouched page')
      world.clock.advance('30m')
      assert.equal(await read(browser, '/me'), null)
    }),
  ],
}

/** The calls that reach the store while `work` is done, but for the sweep that now and then rides along. */
async function callsOf(world: World, work: () => Promise<unknown>): Promise<Record<string, number>> {
  world.store.reset()
  await work()
  return Object.fromEntries(Object.entries(world.store.calls).filter(([name, count]) => name !== 'sweep' && count > 0))
}
