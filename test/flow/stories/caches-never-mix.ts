/**
 * Law 11: caches never mix people up.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Jar } from '../../../src/testing/jar.ts'
import { loggedIn, post } from '../../support/answers.ts'
import { everywhere, type Law } from '../../support/laws.ts'

/** What the app says -> what must stand once the session was read, and once an owner was read or a cookie leaves. */
const TABLE: readonly (readonly [own: string | null, read: string, strict: string])[] = [
  [null, 'private', 'private, no-store'],
  ['public', 'private', 'private, no-store'],
  ['public, max-age=60', 'private, max-age=60', 'private, no-store'],
  ['max-age=60', 'max-age=60', 'private, no-store'],
  ['PUBLIC, Max-Age=60', 'private, max-age=60', 'private, no-store'],
  ['s-maxage=600', 'private', 'private, no-store'],
  ['public, s-maxage=600, max-age=60, proxy-revalidate', 'private, max-age=60', 'private, no-store'],
  ['public, max-age=31536000, immutable', 'private, max-age=31536000, immutable', 'private, no-store'],
  ['no-cache', 'no-cache', 'private, no-store, no-cache'],
  ['no-store', 'no-store', 'private, no-store'],
  ['private', 'private', 'private, no-store'],
  ['private, max-age=60', 'private, max-age=60', 'private, no-store'],
  ['no-transform', 'no-transform', 'private, no-store, no-transform'],
  ['public, no-transform', 'private, no-transform', 'private, no-store, no-transform'],
  ['no-cache, must-revalidate', 'no-cache, must-revalidate', 'private, no-store, no-cache, must-revalidate'],
]

const VARY: readonly (readonly [own: readonly string[], expected: string])[] = [
  [[], 'cookie'],
  [['Accept-Encoding'], 'accept-encoding, cookie'],
  [['Accept-Encoding, Origin'], 'accept-encoding, origin, cookie'],
  [['Accept-Encoding', 'Origin'], 'accept-encoding, origin, cookie'],
  [['cookie'], 'cookie'],
  [['*'], '*'],
]

export const cachesNeverMix: Law = {
  number: 11,
  name: 'Caches never mix people up',
  stories: [
    everywhere('an answer that read the session is private, unless the app was stricter', async (world) => {
      const browser = await loggedIn(world)
      for (const [own, expected] of TABLE) await assertCacheControl(browser, '/read?', own, expected)
    }),

    everywhere('an answer that read the session of a visitor without a cookie is private too', async (world) => {
      for (const [own, expected] of TABLE) await assertCacheControl(world.browser(), '/read?', own, expected)
    }),

    everywhere('an answer that read who is logged in is not stored at all', async (world) => {
      const browser = await loggedIn(world)
      for (const path of ['/me?', '/owner?', '/private?', '/facts?']) {
        for (const [own, , expected] of TABLE) await assertCacheControl(browser, path, own, expected)
      }
      await assertCacheControl(world.browser(), '/me?', 'public, max-age=60', 'private, no-store')
    }),

    everywhere('an answer with a Set-Cookie is not stored at all', async (world) => {
      for (const [own, , expected] of TABLE) {
        await assertCacheControl(world.browser(), '/set?', own, expected)
        await assertCacheControl(world.browser(), '/set?early=1&', own, expected)
      }
    }),

    everywhere('a logout is not stored at all', async (world) => {
      const answer = await (await loggedIn(world)).post(`/logout?header=${encodeURIComponent('Cache-Control: public')}`)
      assert.deepEqual(partsOf(answer, 'cache-control'), ['no-store', 'private'])
    }),

    everywhere('Vary names Cookie beside what the app said, once', async (world) => {
      const browser = await loggedIn(world)
      for (const [own, expected] of VARY) {
        for (const path of ['/read?', '/read?early=1&']) {
          const query = own.map((value) => `header=${encodeURIComponent(`Vary: ${value}`)}`).join('&')
          const answer = await browser.get(path + query)
          assert.deepEqual(partsOf(answer, 'vary'), expected.split(', ').sort(), `${path} where the app said ${own}`)
        }
      }
    }),

    everywhere('a page that leaves the session alone keeps what the app said', async (world) => {
      const browser = await loggedIn(world)
      const own = ['Cache-Control: public, max-age=60', 'Vary: Accept-Encoding']
      const query = own.map((line) => `header=${encodeURIComponent(line)}`).join('&')
      const answer = await browser.get(`/untouched?${query}`)
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=60')
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding')
    }),

    everywhere('what answers in place of a handler is not stored either', async (world) => {
      const browser = await loggedIn(world)
      if (world.backend === 'client-side') {
        const answer = await browser.post('/set?size=9000&header=Cache-Control: public')
        assert.deepEqual(partsOf(answer, 'cache-control'), ['no-store', 'private'])
        return
      }
      const behind = browser.copy()
      await post(browser, '/regenerate')
      const answer = await behind.post('/set?header=Cache-Control: public')
      assert.equal(answer.status, 409)
      assert.deepEqual(partsOf(answer, 'cache-control'), ['no-store', 'private'])
    }),
  ],
}

async function assertCacheControl(browser: Jar, path: string, own: string | null, expected: string): Promise<void> {
  const query = own === null ? '' : `header=${encodeURIComponent(`Cache-Control: ${own}`)}`
  const answer = await browser.get(path + query)
  assert.equal(answer.status, 200, path)
  assert.deepEqual(partsOf(answer, 'cache-control'), expected.split(', ').sort(), `${path} where the app said ${own}`)
  assert.ok(partsOf(answer, 'vary').includes('cookie'), `${path} varies by Cookie`)
}

/** The parts of a list, in lower case and in order: what is said counts, not how it is written. */
function partsOf(answer: Response, name: string): string[] {
  const parts = (answer.headers.get(name) ?? '').split(',').map((part) => part.trim().toLowerCase())
  return parts.filter((part) => part !== '').sort()
}
