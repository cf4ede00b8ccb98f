/** An attacker who sends ids by the thousand, to fill the store or to keep it busy. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { assertNoCookie, bodyOf, loggedIn, post, read } from '../support/answers.ts'
import { attack, cookieHeader, EVERYWHERE, hasStore, ROWS, sessionCookie } from '../support/attack.ts'
import type { World } from '../support/world.ts'

/** What a stranger may ask for that neither logs in nor keeps anything. */
const HARMLESS = ['/read', '/me', '/keys', '/logout', '/destroy', '/regenerate', '/clear', '/take', '/delete', '/facts']

attack('forged ids, by the thousand and for every way to use one, ask the store nothing', EVERYWHERE, async (world) => {
  const [name, real] = sessionCookie(await loggedIn(world))
  const version = Buffer.from(real, 'base64url').subarray(0, 1)
  const length = Buffer.from(real, 'base64url').length - 1
  const forged = () => Buffer.concat([version, randomBytes(length)]).toString('base64url')
  const header = () => Array.from({ length: 100 }, () => `${name}=${forged()}`).join('; ')
  resetStore(world)
  for (const path of HARMLESS) {
    for (const method of path === '/logout' ? ['POST'] : ['GET', 'POST']) {
      const answer = await world.browser().request(path, { method, headers: { cookie: header() } })
      assert.equal(answer.status, 200, path)
      assertNoCookie(answer, path)
    }
  }
  assertStoreAskedNothing(world)
})

attack('visitors without a cookie, however many, leave nothing in the store', EVERYWHERE, async (world) => {
  resetStore(world)
  for (let visitor = 0; visitor < 20; visitor++) {
    for (const path of HARMLESS) assertNoCookie(await world.browser().post(path), path)
  }
  assertStoreAskedNothing(world)
})

attack('ids that were good once cost a question each, and never a row', ROWS, async (world) => {
  const ended = await Promise.all(Array.from({ length: 20 }, () => loggedIn(world)))
  for (const browser of ended) await post(browser.copy(), '/logout')
  world.store.reset()
  for (const browser of ended) {
    for (const path of HARMLESS) assertNoCookie(await browser.post(path), path)
  }
  const { find, sweep } = world.store.calls
  assert.equal(find, ended.length * HARMLESS.length)
  assert.equal(world.store.total, find + sweep, 'no create, no replace, no bury')
})

attack('a login that fails costs nothing, with whatever cookie it comes', ROWS, async (world) => {
  const [name] = sessionCookie(await loggedIn(world))
  world.store.reset()
  for (const value of ['x', randomBytes(49).toString('base64url')]) {
    const answer = await world.browser().post('/me?status=401', undefined, { cookie: `${name}=${value}` })
    assert.equal(answer.status, 401)
    assertNoCookie(answer, 'a login that failed')
  }
  assertStoreAskedNothing(world)
})

attack('a forged id beside a good one takes nothing from who has the good one', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  const [name] = sessionCookie(browser)
  const forged = `${name}=${randomBytes(49).toString('base64url')}`
  for (const cookie of [`${forged}; ${cookieHeader(browser)}`, `${cookieHeader(browser)}; ${forged}`]) {
    assert.equal(await bodyOf(await world.browser().get('/me', { cookie })), 'ada')
  }
  assert.equal(await read(browser, '/me'), 'ada')
})

function resetStore(world: World): void {
  if (hasStore(world)) world.store.reset()
}

function assertStoreAskedNothing(world: World): void {
  if (hasStore(world)) assert.equal(world.store.total, world.store.calls.sweep)
}
