/**
 * Law 7: a cookie this app did not make never reaches the store, and no input throws.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Jar } from '../../../src/testing/jar.ts'
import { assertNoCookie, bodyOf, eventsOf, loggedIn, post, quietly, read } from '../../support/answers.ts'
import { everywhere, type Law, serverSide } from '../../support/laws.ts'
import { schemaOf, slowSchema, themeSchema } from '../../support/theme-schema.ts'
import { OLD_SECRET, type World } from '../../support/world.ts'

export const strangersStayOutside: Law = {
  number: 7,
  name: 'Strangers do not reach the store',
  stories: [
    everywhere('10,000 random cookies open nothing and never reach the store', async (world) => {
      const [name, value] = cookieOf(await loggedIn(world))
      const perRequest = 200
      const requests = Array.from({ length: 50 }, (_, request) =>
        Array.from({ length: perRequest }, (_, n) => `${name}=${invented(value, request * perRequest + n)}`).join('; '),
      )
      await assertRefused(world, requests)
    }),

    everywhere('garbage of every shape opens nothing and never reaches the store', async (world) => {
      const [name, value] = cookieOf(await loggedIn(world))
      const shapes = [
        '',
        ' ',
        '=',
        '""',
        `"${value}"`,
        'undefined',
        'null',
        '{}',
        '%00',
        '%',
        '../../etc/passwd',
        "' OR 1=1 --",
        'é',
        `${value}=`,
        `${value}.${value}`,
        value.slice(1),
        value.slice(0, -1),
        value.toUpperCase(),
        `A${value}`,
        Buffer.from(value, 'base64url').toString('base64'),
        Buffer.from(value, 'base64url').toString('hex'),
        'A'.repeat(value.length),
        'A'.repeat(100 * 1024),
        value.repeat(40),
      ]
      const wholes = [
        '',
        '=',
        ';',
        ';;;',
        name,
        `${name}`,
        `=${value}`,
        `${name} ${value}`,
        `x${name}=${value}`,
        `${name},=1`,
      ]
      await assertRefused(world, [...shapes.map((shape) => `${name}=${shape}`), ...wholes])
    }),

    everywhere('a cookie with any one character changed opens nothing', async (world) => {
      const [name, value] = cookieOf(await loggedIn(world))
      const changed = Array.from(value, (character, at) => {
        // The last character of base64url may hold bits that belong to no byte: only another byte is another cookie.
        const other = character === 'w' || character === 'A' ? 'g' : 'A'
        return `${name}=${value.slice(0, at)}${other}${value.slice(at + 1)}`
      })
      const chunks = Array.from({ length: Math.ceil(changed.length / 20) }, (_, n) =>
        changed.slice(n * 20, n * 20 + 20),
      )
      await assertRefused(
        world,
        chunks.map((chunk) => chunk.join('; ')),
      )
    }),

    everywhere('a cookie of another name, another secret or the other purpose opens nothing', async (world) => {
      const [name, value] = cookieOf(await loggedIn(world))
      const otherName = await world.sibling({ cookie: { name: 'other' } })
      const otherSecret = await world.sibling({ secret: OLD_SECRET })
      const strangers: string[] = []
      for (const other of [otherName, otherSecret]) {
        const browser = world.browser()
        await post(browser, other.at('/login'))
        strangers.push(cookieOf(browser)[1])
      }
      world.clock.advance('10m')
      const seen = world.browser()
      seen.cookies.set(name, value)
      await seen.get('/read')
      for (const [cookie, text] of seen.cookies) if (cookie !== name) strangers.push(text)
      await assertRefused(
        world,
        strangers.map((text) => `${name}=${text}`),
      )
    }),

    everywhere('two cookies of our name that open different sessions open none', async (world) => {
      const [name, ada] = cookieOf(await loggedIn(world))
      const [, bob] = cookieOf(await loggedIn(world, 'bob'))
      for (const cookie of [`${name}=${ada}; ${name}=${bob}`, `${name}=${bob}; ${name}=${ada}`]) {
        assert.deepEqual(await whoIs(world, cookie), [200, null])
      }
      assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'forged')
      assert.deepEqual(await whoIs(world, `${name}=${ada}; ${name}=${ada}`), [200, 'ada'])
      assert.deepEqual(await whoIs(world, `${name}=nonsense; ${name}=${ada}`), [200, 'ada'])
    }),

    serverSide('every reason for "no session" is told in an event', async (world) => {
      const reason = () => eventsOf(world, 'session-rejected').at(-1)?.reason

      const nonsense = world.browser()
      nonsense.cookies.set('session', 'nonsense')
      await read(nonsense, '/me')
      assert.equal(reason(), 'undecodable')

      const otherSecret = await world.sibling({ secret: OLD_SECRET })
      const forged = world.browser()
      await post(forged, otherSecret.at('/login'))
      await read(forged, '/me')
      assert.equal(reason(), 'forged')

      const superseded = await loggedIn(world)
      await post(superseded.copy(), '/regenerate')
      assert.equal(await read(superseded, '/me'), null)
      assert.equal(reason(), 'superseded')

      const revoked = await loggedIn(world)
      await post(revoked.copy(), '/logout')
      assert.equal(await read(revoked, '/me'), null)
      assert.equal(reason(), 'revoked')

      const corrupt = await loggedIn(world)
      await corruptRow(world, corrupt)
      assert.equal(await read(corrupt, '/me'), null)
      assert.equal(reason(), 'undecodable')

      const idle = await loggedIn(world)
      world.clock.advance('1h')
      assert.equal(await read(idle, '/me'), null)
      assert.equal(reason(), 'expired-idle')

      const old = await loggedIn(world)
      for (let half = 0; half < 48; half++) {
        assert.equal(await read(old, '/me'), 'ada')
        world.clock.advance('30m')
      }
      assert.equal(await read(old, '/me'), null)
      assert.equal(reason(), 'expired-absolute')

      world.clock.advance('2h')
      await world.sweep()
      assert.equal(await read(old, '/me'), null)
      assert.equal(reason(), 'unknown')
    }),

    everywhere('data that is not what the app expects is no session, with the reason `schema`', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=theme&value=purple')
      const strict = await world.sibling({ schema: themeSchema })
      const cookies = new Map(browser.cookies)
      for (const [path, expected] of [
        ['/me', null],
        ['/keys', {}],
      ] as const) {
        const answer = await browser.get(strict.at(path))
        assert.deepEqual([answer.status, await bodyOf(answer)], [200, expected])
        assertNoCookie(answer, path)
      }
      assert.equal(eventsOf(strict, 'session-rejected').at(-1)?.reason, 'schema')
      assert.equal(await strict.sessions.peek({ cookie: headerOf(cookies) }), null)
      await post(browser, strict.at('/set?key=theme&value=dark'))
      assert.deepEqual(await read(browser, strict.at('/keys')), { theme: 'dark', visits: 0 })
      assert.equal(await read(browser, strict.at('/me')), null, 'nothing of the refused session is in the new one')
    }),

    everywhere(
      'a session that nothing was put in yet passes any schema',
      async (world) => {
        const browser = world.browser()
        await post(browser, '/login')
        assert.equal(await read(browser, '/me'), 'ada')
        assert.deepEqual(await read(browser, '/keys'), {})
      },
      { schema: schemaOf(() => ({ issues: [{ message: 'never' }] })) },
    ),

    everywhere('what the schema makes of the data is what a handler sees, and what a write keeps', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=cart&value=full')
      const strict = await world.sibling({ schema: themeSchema })
      assert.deepEqual(await read(browser, strict.at('/keys')), { cart: 'full', theme: 'light', visits: 0 })
      const glance = await strict.sessions.peek({ cookie: headerOf(browser.cookies) })
      assert.deepEqual(glance?.data, { cart: 'full', theme: 'light', visits: 0 })
      assert.deepEqual(await read(browser, '/keys'), { cart: 'full' }, 'looking writes nothing')
      await post(browser, strict.at('/set?key=cart&value=empty'))
      assert.deepEqual(await read(browser, '/keys'), { cart: 'empty', theme: 'light', visits: 0 })
    }),

    serverSide('an update that is run again sees what the schema makes of the newer data', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=cart&value=full')
      const strict = await world.sibling({ schema: themeSchema })
      const stopped = strict.store.pause('replace')
      const slow = browser.post(strict.at('/double?key=visits'))
      await stopped.reached
      await post(browser, '/set?key=cart&value=empty')
      stopped.release()
      assert.deepEqual(await bodyOf(await slow), 1)
      assert.deepEqual(await read(browser, '/keys'), { cart: 'empty', theme: 'light', visits: 1 })
    }),

    everywhere('a schema that answers with a promise is an error that names the option', async (world) => {
      const browser = await loggedIn(world)
      await post(browser, '/set?key=theme&value=dark')
      const slow = await world.sibling({ schema: slowSchema })
      const answer = await quietly(() => browser.get(slow.at('/read?key=theme')))
      assert.equal(answer.status, 500)
      assertNoCookie(answer, 'a session that could not be judged')
      const cookie = headerOf(browser.cookies)
      const wrong = { code: 'OPTION_INVALID', details: { option: 'schema' }, message: /promise/ }
      await assert.rejects(slow.sessions.peek({ cookie }), wrong)
      await assert.rejects(async () => (await slow.sessions.open({ cookie })).get('theme'), wrong)
      assert.equal((await browser.get(slow.at('/untouched'))).status, 200)
    }),

    everywhere(
      'a schema that throws is an error at the first touch, with its own error as the cause',
      async (world) => {
        const browser = await loggedIn(world)
        await post(browser, '/set?key=theme&value=dark')
        const thrown = new Error('this schema is broken')
        const broken = await world.sibling({
          schema: schemaOf(() => {
            throw thrown
          }),
        })
        assert.equal((await quietly(() => browser.post(broken.at('/set?key=theme')))).status, 500)
        assert.equal((await browser.get(broken.at('/untouched'))).status, 200)
        const wrong = { code: 'OPTION_INVALID', cause: thrown }
        await assert.rejects(broken.sessions.peek({ cookie: headerOf(browser.cookies) }), wrong)
        await post(browser, broken.at('/logout'))
        assert.deepEqual([...browser.cookies.keys()], [], 'who cannot be judged can log out')
      },
    ),
  ],
}

function headerOf(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

function cookieOf(browser: Jar): [name: string, value: string] {
  const [cookie] = browser.cookies
  assert.ok(cookie, 'the browser has a cookie')
  return cookie
}

/** The same for every run: bytes that look random, cut to the length of a real cookie. */
function invented(real: string, n: number): string {
  const length = Buffer.from(real, 'base64url').length
  const first = Buffer.from(real, 'base64url').subarray(0, 1)
  const rest = createHash('shake256', { outputLength: length - 1 })
    .update(String(n))
    .digest()
  // Half of them begin with the right version, to get past the first look.
  return Buffer.concat([n % 2 === 0 ? first : rest.subarray(0, 1), rest]).toString('base64url')
}

async function assertRefused(world: World, cookieHeaders: readonly string[]): Promise<void> {
  if (world.backend !== 'client-side') world.store.reset()
  for (const cookie of cookieHeaders) {
    const answer = await world.browser().get('/keys', { cookie })
    const what = cookie.slice(0, 60)
    assert.deepEqual([answer.status, await bodyOf(answer)], [200, {}], what)
    assertNoCookie(answer, what)
  }
  if (world.backend !== 'client-side') assert.equal(world.store.total, world.store.calls.sweep)
}

async function whoIs(world: World, cookie: string): Promise<[status: number, user: unknown]> {
  const answer = await world.browser().get('/me', { cookie })
  return [answer.status, await bodyOf(answer)]
}

async function corruptRow(world: World, browser: Jar): Promise<void> {
  const { publicId } = (await read(browser, '/facts')) as { publicId: string }
  const entry = await world.store.find(publicId)
  assert.ok(entry)
  const next = { ...entry, value: entry.value.slice(0, -3), version: entry.version + 1 }
  assert.equal(await world.store.replace(publicId, next, entry.version, world.clock()), 'done')
}
