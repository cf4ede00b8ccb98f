/**
 * Law 9: secrets rotate without a logout.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { assertNoCookie, cookieNames, loggedIn, post, read } from '../../support/answers.ts'
import { clientSide, everywhere, type Law } from '../../support/laws.ts'
import { OLD_SECRET, SECRET, type World } from '../../support/world.ts'

const OLD = { secret: OLD_SECRET }
const BOTH = { secret: [SECRET, OLD_SECRET] }
const NEW = { secret: SECRET }

export const secretsRotate: Law = {
  number: 9,
  name: 'Secrets rotate without a logout',
  stories: [
    everywhere(
      'a cookie under the old secret opens the session, and reading does not re-issue it',
      async (world) => {
        const browser = await loggedIn(world)
        const both = await world.sibling(BOTH)
        for (const path of ['/me', '/keys', '/untouched']) {
          assertNoCookie(await browser.get(both.at(path)), path)
        }
        assert.equal(await read(browser, both.at('/me')), 'ada')
      },
      OLD,
    ),

    everywhere(
      'an answer that writes re-issues the cookie for the same session',
      async (world) => {
        const browser = await loggedIn(world)
        const both = await world.sibling(BOTH)
        const only = await world.sibling(NEW)
        const { publicId } = (await read(browser, both.at('/facts'))) as { publicId: string }
        const old = browser.cookies.get('session')
        assert.deepEqual(cookieNames(await post(browser, both.at('/set?key=theme&value=dark'))), ['session'])
        assert.notEqual(browser.cookies.get('session'), old)
        assert.equal(await read(browser, only.at('/me')), 'ada')
        assert.equal(await read(browser, only.at('/read?key=theme')), 'dark')
        assert.equal(((await read(browser, only.at('/facts'))) as { publicId: string }).publicId, publicId)
      },
      OLD,
    ),

    everywhere(
      'a secret that is listed no more gives an empty session, not an error',
      async (world) => {
        const browser = await loggedIn(world)
        const only = await world.sibling(NEW)
        assert.equal(await read(browser, only.at('/me')), null)
        assert.equal(only.events.at(-1)?.type, 'session-rejected')
        await post(browser, only.at('/set?key=theme'))
        assert.deepEqual(await read(browser, only.at('/keys')), { theme: 'value' })
      },
      OLD,
    ),

    everywhere(
      'the first secret signs',
      async (world) => {
        const both = await world.sibling(BOTH)
        const only = await world.sibling(NEW)
        const browser = world.browser()
        await post(browser, both.at('/login'))
        assert.equal(await read(browser, only.at('/me')), 'ada')
        assert.equal(await read(browser, '/me'), null)
      },
      OLD,
    ),

    clientSide(
      'mere activity under the new secret moves the end, and leaves the sealed cookie alone',
      activityOnly,
      OLD,
    ),
  ],
}

async function activityOnly(world: World): Promise<void> {
  const browser = await loggedIn(world)
  const both = await world.sibling(BOTH)
  const sealed = browser.cookies.get('session')
  for (let time = 0; time < 3; time++) {
    world.clock.advance('50m')
    assert.deepEqual(cookieNames(await browser.get(both.at('/read'))), ['session-seen'])
  }
  assert.equal(await read(browser, both.at('/me')), 'ada')
  assert.equal(browser.cookies.get('session'), sealed)
}
