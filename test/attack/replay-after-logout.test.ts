/** A thief who copied cookies while they were good, and sends them after the logout. */
import assert from 'node:assert/strict'
import type { Sweepable } from '../../src/store/store.ts'
import { assertNoCookie, assertSuperseded, bodyOf, loggedIn, post, read } from '../support/answers.ts'
import {
  assertOpensNothing,
  attack,
  cookieHeader,
  cookiesOfALife,
  ENDABLE,
  sessionCookie,
  withSeenCookie,
} from '../support/attack.ts'

attack('no cookie the session ever had opens anything, in no process, at no time after', ENDABLE, async (world) => {
  const other = await world.sibling()
  const victim = world.browser()
  const stolen = await cookiesOfALife(world, victim)
  await post(victim, '/logout')
  for (const wait of [0, '5s', '1m', '1h', '12h', '30d'] as const) {
    if (wait !== 0) world.clock.advance(wait)
    await (world.store as Partial<Sweepable>).sweep?.(world.clock())
    for (const [n, cookie] of stolen.entries()) {
      await assertOpensNothing(world, cookie, `cookie ${n}, ${wait} later`)
      if (wait !== 0) await assertOpensNothing(other, cookie, `cookie ${n}, ${wait} later, elsewhere`)
    }
  }
})

attack('pieces of different cookies, put together, open nothing either', ENDABLE, async (world) => {
  const victim = await loggedIn(world)
  const first = await withSeenCookie(world, victim.copy())
  await post(victim, '/logout')
  await post(victim, '/login')
  const second = await withSeenCookie(world, victim.copy())
  await post(victim, '/logout')
  const [name, one] = sessionCookie(first)
  const [, two] = sessionCookie(second)
  const seen = [first, second].map(({ cookies }) => cookies.get(`${name}-seen`) ?? '')
  for (const cookie of [
    `${name}=${one}; ${name}-seen=${seen[1]}`,
    `${name}=${two}; ${name}-seen=${seen[0]}`,
    `${name}=${one}; ${name}=${two}; ${name}-seen=${seen[0]}; ${name}-seen=${seen[1]}`,
    `${name}=${two}; ${name}=${two}; ${name}=${two}`,
  ]) {
    await assertOpensNothing(world, cookie, cookie.replace(/=[^;]+/g, ''))
  }
})

attack(
  'a write with a stolen cookie is refused, and once all is over begins a session of its own',
  ENDABLE,
  async (world) => {
    const victim = await loggedIn(world)
    await post(victim, '/set?key=secret&value=of-the-victim')
    const thief = victim.copy()
    const stolen = cookieHeader(thief)
    await post(victim, '/logout')
    for (const path of ['/set?key=mine', '/add?key=secret', '/flash']) {
      await assertSuperseded(await thief.post(path), path)
    }
    assertNoCookie(await post(thief, '/regenerate'), 'a new id for what has ended')
    world.clock.advance('2h')
    await (world.store as Partial<Sweepable>).sweep?.(world.clock())
    await post(thief, '/set?key=mine')
    assert.notEqual(cookieHeader(thief), stolen)
    assert.deepEqual(await read(thief, '/keys'), { mine: 'value' })
    assert.equal(await read(thief, '/me'), null)
  },
)

attack('a thief who logs out the stolen session ends it, and no other of the victim', ENDABLE, async (world) => {
  const laptop = await loggedIn(world)
  const phone = await loggedIn(world)
  const thief = laptop.copy()
  await post(thief, '/logout')
  assert.equal(await read(laptop, '/me'), null)
  assert.equal(await read(phone, '/me'), 'ada')
  assert.deepEqual(await bodyOf(await post(laptop, '/logout')), null, 'a second logout is no error')
})
