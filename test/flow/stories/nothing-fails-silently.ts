/**
 * Law 13: nothing fails silently.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { SojournError } from '../../../src/index.ts'
import { assertNoCookie, bodyOf, eventsOf, loggedIn, quietly, read } from '../../support/answers.ts'
import { clientSide, everywhere, type Law, serverSide } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

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
  ],
}

function lastFailure(world: World): SojournError {
  const error = eventsOf(world, 'commit-failed').at(-1)?.error
  assert.ok(error instanceof SojournError, 'a commit-failed event with an error of the library')
  return error
}
