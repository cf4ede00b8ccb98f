/** An attacker who can put a cookie into the victim's browser, and waits for the victim to log in. */
import assert from 'node:assert/strict'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { assertNoCookie, bodyOf, loggedIn, post, read } from '../support/answers.ts'
import { assertOpensNothing, attack, cookieHeader, ENDABLE, EVERYWHERE, ROWS } from '../support/attack.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

attack('an id of the right form and with a valid MAC that no store gave out is not adopted', ROWS, async (world) => {
  // The same app elsewhere, as in a staging system that was given the secret of production.
  const elsewhere = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const planted = await cookieFor(elsewhere, { data: { trap: true } })
  const victim = world.browser()
  const at = planted.indexOf('=')
  victim.cookies.set(planted.slice(0, at), planted.slice(at + 1))

  await post(victim, '/set?key=cart&value=full')
  assert.notEqual(cookieHeader(victim), planted, 'a write begins a session with an id of its own')
  await post(victim, '/login')
  assert.equal(await read(victim, '/me'), 'ada')
  await assertOpensNothing(world, planted, 'the planted cookie')

  victim.cookies.set(planted.slice(0, at), planted.slice(at + 1))
  await post(victim, '/login')
  assert.notEqual(cookieHeader(victim), planted, 'nor does a login take it over')
  await assertOpensNothing(world, planted, 'the planted cookie, after a login with it')
})

attack('the attacker’s own anonymous session does not become the victim’s login', EVERYWHERE, async (world) => {
  const attacker = world.browser()
  await post(attacker, '/set?key=trap&value=set')
  await post(attacker, '/flash?key=notice&value=trap')
  const victim = attacker.copy()
  assert.deepEqual(await read(victim, '/keys'), { trap: 'set' }, 'the victim sits in the attacker’s session')

  await post(victim, '/login')
  assert.equal(await read(attacker, '/me'), null, 'the attacker is not logged in')
  assert.deepEqual(await read(victim, '/keys'), {}, 'nothing the attacker put there stays')
  assert.deepEqual(await bodyOf(await post(victim, '/take?key=notice')), [], 'no message either')
  assert.equal(await read(victim, '/me'), 'ada')
})

attack('the attacker’s own login does not become the victim’s', EVERYWHERE, async (world) => {
  const attacker = await loggedIn(world, 'bob')
  await post(attacker, '/set?key=address&value=of-the-attacker')
  const victim = attacker.copy()
  await post(victim, '/login')
  assert.equal(await read(victim, '/me'), 'ada')
  assert.deepEqual(await read(victim, '/keys'), {}, 'another user’s data never carries over')
  assert.notEqual(await read(attacker, '/me'), 'ada')
  await post(victim, '/set?key=card&value=of-the-victim')
  assert.equal(await read(attacker, '/read?key=card'), null, 'what the victim does next is the victim’s')
})

attack('the planted cookie opens nothing at all once the victim has logged in', ENDABLE, async (world) => {
  for (const attacker of [world.browser(), await loggedIn(world, 'bob')]) {
    await post(attacker, '/set?key=trap')
    await post(attacker.copy(), '/login')
    await assertOpensNothing(world, cookieHeader(attacker), 'the planted cookie')
  }
})

attack(
  'requests of the attacker that are under way while the victim logs in get nothing of it',
  ENDABLE,
  async (world) => {
    for (const path of ['/regenerate', '/set?key=late', '/read', '/facts', '/clear']) {
      const attacker = world.browser()
      await post(attacker, '/set?key=trap')
      const victim = attacker.copy()
      const slow = attacker.post(`${path}${path.includes('?') ? '&' : '?'}before=gate-${path}`)
      await world.gate(`gate-${path}`).arrived()
      await post(victim, '/login')
      world.gate(`gate-${path}`).open()
      const answer = await slow
      assertNoCookie(answer, path)
      assert.equal((await answer.text()).includes('ada'), false, path)
      assert.equal(await read(attacker, '/me'), null, path)
      assert.equal(await read(victim, '/me'), 'ada', path)
      assert.deepEqual(await read(victim, '/keys'), {}, path)
    }
  },
)

attack('logging in once more, as before a change of the password, leaves a thief nothing', ENDABLE, async (world) => {
  const victim = await loggedIn(world)
  const thief = victim.copy()
  await post(victim, '/login')
  await assertOpensNothing(world, cookieHeader(thief), 'the stolen cookie')
  assert.equal(await read(victim, '/me'), 'ada')
})
