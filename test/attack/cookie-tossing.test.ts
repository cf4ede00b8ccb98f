/**
 * A neighbour on a sibling subdomain, who can put cookies beside ours: of the same name, of names that some parser takes
 * for it, and quotes that swallow what stands between them.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { bodyOf, eventsOf, loggedIn, post, read } from '../support/answers.ts'
import {
  ask,
  assertOpensNothing,
  attack,
  cookieHeader,
  EVERYWHERE,
  type RawWorld,
  sessionCookie,
  startRawWorld,
} from '../support/attack.ts'
import { SECRET } from '../support/world.ts'

attack(
  'the neighbour’s own good session beside the victim’s is taken by nobody, in either order',
  EVERYWHERE,
  async (world) => {
    const victim = cookieHeader(await loggedIn(world))
    const neighbour = cookieHeader(await loggedIn(world, 'bob'))
    for (const cookie of [
      `${neighbour}; ${victim}`,
      `${victim}; ${neighbour}`,
      `${neighbour}; ${victim}; ${neighbour}`,
    ]) {
      await assertOpensNothing(world, cookie, 'two good sessions')
    }
    assert.equal(eventsOf(world, 'session-rejected').at(-1)?.reason, 'forged', 'and it is told')
  },
)

attack(
  'what the victim does beside the neighbour’s cookie does not end up in the neighbour’s session',
  EVERYWHERE,
  async (world) => {
    const neighbour = await loggedIn(world, 'bob')
    const victim = await loggedIn(world)
    const both = `${cookieHeader(neighbour)}; ${cookieHeader(victim)}`
    const answer = await world.browser().post('/set?key=card&value=of-the-victim', undefined, { cookie: both })
    assert.equal(answer.status, 200)
    assert.equal(await read(neighbour, '/read?key=card'), null)
    assert.equal(await read(victim, '/read?key=card'), null)
    await world.browser().post('/logout', undefined, { cookie: both })
    assert.deepEqual(
      [await read(neighbour, '/me'), await read(victim, '/me')],
      ['bob', 'ada'],
      'and nobody is logged out',
    )
  },
)

attack('a login beside the neighbour’s cookie is the victim’s, in a session of its own', EVERYWHERE, async (world) => {
  const neighbour = await loggedIn(world, 'bob')
  const other = await loggedIn(world, 'bob')
  const victim = world.browser()
  const both = `${cookieHeader(neighbour)}; ${cookieHeader(other)}`
  const answer = await victim.post('/login', undefined, { cookie: both })
  assert.equal(answer.status, 200)
  assert.equal(await read(victim, '/me'), 'ada')
  assert.equal(await read(neighbour, '/me'), 'bob')
})

attack('junk of our name beside the victim’s cookie changes nothing', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  const [name] = sessionCookie(browser)
  for (const junk of ['', '""', 'null', 'undefined', '0', 'x'.repeat(3000)]) {
    for (const cookie of [`${name}=${junk}; ${cookieHeader(browser)}`, `${cookieHeader(browser)}; ${name}=${junk}`]) {
      assert.deepEqual(await ask(world, '/me', cookie), [200, 'ada'])
    }
  }
})

// The bytes of a header as they are, on a socket: no client library has put them right.

const NAME = '__Host-Http-session'

let raw: RawWorld
let neighbour: string
beforeEach(async () => {
  raw = await startRawWorld({ backend: 'client-side' })
  neighbour = sessionCookie(await loggedIn(raw.world, 'bob'))[1]
})
afterEach(() => raw.world.close())

/** White space of every language, as UTF-8 and, where there is one, as the byte of Latin-1. */
const SPACES = [
  0x85, 0xa0, 0x1680, 0x180e, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x200b, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
].flatMap((code) => {
  const text = String.fromCharCode(code)
  return [Buffer.from(text).toString('latin1'), ...(code < 256 ? [text] : [])]
})

