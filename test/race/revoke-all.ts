/**
 * "Log out everywhere" against two hundred logins and twenty changes of ids that are under way: all have read the epoch,
 * none has written, when they are let go together with it.
 *
 * In: a backend, and where its store is. Out: a test, through the Express adapter.
 *
 * @module
 */
import { expect, test } from 'vitest'
import type { Jar } from '../../src/testing/jar.ts'
import { loggedIn, post, read } from '../support/answers.ts'
import { type Backend, isRevocable } from '../support/backends.ts'
import type { OpenPlace } from '../support/places/place.ts'
import { startWorld, type World } from '../support/world.ts'

const LOGINS = 200
const ROTATIONS = 20

export function revokeAllAgainstLogins(backend: Backend, open?: OpenPlace): void {
  test('revokeAll: nobody who was logging in or changing ids is logged in afterwards', async () => {
    const world = await startWorld({ adapter: 'express', backend, ...(open && { open }) })
    try {
      await race(world)
    } finally {
      await world.close()
    }
  })
}

async function race(world: World): Promise<void> {
  const rotating = await Promise.all(Array.from({ length: ROTATIONS }, () => loggedIn(world)))
  const entering = Array.from({ length: LOGINS }, () => world.browser())
  // Half of them had a session before, whose row or id must be swapped.
  await Promise.all(entering.slice(0, LOGINS / 2).map((browser) => post(browser, '/set?key=cart')))
  const bob = await loggedIn(world, 'bob')

  const answers = [
    ...entering.map((browser) => browser.post('/login?after=all-in')),
    ...rotating.map((browser) => browser.post('/regenerate?before=all-in')),
  ]
  await world.gate('all-in').arrived(LOGINS + ROTATIONS)
  world.gate('all-in').open()
  await Promise.all([world.sessions.revokeAll('ada'), ...answers])

  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([])
  if (isRevocable(world.backend)) world.clock.advance('5s')
  expect(await whoAre([...entering, ...rotating])).toEqual([null])
  expect(await whoAre([bob])).toEqual(['bob'])
  if (world.sessions.mode === 'server-side') expect(await world.sessions.list('ada')).toEqual([])

  const [again] = entering
  await post(again as Jar, '/login')
  expect(await whoAre([again as Jar])).toEqual(['ada'])
}

async function whoAre(browsers: readonly Jar[]): Promise<unknown[]> {
  return [...new Set(await Promise.all(browsers.map((browser) => read(browser, '/me'))))]
}
