/** A server whose clock was set back, or forward, by mistake or by somebody: time that moves wrongly gives nobody more. */
import assert from 'node:assert/strict'
import type { Sweepable } from '../../src/store/store.ts'
import { bodyOf, eventsOf, loggedIn, post, read } from '../support/answers.ts'
import {
  assertOpensNothing,
  attack,
  cookieHeader,
  ENDABLE,
  EVERYWHERE,
  ROWS,
  withSeenCookie,
} from '../support/attack.ts'
import type { World } from '../support/world.ts'

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

/** What clocks are set to by a bad battery, a bad time server, a leap of a virtual machine. */
const JUMPS: readonly (readonly [name: string, jump: (now: number) => number])[] = [
  ['back an hour', (now) => now - HOUR],
  ['back a year', (now) => now - YEAR],
  ['to 1970', () => 0],
  ['forward a year', (now) => now + YEAR],
]

for (const [name, jump] of JUMPS) {
  attack(
    `who is logged out stays so when the clock is set ${name}, and when it is right again`,
    // A sweep by a clock that is ahead takes graves before their time. Rows go with them; sealed cookies are out there.
    jump(0) > 0 ? ROWS : ENDABLE,
    async (world) => {
      const right = world.clock()
      const victim = await loggedIn(world)
      const thief = await withSeenCookie(world, victim.copy())
      await post(victim, '/logout')
      const other = await world.sibling()
      for (const time of [jump(right), right + HOUR]) {
        world.clock.set(time)
        for (const process of [world, other]) await assertOpensNothing(process, cookieHeader(thief), `at ${time}`)
      }
    },
  )

  attack(`a clock set ${name} makes no request fail, and logs in`, EVERYWHERE, async (world) => {
    const browser = await loggedIn(world)
    world.clock.set(jump(world.clock()))
    for (const path of [
      '/read',
      '/me',
      '/facts',
      '/set?key=theme',
      '/add?key=visits',
      '/regenerate',
      '/flash',
      '/take',
    ]) {
      const answer = await browser.post(path)
      assert.equal([200, 409].includes(answer.status), true, `${path}: ${answer.status}`)
    }
    await post(browser, '/login')
    assert.equal(await read(browser, '/me'), 'ada')
    const { createdAt, expiresAt } = (await read(browser, '/facts')) as { createdAt: number; expiresAt: number }
    assert.deepEqual([createdAt, expiresAt], [world.clock(), world.clock() + HOUR])
  })
}

attack(
  'logged out everywhere while the clock is behind is logged out when it is right again',
  ENDABLE,
  async (world) => {
    const right = world.clock()
    const thief = await loggedIn(world)
    for (const [, jump] of JUMPS) {
      world.clock.set(jump(right))
      await world.sessions.revokeAll('ada')
    }
    world.clock.set(right + 1000)
    const other = await world.sibling()
    for (const process of [world, other]) await assertOpensNothing(process, cookieHeader(thief), 'right again')
  },
)

attack(
  'a session from the future has no longer life than any other, once it was written',
  EVERYWHERE,
  async (world) => {
    const right = world.clock()
    world.clock.set(right + YEAR)
    const browser = await loggedIn(world)
    world.clock.set(right)
    assert.equal(await read(browser, '/me'), 'ada', 'nobody is logged out by a clock that is put right')
    assert.equal(eventsOf(world, 'clock-skew').length > 0, true, 'and it is told')
    await post(browser, '/set?key=theme')
    const thief = browser.copy()
    for (let hours = 0; hours < 24; hours++) {
      assert.equal(await read(browser, '/me'), 'ada', `after ${hours} hours`)
      world.clock.advance(0.9 * HOUR)
      assert.equal(await read(browser, '/me'), 'ada', `after ${hours + 0.9} hours`)
      world.clock.advance(0.1 * HOUR)
    }
    assert.equal(await read(browser, '/me'), null, 'the absolute end holds')
    await assertOpensNothing(world, cookieHeader(thief), 'and for a copy')
  },
)

attack('a session that ended by its time, and was swept, does not come back with the hour', ROWS, async (world) => {
  const right = world.clock()
  const browser = await loggedIn(world)
  world.clock.set(right + YEAR)
  assert.equal(await read(browser, '/me'), null)
  await (world.store as unknown as Sweepable).sweep(world.clock())
  world.clock.set(right)
  assert.equal(await bodyOf(await browser.get('/me')), null)
})

attack('an old copy of the second cookie, sent while the clock is behind, moves no end', EVERYWHERE, async (world) => {
  const right = world.clock()
  const browser = await withSeenCookie(world, await loggedIn(world))
  const thief = browser.copy()
  world.clock.set(right - HOUR)
  await rereads(world, thief)
  world.clock.set(right + 10 * 60_000 + HOUR)
  assert.equal(await read(thief, '/me'), null, 'an hour after the last activity that counted')
})

attack(
  'who was logged out by a server whose clock is behind stays out until the cookie’s own end',
  [{ adapter: 'node', backend: 'revocable' }],
  async (world) => {
    const right = world.clock()
    const victim = await loggedIn(world)
    const thief = victim.copy()
    world.clock.set(right - HOUR)
    await post(victim, '/logout')
    world.clock.set(right + 23 * HOUR + 1)
    await (world.store as unknown as Sweepable).sweep(world.clock())
    const other = await world.sibling()
    assert.deepEqual(await bodyOf(await thief.get(other.at('/me'))), null)
  },
  { idleTimeout: '24h', absoluteTimeout: '24h' },
)

async function rereads(world: World, browser: { get(path: string): Promise<Response> }): Promise<void> {
  for (let step = 0; step < 5; step++) {
    await browser.get('/read')
    world.clock.advance('10m')
  }
}
