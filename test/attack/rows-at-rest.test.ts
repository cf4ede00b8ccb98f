/** Who can write to the database, and reads everything in it, against rows that are sealed at rest. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '../../src/store/store.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, eventsOf, loggedIn, post, read } from '../support/answers.ts'
import { OLD_SECRET, SECRET, startWorld, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld({ adapter: 'node', backend: 'sealed at rest' })
})
afterEach(() => world.close())

test('another user’s row under one’s own key opens nothing', async () => {
  const mallory = await loggedIn(world, 'bob')
  const victim = await loggedIn(world)
  await plant(mallory, await rowOf(victim))
  await expectUndecodable(mallory)
  expect(await read(victim, '/me')).toBe('ada')
})

test('one’s own row under another owner opens nothing', async () => {
  const mallory = await loggedIn(world, 'bob')
  const row = await rowOf(mallory)
  await plant(mallory, { ...row, ownerId: 'ada' })
  await expectUndecodable(mallory)
  await plant(mallory, withoutOwner(row))
  await expectUndecodable(mallory)
})

test('an older row of the same session, put back under a newer version, opens nothing', async () => {
  const mallory = await loggedIn(world)
  const before = await rowOf(mallory)
  await post(mallory, '/set?key=banned&value=yes')
  const { version } = await rowOf(mallory)
  await plant(mallory, { ...before, version })
  await expectUndecodable(mallory)
})

test('an anonymous row does not become a login by naming an owner', async () => {
  const mallory = world.browser()
  await post(mallory, '/set?key=cart')
  await plant(mallory, { ...(await rowOf(mallory)), ownerId: 'ada' })
  await expectUndecodable(mallory)
})

test('a plain row opens nothing, and with acceptPlain is read and sealed by the next write', async () => {
  const plain = await world.sibling({ sealAtRest: false })
  const tolerant = await world.sibling({ sealAtRest: { acceptPlain: true } })
  const browser = world.browser()
  await post(browser, plain.at('/login'))
  await post(browser, plain.at('/set?key=theme&value=dark'))
  const row = await rowOf(browser)
  expect(row.value).toContain('dark')
  await expectUndecodable(browser)
  expect(await read(browser, tolerant.at('/read?key=theme'))).toBe('dark')
  expect((await tolerant.sessions.list('ada')).length).toBe(1)
  await post(browser, tolerant.at('/set?key=lang&value=en'))
  expect((await rowOf(browser)).value).toMatch(/^s1\./)
  expect(await read(browser, '/keys')).toEqual({ theme: 'dark', lang: 'en' })
})

test('who switches it off goes on reading what was sealed, and writes plainly', async () => {
  const plain = await world.sibling({ sealAtRest: false })
  const browser = await loggedIn(world)
  await post(browser, '/set?key=theme&value=dark')
  expect(await read(browser, plain.at('/read?key=theme'))).toBe('dark')
  expect(await plain.sessions.list('ada')).toHaveLength(1)
  await post(browser, plain.at('/set?key=lang&value=en'))
  expect((await rowOf(browser)).value).toContain('dark')
})

test('rows under an old secret are read while it is listed, and sealed under the first by the next write', async () => {
  const old = await world.sibling({ secret: OLD_SECRET })
  const both = await world.sibling({ secret: [SECRET, OLD_SECRET] })
  const browser = world.browser()
  await post(browser, old.at('/login'))
  await post(browser, old.at('/set?key=theme&value=dark'))
  expect(await read(browser, both.at('/read?key=theme'))).toBe('dark')
  expect(await both.sessions.list('ada')).toHaveLength(1)
  expect(await world.sessions.list('ada')).toEqual([])
  await post(browser, both.at('/set?key=lang&value=en'))
  expect(await read(browser, '/keys')).toEqual({ theme: 'dark', lang: 'en' })
  expect(await world.sessions.list('ada')).toHaveLength(1)
})

test('a session that no list can show ends with all others all the same', async () => {
  const old = await world.sibling({ secret: OLD_SECRET })
  const browser = world.browser()
  await post(browser, old.at('/login'))
  await world.sessions.revokeAll('ada')
  expect(await read(browser, old.at('/me'))).toBe(null)
})

test('a row with any byte of its record changed, cut or added opens nothing', async () => {
  const browser = await loggedIn(world)
  const row = await rowOf(browser)
  const [format, summary, body = ''] = row.value.split('.')
  const bytes = Buffer.from(body, 'base64url')
  const changed = [...bytes.keys()].map((at) => {
    const copy = Buffer.from(bytes)
    copy[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    return copy
  })
  const wrong = [...changed, bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), Buffer.alloc(0)]
  const cookie = headerOf(browser)
  const seen = new Set<unknown>()
  for (const each of wrong) {
    await plant(browser, { ...row, value: [format, summary, each.toString('base64url')].join('.') })
    seen.add(await world.sessions.peek({ cookie }))
  }
  expect([...seen]).toEqual([null])
  expect(new Set(eventsOf(world, 'session-rejected').map(({ reason }) => reason))).toEqual(new Set(['undecodable']))
  await plant(browser, row)
  expect(await read(browser, '/me')).toBe('ada')
})

test('rows of any shape open nothing, list nothing and throw nothing', async () => {
  const browser = await loggedIn(world)
  const row = await rowOf(browser)
  const [, summary = '', body = ''] = row.value.split('.')
  const shapes = ['', 's1', 's1.', 's1..', `s1.${summary}`, `s1.${body}.${summary}`, `s2.${summary}.${body}`, 's1.é.é']
  const odd = [...shapes, `s1.${body}`, '{}', '[]', 'null', '{"v":1,"c":0,"d":{}}', `${'s1.'.repeat(10_000)}`, '\0']
  for (const value of odd) {
    await plant(browser, { ...row, value })
    const answer = await browser.get('/me')
    expect([value.slice(0, 20), answer.status, await bodyOf(answer)]).toEqual([value.slice(0, 20), 200, null])
    // A summary by itself is enough for a list.
    if (value !== `s1.${summary}`)
      expect([value.slice(0, 20), await world.sessions.list('ada')]).toEqual([value.slice(0, 20), []])
  }
})

test('the summary of one row beside the record of another lists nothing', async () => {
  const mine = await loggedIn(world)
  const theirs = await loggedIn(world)
  const row = await rowOf(mine)
  const [format, , body] = row.value.split('.')
  const [, summary] = (await rowOf(theirs)).value.split('.')
  await plant(mine, { ...row, value: [format, summary, body].join('.') })
  expect((await world.sessions.list('ada')).map(({ publicId }) => publicId)).toEqual([await publicIdOf(theirs)])
})

test('keys like __proto__ are data, sealed or not', async () => {
  const browser = await loggedIn(world)
  const json = encodeURIComponent('{"__proto__":{"admin":true},"constructor":1}')
  for (const key of ['__proto__', 'constructor', 'toString']) await post(browser, `/set?key=${key}&json=${json}`)
  const kept = JSON.stringify(await read(browser, '/read?key=__proto__'))
  expect(kept).toBe('{"__proto__":{"admin":true},"constructor":1}')
  expect(await read(browser, '/read?key=admin')).toBe(null)
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
})

async function publicIdOf(browser: Jar): Promise<string> {
  const glance = await world.sessions.peek({ cookie: headerOf(browser) })
  if (glance === null) throw new Error('This browser has no session')
  return glance.publicId
}

/** By the key that the cookie leads to, whatever is under it now. */
async function rowOf(browser: Jar): Promise<Entry> {
  const row = await world.store.find(await keyOf(browser))
  if (row === null) throw new Error('This browser has no row')
  return row
}

