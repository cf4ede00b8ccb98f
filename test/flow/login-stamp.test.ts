/** A user's stamp: what is begun under one ends when it changes, in every mode, and the stamp itself is kept nowhere. */
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { attachSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { edgeOf } from '../../src/session/edge.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, codeOf, cookieNames, factsOf, post, read } from '../support/answers.ts'
import { isStored } from '../support/backends.ts'
import { tellEach } from '../support/laws.ts'
import type { User } from '../support/story-app.ts'
import { OLD_SECRET, ORIGIN, SECRET, type World } from '../support/world.ts'

const STAMP = 'argon2id-of-the-first-password'
const auth = { stamp: (user: User) => user.stamp ?? '' }

function setStamp({ users }: World, stamp: string, id = 'ada'): void {
  users.set(id, { id, stamp })
}

async function logIn(world: World, path = '/login'): Promise<Jar> {
  const browser = world.browser()
  await post(browser, path)
  return browser
}

describe('a changed password', () => {
  tellEach(
    'everywhere',
    'ends every session of the user at its next request, and nobody else’s',
    async (world) => {
      setStamp(world, STAMP)
      const other = await world.sibling()
      const browsers = [await logIn(world), await logIn(world, '/login?remember'), await logIn(world)]
      const bob = await logIn(world, '/login?user=bob')
      for (const browser of browsers) assert.equal(await read(browser, '/private'), 'ada')
      setStamp(world, 'of the second password')
      for (const [n, browser] of browsers.entries()) {
        const copy = browser.copy()
        const answer = await browser.get(n === 2 ? other.at('/private') : '/private')
        assert.deepEqual(await codeOf(answer), [401, 'LOGIN_REQUIRED'])
        assert.equal(cookieNames(answer).includes('session'), true, 'the cookie is cleared')
        assert.deepEqual([...browser.cookies], [])
        assert.equal(await read(copy, '/me'), null, 'nor does a copy open anything')
      }
      assert.equal(await read(bob, '/private'), 'bob')
      await post(browsers[0] as Jar, '/login')
      assert.equal(await read(browsers[0] as Jar, '/private'), 'ada')
    },
    { auth },
  )

  tellEach(
    'everywhere',
    'back to what it was revives no session that was met meanwhile',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world)
      const copy = browser.copy()
      setStamp(world, 'another')
      assert.equal(await read(browser, '/me'), null)
      setStamp(world, STAMP)
      assert.equal(await read(browser, '/me'), null)
      // Client-side without revocation nobody could write down that it ended.
      assert.equal(await read(copy, '/me'), world.backend === 'client-side' ? 'ada' : null)
    },
    { auth },
  )

  tellEach(
    'everywhere',
    'also ends a login that waits for its second factor',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world, '/login?pending')
      assert.equal(await read(browser, '/pending'), 'ada')
      setStamp(world, 'another')
      assert.equal(await bodyOf(await post(browser, '/complete')), null)
      assert.deepEqual([...browser.cookies], [])
      setStamp(world, STAMP)
      assert.equal(await read(browser, '/pending'), null)
    },
    { auth },
  )

  tellEach(
    'everywhere',
    'leaves nothing of the session to what is kept afterwards in the same request',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world)
      await post(browser, '/set?key=private')
      setStamp(world, 'another')
      assert.equal(await bodyOf(await post(browser, '/me-and-set?key=theme&value=dark')), null)
      assert.deepEqual(await read(browser, '/keys'), { theme: 'dark' })
      const { ownerId, authenticatedAt } = await factsOf(browser)
      assert.deepEqual([ownerId, authenticatedAt], [null, null])
    },
    { auth },
  )

  tellEach(
    'everywhere',
    'is seen by the request after the one that is running, which goes on with the user it found',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world)
      const running = browser.post('/private?after=gate')
      await world.gate('gate').arrived()
      setStamp(world, 'another')
      assert.equal(await read(world.browser(), '/untouched'), 'untouched')
      const next = await browser.copy().get('/private')
      assert.equal(next.status, 401)
      world.gate('gate').open()
      const answer = await running
      assert.deepEqual([answer.status, await bodyOf(answer)], [200, 'ada'])
      assert.equal(cookieNames(answer).includes('session'), false, 'it brings nothing back')
      assert.equal(await read(browser, '/me'), null)
    },
    { auth },
  )

  tellEach(
    'everywhere',
    'and a user who was deleted ends their sessions, too',
    async (world) => {
      setStamp(world, STAMP)
      const [browser, waiting] = [await logIn(world), await logIn(world, '/login?pending')]
      world.users.delete('ada')
      assert.equal((await browser.get('/private')).status, 401)
      assert.equal(await read(waiting, '/pending'), null)
      assert.deepEqual([[...browser.cookies], [...waiting.cookies]], [[], []])
    },
    { auth },
  )
})

