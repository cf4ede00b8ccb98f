/**
 * Law 13: nothing fails silently.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { SojournError } from '../../../src/index.ts'
import type { Jar } from '../../../src/testing/jar.ts'
import { assertNoCookie, bodyOf, cookieNames, eventsOf, loggedIn, quietly, read } from '../../support/answers.ts'
import { clientSide, everywhere, type Law, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

/** The browser of these stories speaks http. */
const ON_HTTPS = { origin: 'https://localhost:3000' }
const SECURE_NAME = '__Host-Http-session'

export const nothingFailsSilently: Law = {
  number: 13,
  name: 'Nothing fails silently',
  stories: [
    clientSide('a session that does not fit its cookie is an error that names the largest keys', async (world) => {
      const browser = await loggedIn(world)
      await browser.post('/set?key=small&value=1')
      const answer = await browser.post('/set?key=big&size=5000&header=Set-Cookie: app=1')
      assert.equal(answer.status, 500)
      assertNoCookie(answer, 'an answer whose session does not fit')
      assert.equal(((await bodyOf(answer)) as { code: string }).code, 'SESSION_TOO_LARGE')
      const error = lastFailure(world)
      assert.equal(error.code, 'SESSION_TOO_LARGE')
      assert.match(error.message, /"big" \(5002 bytes\), "small" \(3 bytes\)/)
      assert.match(error.message, /give createSessions a store/)
      assert.deepEqual(await read(browser, '/keys'), { small: '1' })
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    clientSide('a handler that commits by itself is told', async (world) => {
      const browser = await loggedIn(world)
      const answer = await browser.post('/commit?size=5000')
      assert.deepEqual([answer.status, await bodyOf(answer)], [200, { error: 'SESSION_TOO_LARGE' }])
      assertNoCookie(answer, 'an answer whose commit failed')
    }),

    clientSide('at every size a session is either kept by the browser or an error', async (world) => {
      const browser = await loggedIn(world)
      const statuses = new Set<number>()
      let kept = 0
      for (let size = 2800; size < 3100; size += 6) {
        const answer = await browser.post(`/set?key=big&size=${size}`)
        statuses.add(answer.status)
        if (answer.status === 200) kept = size
        assert.deepEqual(browser.dropped, [], `at ${size} characters`)
        assert.equal(String(await read(browser, '/read?key=big')).length, kept)
      }
      assert.deepEqual([...statuses], [200, 500], 'the story passes the limit')
    }),

    clientSide('flashes that fill the cookie are named as such', async (world) => {
      const browser = await loggedIn(world)
      assert.equal((await browser.post('/flash?key=note&size=5000')).status, 500)
      assert.match(lastFailure(world).message, /flashes/)
    }),

    serverSide('a store has room for what no cookie holds', async (world) => {
      const browser = await loggedIn(world)
      assert.equal((await browser.post('/set?key=big&size=100000')).status, 200)
      assert.equal(String(await read(browser, '/read?key=big')).length, 100_000)
    }),

    everywhere('a write after the commit, or into what was destroyed, throws', async (world) => {
      const browser = await loggedIn(world)
      const { late } = (await bodyOf(await browser.post('/commit'))) as { late: string }
      assert.equal(late, 'SESSION_COMMITTED')
      assert.deepEqual(await bodyOf(await browser.post('/use-after-destroy')), {
        read: null,
        error: 'SESSION_DESTROYED',
      })
      assert.equal(await read(browser, '/me'), null)
    }),

    everywhere('a change that would be lost, inside a value that was read, throws', async (world) => {
      const browser = await loggedIn(world)
      await browser.post(`/set?key=list&json=${encodeURIComponent('["a",{"deep":[1]}]')}`)
      assert.equal(await bodyOf(await browser.post('/mutate?key=list')), 'TypeError')
      assert.deepEqual(await read(browser, '/read?key=list'), ['a', { deep: [1] }])
    }),

    everywhere('a session that a request may not have is an error, not an empty one', async (world) => {
      const skipping = await world.sibling({ skip: () => true, onEvent: undefined })
      const answer = await quietly(() => world.browser().get(skipping.at('/read')))
      assert.equal(answer.status, 500)
    }),

    everywhere(
      'an app on https that is reached over plain http says so once, and never leaves its cookie out',
      async (world) => {
        for (let visit = 0; visit < 3; visit++) await assertCookieDropped(world, {})
        assert.deepEqual(diagnoses(world), ['plain-http'])
        // Another cause is told, too, whatever was told before.
        for (const said of ['https', 'HTTPS, http']) await assertCookieDropped(world, { 'X-Forwarded-Proto': said })
        await assertCookieDropped(world, { Forwarded: 'for=203.0.113.7;proto=https' })
        assert.deepEqual(diagnoses(world), ['plain-http', 'proxy-not-trusted'])
        const [plain, proxy] = eventsOf(world, 'insecure-request').map(({ advice }) => advice)
        assert.match(plain ?? '', /httpsRequired\(\)|trustProxy/)
        assert.match(proxy ?? '', /Set trustProxy/)
      },
      ON_HTTPS,
    ),

    everywhere(
      'a proxy that is trusted and says https is no reason to say anything; one that says http is',
      async (world) => {
        const answer = await postTo(world.browser(), { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' })
        assert.equal(answer.status, 200)
        assert.ok(cookieNames(answer).includes(SECURE_NAME))
        assert.deepEqual(diagnoses(world), [])
        // What a stranger put before it makes it no https, and the proxy no stranger.
        for (const said of ['http', 'https, http']) {
          await assertCookieDropped(world, { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': said })
        }
        assert.deepEqual(diagnoses(world), ['plain-http'])
      },
      { ...ON_HTTPS, trustProxy: 1 },
    ),

    everywhere(
      'where nobody listens, the console hears of it once',
      async (world) => {
        const said = await heardOnConsole(async () => {
          for (let visit = 0; visit < 3; visit++) await assertCookieDropped(world, { 'X-Forwarded-Proto': 'https' })
        })
        assert.equal(said.length, 1)
        assert.match(said[0] ?? '', /^sojourn: proxy-not-trusted: .*Set trustProxy/)
      },
      { ...ON_HTTPS, onEvent: undefined },
    ),
  ],
}

function postTo(browser: Jar, headers: Readonly<Record<string, string>>): Promise<Response> {
  return browser.post('/set', undefined, { ...headers, Origin: ON_HTTPS.origin })
}

/** An answer whose cookie is there, and which a browser does not keep. */
async function assertCookieDropped(world: World, headers: Readonly<Record<string, string>>): Promise<void> {
  const browser = world.browser()
  const answer = await postTo(browser, headers)
  assert.equal(answer.status, 200)
  assert.ok(cookieNames(answer).includes(SECURE_NAME), 'no cookie-less 200')
  assert.equal(browser.dropped[0]?.reason, 'Secure over plain http')
}

function diagnoses(world: World): string[] {
  return eventsOf(world, 'insecure-request').map(({ cause }) => cause)
}

async function heardOnConsole(work: () => Promise<void>): Promise<string[]> {
  const { warn } = console
  const said: string[] = []
  console.warn = (...words: unknown[]) => void said.push(words.join(' '))
  try {
    await work()
  } finally {
    console.warn = warn
  }
  return said
}

function lastFailure(world: World): SojournError {
  const error = eventsOf(world, 'commit-failed').at(-1)?.error
  assert.ok(error instanceof SojournError, 'a commit-failed event with an error of the library')
  return error
}
