/** A thief who keeps requests under way while the victim logs out, and lets them end afterwards. */
import assert from 'node:assert/strict'
import { assertNoCookie, loggedIn, post, read } from '../support/answers.ts'
import { assertOpensNothing, attack, cookieHeader, ENDABLE } from '../support/attack.ts'
import { isStored } from '../support/backends.ts'
import type { World } from '../support/world.ts'

/** Everything that could write a session back, or move its end. */
const WRITES = [
  '/set?key=a',
  '/add?key=b',
  '/delete?key=before',
  '/clear?',
  '/flash?',
  '/regenerate?',
  '/read?',
  '/commit?',
]

/** How a session ends by its owner’s will. */
const ENDS: readonly (readonly [name: string, end: (world: World) => Promise<string>])[] = [
  ['a logout', async () => '/logout'],
  ['a logout everywhere', async () => '/revoke-all'],
]

for (const [name, end] of ENDS) {
  attack(`eight requests of a thief that end after ${name} bring nothing back`, ENDABLE, async (world) => {
    const other = await world.sibling()
    const victim = await loggedIn(world)
    const thief = victim.copy()
    // Far enough into the idle time that mere activity would move its end.
    world.clock.advance('10m')
    const underWay = WRITES.map((path, n) => {
      const process = n % 2 === 0 ? world : other
      return { process, path, answer: thief.copy().post(process.at(`${path}&before=gate-${n}`)) }
    })
    for (const [n, { process }] of underWay.entries()) await process.gate(`gate-${n}`).arrived()

    await post(victim, await end(world))
    for (const [n, { process }] of underWay.entries()) process.gate(`gate-${n}`).open()
    for (const { path, answer } of underWay) {
      const late = await answer
      assertNoCookie(late, path)
      assert.equal([200, 409].includes(late.status), true, path)
    }

    for (const wait of [0, '5s', '2m'] as const) {
      if (wait !== 0) world.clock.advance(wait)
      await assertOpensNothing(world, cookieHeader(thief), `${wait} later`)
      if (wait !== 0) await assertOpensNothing(other, cookieHeader(thief), `${wait} later, elsewhere`)
    }
    if (isStored(world.backend)) assert.deepEqual(await world.sessions.list('ada'), [])
    await world.sessions.revokeAll('ada')
  })
}

attack(
  'a thief’s change of the id that is half done when the victim logs out leads nowhere',
  ENDABLE,
  async (world) => {
    const other = await world.sibling()
    for (const side of ['before', 'after'] as const) {
      const victim = await loggedIn(world)
      const thief = victim.copy()
      const stopped = other.store.pause(isStored(world.backend) ? 'replace' : 'create', { side })
      const rotating = thief.post(other.at('/regenerate'))
      await stopped.reached
      await post(victim, '/logout')
      stopped.release()
      await rotating
      world.clock.advance('5s')
      for (const process of [world, other]) assert.equal(await read(thief, process.at('/me')), null, side)
    }
  },
)

attack(
  'a thief who logs in as somebody else meanwhile has that session, and nothing of the victim’s',
  ENDABLE,
  async (world) => {
    const victim = await loggedIn(world)
    await post(victim, '/set?key=secret&value=of-the-victim')
    const thief = victim.copy()
    const slow = thief.post('/login?user=bob&before=gate')
    await world.gate('gate').arrived()
    await post(victim, '/logout')
    world.gate('gate').open()
    assert.equal((await slow).status, 200)
    assert.equal(await read(thief, '/me'), 'bob')
    assert.deepEqual(await read(thief, '/keys'), {})
    assert.equal(await read(victim, '/me'), null)
  },
)