describe('of the stamp', () => {
  tellEach(
    'everywhere',
    'a MAC is kept and nothing else: not in the store, not on disk, not in the record that a cookie opens',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world)
      await post(browser, '/set?key=theme')
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const record = edgeOf(world.sessions)
        .visitOf(await world.sessions.open({ cookie }))
        .held()?.record
      assert.match(record?.stamp ?? '', /^[\w-]{22}$/)
      const kept = [JSON.stringify(record), world.told.join('\n'), await world.bytesKept()].join('\n')
      for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        const needle = Buffer.from(STAMP).toString(encoding).replace(/=+$/, '')
        assert.equal(kept.includes(needle), false, encoding)
      }
      if (isStored(world.backend)) {
        const isReadable = world.told.join('\n').includes(record?.stamp ?? 'none')
        assert.equal(isReadable, !world.backend.startsWith('sealed at rest'), 'the search finds what is there')
      }
    },
    { auth, more: [{ adapter: 'node', backend: 'sealed at rest in sqlite' }] },
  )

  tellEach(
    'everywhere',
    'a MAC by an old secret still counts, one by a secret that is gone does not',
    async (world) => {
      setStamp(world, STAMP)
      const browser = await logIn(world)
      const rotated = await world.sibling({ secret: [OLD_SECRET, SECRET] })
      const alone = await world.sibling({ secret: OLD_SECRET })
      assert.equal(await read(browser, rotated.at('/me')), 'ada')
      await post(browser, rotated.at('/set?key=theme'))
      assert.equal(await read(browser, rotated.at('/me')), 'ada')
      // The cookie opens by now, and the MAC of the login was made under the other secret.
      assert.equal(await read(browser, alone.at('/me')), null)
    },
    { auth },
  )

  tellEach('everywhere', 'a session from before the option has none, and ends with it', async (world) => {
    setStamp(world, STAMP)
    const browser = await logIn(world)
    const waiting = await logIn(world, '/login?pending')
    const stamped = await world.sibling({}, auth)
    assert.equal(await read(browser, '/me'), 'ada')
    assert.equal(await read(browser, stamped.at('/me')), null)
    assert.equal(await read(waiting, stamped.at('/pending')), null)
    await post(browser, stamped.at('/login'))
    assert.equal(await read(browser, stamped.at('/me')), 'ada')
  })

  tellEach('everywhere', 'a session with one lives on where the option is taken away', async (world) => {
    setStamp(world, STAMP)
    const stamped = await world.sibling({}, auth)
    const browser = await logIn(stamped, stamped.at('/login'))
    assert.equal(await read(browser, '/me'), 'ada')
  })
})

test.each([
  ['a promise', async () => STAMP],
  ['nothing', () => undefined],
  ['null', () => null],
  ['an object', () => ({})],
])('a stamp that is %s is refused at the login, for it would never change', async (_, stamp) => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  const badAuth = createAuth(sessions, { findUser: (id): User => ({ id }), stamp: stamp as () => string })
  const request = await attached(sessions)
  await expect(badAuth.login(request, { id: 'ada' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    details: { option: 'stamp' },
  })
})

async function attached(sessions: World['sessions']): Promise<Request> {
  const request = new Request(`${ORIGIN}/login`, { method: 'POST', headers: { origin: ORIGIN } })
  await attachSession(sessions, request)
  return request
}
