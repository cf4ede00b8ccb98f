/**
 * Law 1: of overlapping requests of one live session, every update counts.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { assertNoCookie, bodyOf, eventsOf, loggedIn, post, quietly, read } from '../../support/answers.ts'
import { admitted, type Law, serverSide } from '../../support/laws.ts'

const MANY = 20

export const noUpdateIsLost: Law = {
  number: 1,
  name: 'No update is lost',
  stories: [
    serverSide('overlapping requests that each set a key of their own keep all keys', async (world) => {
      const browser = await loggedIn(world)
      const answers = numbers(MANY).map((n) => browser.post(`/set?key=k${n}&value=${n}&before=all-in`))
      await world.gate('all-in').arrived(MANY)
      world.gate('all-in').open()
      for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200)
      assert.deepEqual(await read(browser, '/keys'), Object.fromEntries(numbers(MANY).map((n) => [`k${n}`, String(n)])))
    }),

    serverSide('overlapping requests that each add one to a counter all count', async (world) => {
      const browser = await loggedIn(world)
      const answers = numbers(MANY).map(() => browser.post('/add?key=visits&before=all-in'))
      await world.gate('all-in').arrived(MANY)
      world.gate('all-in').open()
      for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200)
      assert.equal(await read(browser, '/read?key=visits'), MANY)
    }),

    serverSide('a write overtaken by one of another process is applied to what that one left', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const stopped = world.store.pause('replace')
      const slow = browser.post('/add?key=visits')
      await stopped.reached
      await post(browser, other.at('/add?key=visits'))
      await post(browser, other.at('/set?key=theme&value=dark'))
      stopped.release()
      assert.equal((await slow).status, 200)
      assert.deepEqual(await read(browser, '/keys'), { visits: 2, theme: 'dark' })
      assert.equal(eventsOf(world, 'write-conflict').length, 1)
    }),

    serverSide('requests of two processes that overlap many times all count', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const paths = ['/add?key=visits&before=all-in', other.at('/add?key=visits&before=all-in')]
      const answers = numbers(MANY).map((n) => browser.post(String(paths[n % 2])))
      await world.gate('all-in').arrived(MANY / 2)
      await other.gate('all-in').arrived(MANY / 2)
      world.gate('all-in').open()
      other.gate('all-in').open()
      for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200)
      assert.equal(await read(browser, '/read?key=visits'), MANY)
    }),

    serverSide('a write that lands while the id is changed goes along to the new id', async (world) => {
      const browser = await loggedIn(world)
      const other = await world.sibling()
      const stopped = world.store.pause('replace')
      const regenerating = browser.post('/regenerate')
      await stopped.reached
      await post(browser, other.at('/set?key=theme&value=dark'))
      stopped.release()
      assert.equal((await regenerating).status, 200)
      assert.equal(await read(browser, '/read?key=theme'), 'dark')
      assert.equal(await read(browser, '/me'), 'ada')
    }),

    serverSide('what one request removes, another that overlaps does not bring back', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=theme&value=dark')
      const slow = browser.post('/set?key=lang&value=eo&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/delete?key=theme')
      world.gate('gate').open()
      assert.equal((await slow).status, 200)
      assert.deepEqual(await read(browser, '/keys'), { lang: 'eo' })
    }),

    serverSide('messages that overlapping requests leave are each seen once', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/flash?key=note&value=first')
      const taking = browser.post('/take?key=note&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/flash?key=note&value=second')
      world.gate('gate').open()
      assert.deepEqual(await bodyOf(await taking), ['first'])
      assert.deepEqual(await bodyOf(await browser.post('/take?key=note')), ['second'])
      assert.deepEqual(await bodyOf(await browser.post('/take?key=note')), [])
    }),

    serverSide(
      'of two who take the last ticket one is told that it failed, and their neighbour is kept',
      async (world) => {
        const browser = await loggedIn(world)
        const stopped = world.store.pause('replace')
        const first = browser.post('/set?key=first')
        await stopped.reached
        // All three wait in line behind the first, and are merged into one write.
        const paths = ['/add?key=tickets&most=1', '/add?key=tickets&most=1', '/set?key=neighbour']
        const answers = paths.map((path) => browser.post(`${path}&after=line`))
        await world.gate('line').arrived(3)
        world.gate('line').open()
        stopped.release()
        const [one, two, neighbour] = await quietly(() => Promise.all(answers))
        assert.equal((await first).status, 200)
        assert.deepEqual([one?.status, two?.status].sort(), [200, 500])
        assert.equal(neighbour?.status, 200)
        assert.deepEqual(await read(browser, '/keys'), { first: 'value', tickets: 1, neighbour: 'value' })
      },
    ),

    serverSide('an answer that committed shows what the overlapping requests made together', async (world) => {
      const browser = await loggedIn(world)
      const slow = browser.post('/commit?key=mine&before=gate')
      await world.gate('gate').arrived()
      await post(browser, '/set?key=theirs')
      world.gate('gate').open()
      const answer = await slow
      assertNoCookie(answer, 'a write to a session that is there')
      assert.equal(((await bodyOf(answer)) as { late: string }).late, 'SESSION_COMMITTED')
      assert.deepEqual(await read(browser, '/keys'), { mine: 'value', theirs: 'value' })
    }),

    admitted(
      'of two overlapping writes the browser keeps the cookie that came last',
      'the browser keeps the last cookie it gets',
      async (world) => {
        const browser = await loggedIn(world)
        const slow = browser.post('/set?key=slow&before=gate')
        await world.gate('gate').arrived()
        await post(browser, '/set?key=quick')
        world.gate('gate').open()
        assert.equal((await slow).status, 200)
        assert.deepEqual(await read(browser, '/keys'), { slow: 'value' })
      },
    ),
  ],
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