/** Names that are ours to one parser or another, and not by RFC 6265bis. */
function lookalikes(name: string): string[] {
  const percent = [...name].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('')
  return [
    name.toUpperCase(),
    name.toLowerCase(),
    percent,
    percent.slice(0, 3) + name.slice(1),
    `%20${name}`,
    `${name}%20`,
    `${name}%00`,
    `"${name}"`,
    `'${name}'`,
    `$${name}`,
    `.${name}`,
    `${name}.`,
    `${name}[]`,
    `${name}[0]`,
    `=${name}`,
    ` =${name}`,
    `x=${name}`,
    `$Version=1,${name}`,
    `$Version="1",${name}`,
    `x=1,${name}`,
    `x=1, ${name}`,
    `a b ${name}`,
    `Cookie: ${name}`,
    ...SPACES.flatMap((space) => [space + name, name + space, space + name + space]),
  ].filter((lookalike) => lookalike !== name)
}

test('no name that looks like ours passes the neighbour’s session off as the victim’s', async () => {
  for (const name of lookalikes('session')) {
    expect([name, await me(`${name}=${neighbour}`)]).toEqual([name, 'null'])
    expect([name, await me(`theme=dark; ${name}=${neighbour}; lang=en`)]).toEqual([name, 'null'])
  }
  expect(await me(`session=${neighbour}`)).toBe('"bob"')
})

test('beside the victim’s cookie no such name is seen at all', async () => {
  const victim = cookieHeader(await loggedIn(raw.world))
  for (const name of lookalikes('session')) {
    expect([name, await me(`${name}=${neighbour}; ${victim}`)]).toEqual([name, '"ada"'])
    expect([name, await me(`${victim}; ${name}=${neighbour}`)]).toEqual([name, '"ada"'])
  }
})

test('quotes and attributes of old cookies swallow nothing and give nothing away', async () => {
  const victim = cookieHeader(await loggedIn(raw.world))
  for (const [header, expected] of [
    [`$Version=1; a="x; ${victim}; b=y"`, '"ada"'],
    [`a="x; ${victim}; b=y"`, '"ada"'],
    [`$Version="1"; ${victim}; $Path="/"; $Domain="evil.test"`, '"ada"'],
    [`$Version=1; session="${neighbour}"; $Path="/"`, 'null'],
    [`session="${neighbour}"; ${victim}`, '"ada"'],
    [`session="${neighbour}; x="; ${victim}`, '"ada"'],
    [`${victim}, session=${neighbour}`, 'null'],
  ] as const) {
    expect([header.replace(/[\w-]{40,}/g, '…'), await me(header)]).toEqual([
      header.replace(/[\w-]{40,}/g, '…'),
      expected,
    ])
  }
})

test('a second Cookie header counts as the same one', async () => {
  const victim = cookieHeader(await loggedIn(raw.world))
  expect(await me(`theme=dark\r\nCookie: ${victim}`)).toBe('"ada"')
  expect(await me(`${victim}\r\nCookie: session=${neighbour}`)).toBe('null')
})

test('a name with a prefix is compared byte for byte', async () => {
  const sessions = createSessions({ origin: 'https://app.test', secret: SECRET })
  const good = await cookieFor(sessions, { owner: 'ada' })
  const evil = (await cookieFor(sessions, { owner: 'bob' })).slice(NAME.length + 1)
  expect(good.startsWith(`${NAME}=`)).toBe(true)
  const names = [
    ...lookalikes(NAME),
    'session',
    '__Host-session',
    '__Http-session',
    '__Secure-session',
    '__host-http-session',
    '..Host-Http-session',
  ]
  for (const name of names) {
    expect([name, (await sessions.peek({ cookie: `${name}=${evil}` }))?.ownerId]).toEqual([name, undefined])
    expect([name, (await sessions.peek({ cookie: `${name}=${evil}; ${good}` }))?.ownerId]).toEqual([name, 'ada'])
  }
})

test('a write in answer to tossed cookies sets one cookie, and the next request is of that session', async () => {
  const victim = raw.world.browser()
  const cookie = lookalikes('session')
    .filter((name) => /^[\x21-\x7e]+$/.test(name))
    .map((name) => `${name}=${neighbour}`)
    .join('; ')
  const answer = await victim.post('/login', undefined, { cookie })
  expect(answer.headers.getSetCookie()).toHaveLength(1)
  expect(await bodyOf(await victim.get('/me'))).toBe('ada')
  await post(victim, '/set?key=theme')
  expect(await read(victim, '/keys')).toEqual({ theme: 'value' })
})

/** The body of `/me` for a Cookie header of these bytes. */
async function me(cookie: string): Promise<string> {
  const bytes = `GET /me HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`
  const answer = await raw.wire.talk(Buffer.from(bytes, 'latin1'))
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}