const keys = new Map<string, string>()

async function keyOf(browser: Jar): Promise<string> {
  const cookie = headerOf(browser)
  const known = keys.get(cookie)
  if (known !== undefined) return known
  // Asked for while the row was still as it should be, by a process that reads everything.
  const all = await world.sibling({ secret: [SECRET, OLD_SECRET], sealAtRest: { acceptPlain: true } })
  const glance = await all.sessions.peek({ cookie })
  if (glance === null) throw new Error('This browser has no session')
  keys.set(cookie, glance.publicId)
  return glance.publicId
}

/** Writes what is to be there, past everything but the store. */
async function plant(browser: Jar, entry: Entry): Promise<void> {
  const key = await keyOf(browser)
  const held = await world.store.find(key)
  const now = world.clock()
  expect(await world.store.replace(key, entry, held?.version ?? 0, now)).toBe('done')
}

function withoutOwner({ ownerId: _, ...entry }: Entry): Entry {
  return entry
}

function headerOf({ cookies }: Jar): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

async function expectUndecodable(browser: Jar): Promise<void> {
  expect(await read(browser, '/me')).toBe(null)
  expect(await read(browser, '/keys')).toEqual({})
  expect(eventsOf(world, 'session-rejected').at(-1)?.reason).toBe('undecodable')
}
