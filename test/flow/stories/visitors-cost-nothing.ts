/**
 * Law 6: a visitor who stores nothing costs nothing.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { assertNoCookie, bodyOf, cookieNames, read } from '../../support/answers.ts'
import { isStored } from '../../support/backends.ts'
import { everywhere, type Law } from '../../support/laws.ts'
import type { World } from '../../support/world.ts'

export const visitorsCostNothing: Law = {
  number: 6,
  name: 'A visitor who stores nothing costs nothing',
  stories: [
    everywhere('a page that leaves the session alone has no header of ours', async (world) => {
      const browser = world.browser()
      const answer = await browser.get('/untouched')
      assert.equal(answer.status, 200)
      assertNoCookie(answer, 'an untouched page')
      assert.deepEqual([answer.headers.get('vary'), answer.headers.get('cache-control')], [null, null])
      assertNothingStored(world)
    }),

    everywhere('reading, and changes that leave nothing behind, make no row and no cookie', async (world) => {
      const browser = world.browser()
      const reading = ['/read', '/keys', '/take', '/me', '/owner', '/facts']
      const changing = ['/clear', '/delete', '/regenerate', '/destroy', '/logout', '/set-and-delete']
      for (const path of [...reading, ...changing]) {
        const answer = await browser.post(path)
        assert.equal(answer.status, 200, path)
        assertNoCookie(answer, path)
        assertNothingStored(world)
      }
    }),

    everywhere(
      'a form for a visitor costs one small cookie of its own, once, and no row',
      async (world) => {
        const browser = world.browser()
        const answer = await browser.get('/token')
        assert.deepEqual(cookieNames(answer), ['session-visitor'])
        assert.equal(browser.cookies.get('session-visitor')?.length, 52)
        assert.equal(answer.headers.get('cache-control'), 'private, no-store')
        const token = String(await bodyOf(answer))
        assertNoCookie(await browser.get('/token'), 'a second form')
        assertNothingStored(world)
        const sent = await browser.post('/read', undefined, { 'X-CSRF-Token': token })
        assert.equal(sent.status, 200, 'a form that brings its token')
        assertNoCookie(sent, 'a form that stores nothing')
        const bare = await browser.post('/set')
        assert.equal(bare.status, 403, 'a form that brings none')
        assertNoCookie(bare, 'a refusal')
        assertNothingStored(world)
      },
      { csrf: 'token' },
    ),

    everywhere('the first thing worth keeping makes one session', async (world) => {
      const browser = world.browser()
      const answer = await browser.post('/set?key=theme&value=dark')
      assert.equal(answer.headers.getSetCookie().length, 1)
      if (isStored(world.backend)) assert.equal(world.store.calls.create, 1)
      assert.equal(await read(browser, '/read?key=theme'), 'dark')
    }),
  ],
}

function assertNothingStored(world: World): void {
  if (world.backend === 'client-side') return
  const { sweep: _, ...calls } = world.store.calls
  assert.equal(
    Object.values(calls).reduce((sum, count) => sum + count, 0),
    0,
    'no command reached the store',
  )
}
