/**
 * Law 12: the server ends sessions, in both modes, whatever the browser keeps.
 *
 * Defaults: one hour without activity, 24 hours in all.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import { eventsOf, loggedIn, post, read } from '../../support/answers.ts'
import { everywhere, type Law } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const timeIsTheServers: Law = {
  number: 12,
  name: 'Time is the server’s',
  stories: [
    everywhere('a session without activity ends at its idle time, to the millisecond', async (world) => {
      const early = await loggedIn(world)
      const late = await loggedIn(world)
      world.clock.advance(HOUR - 1)
      assert.equal(await read(early, '/me'), 'ada')
      world.clock.advance(1)
      assert.equal(await read(late, '/me'), null)
    }),

    everywhere('a session ends between 0.9 and 1.0 of its idle time after the last activity', async (world) => {
      // Activity just before a tenth is over is not written down, which is the worst case; a moment later it is.
      const unrecorded = [await loggedIn(world), await loggedIn(world)]
      const recorded = [await loggedIn(world), await loggedIn(world)]
      world.clock.advance(0.1 * HOUR - 1)
      for (const browser of unrecorded) await read(browser, '/read')
      world.clock.advance(1)
      for (const browser of recorded) await read(browser, '/read')
      world.clock.advance(0.9 * HOUR - 1)
      await assertIs(unrecorded[0], 'ada')
      world.clock.advance(1)
      await assertIs(unrecorded[1], null)
      world.clock.advance(0.1 * HOUR - 1)
      await assertIs(recorded[0], 'ada')
      world.clock.advance(1)
      await assertIs(recorded[1], null)
    }),

    everywhere('use keeps a session alive, but never past its absolute time', async (world) => {
      const browser = await loggedIn(world)
      await keepAlive(world, browser, 23 * HOUR + 30 * MINUTE)
      world.clock.advance(30 * MINUTE - 1)
      assert.equal(await read(browser, '/me'), 'ada')
      world.clock.advance(1)
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('writing does not move the absolute end either', async (world) => {
      const browser = await loggedIn(world)
      for (let visit = 0; visit < 28; visit++) {
        world.clock.advance(50 * MINUTE)
        await post(browser, '/add?key=visits')
      }
      assert.equal(await read(browser, '/read?key=visits'), 28)
      world.clock.advance(40 * MINUTE)
      assert.equal(await read(browser, '/read?key=visits'), null)
    }),

    everywhere('a new id does not restart the absolute time', async (world) => {
      const browser = await loggedIn(world)
      const { createdAt } = (await read(browser, '/facts')) as { createdAt: number }
      await keepAlive(world, browser, 23 * HOUR + 30 * MINUTE)
      await post(browser, '/regenerate')
      assert.equal(((await read(browser, '/facts')) as { createdAt: number }).createdAt, createdAt)
      world.clock.advance(30 * MINUTE)
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('a login restarts both times', async (world) => {
      const browser = await loggedIn(world)
      await keepAlive(world, browser, 23 * HOUR + 30 * MINUTE)
      await post(browser, '/login')
      const loginAt = world.clock()
      await keepAlive(world, browser, 23 * HOUR + 30 * MINUTE)
      const facts = (await read(browser, '/facts')) as { createdAt: number; authenticatedAt: number }
      assert.deepEqual([facts.createdAt, facts.authenticatedAt], [loginAt, loginAt])
      world.clock.advance(30 * MINUTE)
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('a write by traffic that is no activity does not keep a session alive', async (world) => {
      const browser = await loggedIn(world)
      const copy = browser.copy()
      world.clock.advance(30 * MINUTE)
      assert.equal((await browser.post('/set?key=beat', undefined, { accept: 'text/event-stream' })).status, 200)
      world.clock.advance(30 * MINUTE)
      assert.equal(await read(copy, '/me'), null)
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('a cookie that the browser keeps for ever gains nothing', async (world) => {
      const browser = await loggedIn(world)
      const kept = new Map(browser.cookies)
      for (const hours of [1, 23, 24 * 365]) {
        world.clock.advance(hours * HOUR)
        for (const [name, value] of kept) browser.cookies.set(name, value)
        assert.equal(await read(browser, '/me'), null)
      }
    }),

    everywhere('a shorter limit counts for sessions that are there already', async (world) => {
      const browser = await loggedIn(world)
      const stricter = await world.sibling({ idleTimeout: '10m', absoluteTimeout: '30m' })
      world.clock.advance(30 * MINUTE)
      assert.equal(await read(browser, stricter.at('/me')), null)
    }),

    everywhere(
      'a record from the future is accepted, said so in an event, and clamped where it is written',
      async (world) => {
        const browser = await loggedIn(world)
        const future = world.clock()
        world.clock.set(future - HOUR)
        assert.equal(await read(browser, '/me'), 'ada')
        assert.equal(eventsOf(world, 'clock-skew').length > 0, true)
        assert.equal(((await read(browser, '/facts')) as { createdAt: number }).createdAt, future)
        await post(browser, '/set?key=theme')
        const facts = (await read(browser, '/facts')) as { createdAt: number; expiresAt: number }
        assert.deepEqual([facts.createdAt, facts.expiresAt], [future - HOUR, future])
        const events = eventsOf(world, 'clock-skew').length
        assert.equal(await read(browser, '/me'), 'ada')
        assert.equal(eventsOf(world, 'clock-skew').length, events)
      },
    ),

    everywhere('a record that is ahead by less than a second is no event', async (world) => {
      const browser = await loggedIn(world)
      world.clock.set(world.clock() - 900)
      assert.equal(await read(browser, '/me'), 'ada')
      assert.deepEqual(eventsOf(world, 'clock-skew'), [])
    }),
  ],
}

async function keepAlive(world: World, browser: Jar, time: number): Promise<void> {
  for (let left = time; left > 0; left -= 50 * MINUTE) {
    world.clock.advance(Math.min(left, 50 * MINUTE))
    assert.equal(await read(browser, '/me'), 'ada')
  }
}

async function assertIs(browser: Jar | undefined, user: string | null): Promise<void> {
  assert.ok(browser)
  assert.equal(await read(browser, '/me'), user)
}
