/** What people expect of saving, of flashes and of values, in every cell. */
import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { assertNoCookie, bodyOf, cookieNames, eventsOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { isStored } from '../support/backends.ts'
import { CELLS, tellIn } from '../support/laws.ts'
import type { World } from '../support/world.ts'

/** Documented values, values that look like markers of other formats, and names that are traps in JavaScript. */
const VALUES = [
  ...['', 'é', '🦊', '\u2028', '\ud83e', '"quoted"', '</script>', '$date', '2026-01-01T00:00:00.000Z'],
  ...[0, -1, 0.1, 1e21, 2 ** 53, true, false, null],
  ...[[], {}, [[], [{}]], { ' t': 'tuple' }, { $date: 1 }, { _flashes: [] }, { toJSON: 'data' }, { v: 1, c: 0, d: {} }],
]
const TRAPS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length', 'v', 'd', '']

describe.each(CELLS)('$adapter, $backend', (cell) => {
  const told = (title: string, tell: (world: World) => Promise<void>) => test(title, () => tellIn(cell, tell))

  told('values come back as they were written', async (world) => {
    const browser = await loggedIn(world)
    for (const value of VALUES) {
      await post(browser, `/set?json=${encodeURIComponent(JSON.stringify(value))}`)
      assert.deepEqual(await read(browser, '/read'), value)
    }
  })

  told('keys that are traps are data, and pollute nothing', async (world) => {
    const browser = world.browser()
    assert.deepEqual(
      await Promise.all(TRAPS.map((key) => read(browser, `/read?key=${key}`))),
      TRAPS.map(() => null),
    )
    for (const key of TRAPS) await post(browser, `/set?key=${key}&json=${encodeURIComponent('{"polluted":true}')}`)
    for (const key of TRAPS) assert.deepEqual(await read(browser, `/read?key=${key}`), { polluted: true })
    assert.equal(Object.keys((await read(browser, '/keys')) as object).includes('constructor'), true)
    assert.equal('polluted' in {}, false)
  })

  told('a message is seen by the next request that takes it, and by no other', async (world) => {
    const browser = world.browser()
    await post(browser, '/flash?key=note&value=one')
    await post(browser, '/flash?key=note&value=two')
    await post(browser, '/flash?key=error&value=three')
    assert.deepEqual(await read(browser, '/keys'), {}, 'a message is not a key')
    assert.deepEqual(await bodyOf(await browser.get('/take?key=note')), ['one', 'two'])
    assert.deepEqual(await bodyOf(await browser.get('/take?key=note')), [])
    assert.deepEqual(await bodyOf(await browser.get('/take?key=error')), ['three'])
  })

  told('cookies of the app stay beside ours, each a header of its own', async (world) => {
    const browser = world.browser()
    const own = ['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 2032 00:00:00 GMT']
    const query = own.map((cookie) => `header=${encodeURIComponent(`Set-Cookie: ${cookie}`)}`).join('&')
    for (const path of ['/set?', '/regenerate?early=1&']) {
      const answer = await post(browser, path + query)
      assert.deepEqual(cookieNames(answer).sort(), ['a', 'b', 'session'])
      for (const cookie of own) assert.ok(answer.headers.getSetCookie().includes(cookie))
    }
  })

  told('a session cookie has neither Max-Age nor Expires, and use does not add them', async (world) => {
    const browser = world.browser()
    const answers = [await post(browser, '/set')]
    world.clock.advance('30m')
    answers.push(await browser.get('/read'), await browser.get('/set'), await browser.get('/regenerate'))
    const cookies = answers.flatMap((answer) => answer.headers.getSetCookie())
    assert.ok(cookies.length >= 2)
    for (const cookie of cookies) assert.doesNotMatch(cookie, /max-age|expires/i)
  })

  told('changes made at the last moment before the answer are saved', async (world) => {
    const browser = world.browser()
    const answer = browser.post('/set?key=late&after=gate')
    await world.gate('gate').arrived()
    world.gate('gate').open()
    assert.equal((await answer).status, 200)
    assert.equal(await read(browser, '/read?key=late'), 'value')
  })

  told('writing the same value again is a write, and a new id twice in one request is one', async (world) => {
    const browser = world.browser()
    await post(browser, '/set?value=same')
    await post(browser, '/set?value=same')
    assert.equal(await read(browser, '/read'), 'same')
    const answer = await post(browser, '/regenerate')
    assert.deepEqual(cookieNames(answer), ['session'])
    assert.equal(eventsOf(world, 'session-regenerated').length, 1)
  })

  told('a cookie that means nothing is no cookie: a fresh session, and 200', async (world) => {
    for (const value of ['', '%', 'null', 'a'.repeat(5000)]) {
      const browser = world.browser()
      browser.cookies.set('session', value)
      assertNoCookie(await browser.get('/read'), value.slice(0, 10))
      await post(browser, '/set?key=theme&value=dark')
      assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
    }
  })

  told('a handler that throws after a read of the session is a 500, and the session is as it was', async (world) => {
    const browser = await loggedIn(world)
    assert.equal((await quietly(() => browser.post('/throw'))).status, 500)
    assert.equal(await read(browser, '/me'), 'ada')
  })
})

describe.each(CELLS.filter(({ backend }) => isStored(backend)))('$adapter, $backend', (cell) => {
  test('a corrupt record is no session, not a crash, and the next write starts anew', () =>
    tellIn(cell, async (world) => {
      for (const corrupt of ['', 'null', '[]', '{', '{"v":2,"c":0,"d":{}}', '{"v":1,"c":0,"d":[]}', '"text"', '[1,2']) {
        const browser = await loggedIn(world)
        const { publicId } = (await read(browser, '/facts')) as { publicId: string }
        const entry = await world.store.find(publicId)
        assert.ok(entry)
        const next = { ...entry, value: corrupt, version: entry.version + 1 }
        assert.equal(await world.store.replace(publicId, next, entry.version, world.clock()), 'done')
        assert.equal(await read(browser, '/me'), null, corrupt)
        assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'undecodable', corrupt)
        await post(browser, '/set?key=theme&value=dark')
        assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
      }
    }))
})
