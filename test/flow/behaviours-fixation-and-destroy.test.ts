/** What people expect of ids and of the end of a session, in every cell: fixation, destroy, auth. */
import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { assertNoCookie, bodyOf, cookieNames, loggedIn, post, read } from '../support/answers.ts'
import { isStored } from '../support/backends.ts'
import { CELLS, tellIn } from '../support/laws.ts'
import { ORIGIN, type World } from '../support/world.ts'

const SERVER_SIDE = CELLS.filter(({ backend }) => isStored(backend))

describe.each(CELLS)('$adapter, $backend', (cell) => {
  const told = (title: string, tell: (world: World) => Promise<void>) => test(title, () => tellIn(cell, tell))

  told('a new id keeps the data and sends another cookie value', async (world) => {
    const browser = await loggedIn(world)
    await post(browser, '/set?key=theme&value=dark')
    const before = browser.cookies.get('session')
    const { publicId } = (await read(browser, '/facts')) as { publicId: string }
    assert.deepEqual(cookieNames(await post(browser, '/regenerate')), ['session'])
    assert.notEqual(browser.cookies.get('session'), before)
    assert.notEqual(((await read(browser, '/facts')) as { publicId: string }).publicId, publicId)
    assert.equal(await read(browser, '/read?key=theme'), 'dark')
    assert.equal(await read(browser, '/me'), 'ada')
  })

  told('an id that was planted before the login is not the one after it', async (world) => {
    const thief = world.browser()
    await post(thief, '/set?key=planted')
    const victim = thief.copy()
    await post(victim, '/login')
    assert.notEqual(victim.cookies.get('session'), thief.cookies.get('session'))
    assert.equal(await read(victim, '/me'), 'ada')
    assert.equal(await read(thief, '/me'), null)
    assert.deepEqual(await read(victim, '/keys'), {})
  })

  told('destroy clears the cookie with the attributes it was set with', async (world) => {
    const browser = world.browser()
    const [set = ''] = (await post(browser, '/set?key=theme')).headers.getSetCookie()
    const cleared = (await post(browser, '/destroy')).headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('session='))
    assert.deepEqual(attributesOf(set), ['httponly', 'path=/', 'samesite=lax'])
    const ending = ['expires=thu, 01 jan 1970 00:00:00 gmt', 'max-age=0']
    assert.deepEqual(attributesOf(cleared ?? ''), [...attributesOf(set), ...ending].sort())
    assert.match(cleared ?? '', /^session=;/)
    assert.deepEqual([...browser.cookies], [])
    assert.deepEqual(await read(browser, '/keys'), {})
  })

  told('destroy without a session cookie sets no cookie', async (world) => {
    for (const path of ['/destroy', '/logout', '/use-after-destroy']) {
      assertNoCookie(await post(world.browser(), path), path)
    }
  })

  told('a session that is emptied stays, and is empty', async (world) => {
    const browser = world.browser()
    await post(browser, '/set?key=theme')
    await post(browser, '/clear')
    assert.deepEqual(await read(browser, '/keys'), {})
    assert.equal(((await read(browser, '/facts')) as { isNew: boolean }).isNew, false)
  })

  told('a guarded page sends a person to the login and back, and a program a 401', async (world) => {
    const html = { accept: 'text/html' }
    const person = await world.browser().get('/private?page=2', html)
    assert.deepEqual([person.status, person.headers.get('location')], [302, '/login?next=%2Fprivate%3Fpage%3D2'])
    assert.equal((await world.browser().get('/private')).status, 401)
    const posted = await world.browser().post('/private', undefined, html)
    assert.deepEqual([posted.status, posted.headers.get('location')], [303, '/login'])
    assert.equal(await read(await loggedIn(world), '/private'), 'ada')
  })

  told('a guarded page is shown to no method without a login; a preflight gets an empty answer', async (world) => {
    const preflight = await world.browser().request('/private', { method: 'OPTIONS' })
    assert.deepEqual([preflight.status, await preflight.text()], [200, ''])
    for (const method of ['HEAD', 'PUT', 'DELETE', 'PURGE']) {
      const headers = { 'access-control-request-method': 'GET', origin: ORIGIN }
      assert.equal((await world.browser().request('/private', { method, headers })).status, 401, method)
    }
  })

  told('a user who is gone is logged out, and the stored login is cleared', async (world) => {
    const browser = await loggedIn(world)
    await post(browser, '/set?key=private')
    world.users.delete('ada')
    const answer = await browser.get('/me')
    assert.deepEqual([await bodyOf(answer), cookieNames(answer)[0]], [null, 'session'])
    assert.deepEqual([...browser.cookies], [])
  })

  told('what is kept after a user was found to be gone belongs to a new session of nobody', async (world) => {
    const browser = await loggedIn(world)
    await post(browser, '/set?key=private')
    world.users.delete('ada')
    const before = browser.cookies.get('session')
    assert.equal(await bodyOf(await post(browser, '/me-and-set?key=theme&value=dark')), null)
    assert.notEqual(browser.cookies.get('session'), before)
    assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
    world.users.set('ada', { id: 'ada' })
    assert.equal(await read(browser, '/me'), null)
  })

  told('logging in as somebody else leaves nothing of the one before', async (world) => {
    const browser = await loggedIn(world)
    await post(browser, '/set?key=private')
    await post(browser, '/flash?key=note')
    await post(browser, '/login?user=bob')
    assert.equal(await read(browser, '/me'), 'bob')
    assert.deepEqual(await read(browser, '/keys'), {})
    assert.deepEqual(await bodyOf(await browser.post('/take?key=note')), [])
  })
})

describe.each(SERVER_SIDE)('$adapter, $backend', (cell) => {
  test('the old id stops working with the new one, and destroy ends the record', () =>
    tellIn(cell, async (world) => {
      const browser = await loggedIn(world)
      const copies = [browser.copy()]
      await post(browser, '/regenerate')
      copies.push(browser.copy())
      await post(browser, '/destroy')
      for (const copy of copies) assert.equal(await read(copy, '/me'), null)
    }))
})

function attributesOf(cookie: string): string[] {
  const [, ...attributes] = cookie.split('; ')
  return attributes.map((attribute) => attribute.toLowerCase()).sort()
}
