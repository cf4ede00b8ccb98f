/**
 * Law 4: what a response relied on having recorded is saved, and an outage logs nobody out.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import {
  assertNoCookie,
  bodyOf,
  cookieNames,
  eventsOf,
  loggedIn,
  post,
  quietly,
  read,
  rounds,
  watch,
} from '../../support/answers.ts'
import { everywhere, type Law, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

const OWN_COOKIE = 'header=Set-Cookie: app=1'

export const answersRelyOnTheStore: Law = {
  number: 4,
  name: 'What an answer relied on is saved',
  stories: [
    everywhere('a redirect target reads what was written before the redirect', async (world) => {
      const browser = await loggedIn(world)
      const redirect = await browser.post('/set?key=theme&value=dark&to=/read?key=theme')
      assert.equal(redirect.status, 303)
      assert.equal(await read(browser, redirect.headers.get('location') ?? ''), 'dark')
    }),

    serverSide('a redirect does not leave before its write is stored', (world) =>
      heldUntilStored(world, '/set?key=theme&value=dark&to=/read'),
    ),

    serverSide('a head that was given early does not leave before the write is stored', (world) =>
      heldUntilStored(world, '/set?key=theme&value=dark&early=1'),
    ),

    everywhere('an answer that streams carries its cookie and its whole body', async (world) => {
      const browser = world.browser()
      const answer = await browser.post('/set?key=theme&value=dark&early=1')
      assert.deepEqual([answer.status, await answer.text()], [200, 'null'])
      assert.equal(await read(browser, '/read?key=theme'), 'dark')
    }),

    serverSide('a store that fails at commit is a 503 without any Set-Cookie, and logs nobody out', async (world) => {
      for (const path of ['/set?key=late', '/add?key=late', '/regenerate', '/login?user=bob', '/flash']) {
        const browser = await loggedIn(world)
        world.store.fail(['create', 'replace'])
        const joint = path.includes('?') ? '&' : '?'
        await assertUnavailable(await browser.post(`${path}${joint}${OWN_COOKIE}`), path)
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada', `after ${path}`)
        assert.deepEqual(await read(browser, '/keys'), {}, `after ${path}`)
      }
      assert.equal(eventsOf(world, 'store-error').length, 5)
    }),

    serverSide('a swap that fails after the new row was made is a 503, and the old id lives on', async (world) => {
      for (const path of ['/regenerate', '/login?user=bob']) {
        const browser = await loggedIn(world)
        world.store.fail('replace')
        await assertUnavailable(await browser.post(path), path)
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada', `after ${path}`)
      }
    }),

    serverSide('a swap that was made, but whose answer was lost on the way, logs nobody out', async (world) => {
      for (const path of ['/regenerate', '/login']) {
        const browser = await loggedIn(world)
        world.store.fail('replace', { side: 'after' })
        await browser.post(path)
        world.store.heal()
        assert.equal(await read(browser, '/me'), 'ada', `after ${path}`)
      }
    }),

    serverSide('a visitor’s first write into a store that fails is a 503 without a cookie', async (world) => {
      world.store.fail('create')
      const browser = world.browser()
      await assertUnavailable(await browser.post(`/set?${OWN_COOKIE}`), 'a first write')
      assert.deepEqual([...browser.cookies], [])
    }),

    serverSide('an early head is taken back where the store fails', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('replace')
      await assertUnavailable(await browser.post(`/set?early=1&${OWN_COOKIE}`), 'an early head')
    }),

    serverSide('while the store cannot be read, pages that leave the session alone work', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('find')
      const answer = await browser.get('/untouched')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'an untouched page')
      world.store.heal()
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    serverSide('while the store cannot be read, pages that touch the session are a 503', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('find')
      for (const path of ['/read', '/me', '/private', '/set?key=late', '/login', '/take']) {
        const answer = await quietly(() => browser.post(path))
        assert.equal(answer.status, 503, path)
        assertNoCookie(answer, path)
      }
      world.store.heal()
      assert.equal(await read(browser, '/me'), 'ada')
      assert.deepEqual(await read(browser, '/keys'), {})
    }),

    serverSide('a store that hangs is a 503 once storeTimeout is over, and logs nobody out', async (world) => {
      const browser = await loggedIn(world)
      const hasty = { storeTimeout: 400 }
      const [writing, reading] = [await world.sibling(hasty), await world.sibling(hasty)]
      writing.store.hang('replace')
      reading.store.hang('find')
      const [write, unread, untouched] = await Promise.all([
        browser.post(writing.at(`/set?key=late&${OWN_COOKIE}`)),
        quietly(() => browser.get(reading.at('/read'))),
        browser.get(reading.at('/untouched')),
      ])
      await assertUnavailable(write, 'a write that hangs')
      assert.deepEqual([unread.status, untouched.status], [503, 200])
      reading.store.heal()
      assert.equal(await read(browser, reading.at('/me')), 'ada')
    }),

    serverSide('a store that cannot renew costs nobody a page', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('extend')
      world.clock.advance('10m')
      const answer = await browser.get('/read')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'a page whose renewal failed')
      assert.equal(eventsOf(world, 'store-error').length, 1)
    }),

    serverSide('a logout in an outage clears the cookie, answers 503 and raises logout-incomplete', async (world) => {
      for (const failing of [['replace'], ['find'], ['find', 'replace', 'bury']] as const) {
        const browser = await loggedIn(world)
        const { publicId } = (await read(browser, '/facts')) as { publicId: string }
        world.store.fail(failing)
        const answer = await browser.post(`/logout?${OWN_COOKIE}`)
        assert.equal(answer.status, 503, `while ${failing} fails`)
        assert.deepEqual(cookieNames(answer), ['session'], 'the clearing cookie and no other')
        assert.deepEqual([...browser.cookies], [])
        assert.equal(eventsOf(world, 'logout-incomplete').at(-1)?.id, publicId)
        world.store.heal()
      }
    }),

    serverSide(
      'a write that others overtake without end is a 503 once commitTimeout is over, and logs nobody out',
      async (world) => {
        const browser = await loggedIn(world)
        const answer = await overtakenWithoutEnd(world, browser, '/set?key=late')
        assert.equal(((await answer.clone().json()) as { code: string }).code, 'COMMIT_TIMEOUT')
        await assertUnavailable(answer, 'a write that was overtaken without end')
        assert.equal(await read(browser, '/me'), 'ada')
        assert.equal(await read(browser, '/read?key=late'), null)
      },
      { commitTimeout: 40 },
    ),

    serverSide(
      'a logout that others overtake without end buries the session, answers 503 and raises logout-incomplete',
      async (world) => {
        const browser = await loggedIn(world)
        const before = browser.copy()
        const answer = await overtakenWithoutEnd(world, browser, '/logout')
        assert.deepEqual([answer.status, cookieNames(answer)], [503, ['session']])
        assert.equal(eventsOf(world, 'logout-incomplete').length, 1)
        assert.equal(await read(before, '/me'), null)
      },
      { commitTimeout: 40 },
    ),

    everywhere('an answer of 5xx saves nothing that it recorded', async (world) => {
      const browser = await loggedIn(world)
      const cookies = new Map(browser.cookies)
      for (const path of ['/set?key=late', '/flash?key=late', '/regenerate?', '/login?user=bob', '/clear?']) {
        const answer = await browser.post(`${path}&status=500`)
        assert.equal(answer.status, 500, path)
        assertNoCookie(answer, path)
        assert.equal(eventsOf(world, 'write-dropped').at(-1)?.reason, 'server-error', path)
      }
      assert.deepEqual(browser.cookies, cookies)
      assert.equal(await read(browser, '/me'), 'ada')
      assert.deepEqual(await read(browser, '/keys'), {})
      assert.deepEqual(await bodyOf(await browser.post('/take?key=late')), [])
    }),

    everywhere('an answer of 5xx to a visitor makes no session', async (world) => {
      const browser = world.browser()
      assertNoCookie(await browser.post('/set?key=late&status=503'), 'a 503')
      assert.deepEqual(await read(browser, '/keys'), {})
    }),

    everywhere('a handler that throws saves nothing', async (world) => {
      const browser = await loggedIn(world)
      const answer = await quietly(() => browser.post('/throw?key=late'))
      assert.equal(answer.status, 500)
      assertNoCookie(answer, 'a handler that throws')
      assert.deepEqual(await read(browser, '/keys'), {})
    }),

    everywhere('a logout counts whatever the answer says', async (world) => {
      const browser = await loggedIn(world)
      const answer = await browser.post('/logout?status=500')
      assert.equal(answer.status, 500)
      assert.equal(browser.cookies.has('session'), false)
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('an answer of 4xx saves what it recorded', async (world) => {
      const browser = await loggedIn(world)
      assert.equal((await browser.post('/set?key=tries&value=1&status=422')).status, 422)
      assert.equal(await read(browser, '/read?key=tries'), '1')
    }),

    serverSide('a handler that commits by itself is told of the failure and answers for itself', async (world) => {
      const browser = await loggedIn(world)
      world.store.fail('replace')
      const answer = await browser.post('/commit')
      assert.deepEqual([answer.status, await bodyOf(answer)], [200, { error: 'STORE_FAILED' }])
      assertNoCookie(answer, 'an answer whose commit failed')
      world.store.heal()
      assert.equal(await read(browser, '/me'), 'ada')
    }),
  ],
}

async function heldUntilStored(world: World, path: string): Promise<void> {
  const browser = await loggedIn(world)
  const stopped = world.store.pause('replace')
  const answer = browser.post(path)
  const heard = watch(answer)
  await stopped.reached
  await rounds(world)
  const early = heard.settled
  stopped.release()
  await answer
  assert.equal(early, false, 'the answer left while the store was still asked')
  assert.equal(await read(browser, '/read?key=theme'), 'dark')
}

/** Another process writes each time before this one's compare-and-swap, until this one gives up. */
async function overtakenWithoutEnd(world: World, browser: Jar, path: string): Promise<Response> {
  const other = await world.sibling()
  const rival = browser.copy()
  const answer = browser.post(path)
  const heard = watch(answer)
  while (!heard.settled) {
    const stopped = world.store.pause('replace')
    await Promise.race([stopped.reached, answer])
    if (!heard.settled) await post(rival, other.at('/add?key=rival'))
    stopped.release()
  }
  return answer
}

async function assertUnavailable(answer: Response, what: string): Promise<void> {
  assert.equal(answer.status, 503, what)
  assert.deepEqual(cookieNames(answer), [], `${what}: no Set-Cookie, not even the app’s own`)
  assert.equal(answer.headers.has('location'), false, what)
  assert.equal(((await answer.json()) as { status?: number }).status, 503, what)
}
