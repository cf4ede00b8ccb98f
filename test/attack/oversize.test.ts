/** An attacker who sends more than anybody keeps: long cookies, many cookies, long headers, long names. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bodyOf, loggedIn, read } from '../support/answers.ts'
import {
  assertNeverLookedUp,
  attack,
  cookieHeader,
  EVERYWHERE,
  type RawWorld,
  sessionCookie,
  startRawWorld,
} from '../support/attack.ts'
import type { Cell } from '../support/laws.ts'

const CLIENT_SIDE: readonly Cell[] = [
  { adapter: 'node', backend: 'client-side' },
  { adapter: 'web', backend: 'revocable' },
]

attack('a cookie of any length over what we make opens nothing', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  const lengths = [4095, 4096, 4097, 8_192, 16_384, 65_536, 262_144]
  const long = lengths.flatMap((length) => ['A'.repeat(length), value.padEnd(length, 'A'), value.padStart(length, 'A')])
  await assertNeverLookedUp(
    world,
    long.map((text) => `${name}=${text}`),
  )
})

attack('a thousand cookies of our name, none of them good, open nothing', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  for (const forged of ['x', value.slice(0, -1), `A${value.slice(1)}`, `${value.slice(0, -2)}AA`]) {
    if (forged === value) continue
    await assertNeverLookedUp(world, [Array.from({ length: 1000 }, () => `${name}=${forged}`).join('; ')])
  }
})

attack('one good cookie among a thousand is found, and asks the store once', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  const [name] = sessionCookie(browser)
  const crowd = Array.from({ length: 500 }, (_, n) => `${name}=${n}; other${n}=${n}`).join('; ')
  const cookie = `${crowd}; ${cookieHeader(browser)}; ${crowd}`
  if (world.backend === 'memory') world.store.reset()
  assert.equal(await bodyOf(await world.browser().get('/me', { cookie })), 'ada')
  if (world.backend === 'memory') assert.equal(world.store.calls.find, 1)
})

attack('names that are nearly ours, however long, are somebody else’s', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  const names = [
    name.repeat(1000),
    `${name}${'-'.repeat(9000)}`,
    `${'x'.repeat(9000)}${name}`,
    `${name}-seen`.repeat(500),
  ]
  await assertNeverLookedUp(
    world,
    names.map((other) => `${other}=${value}`),
  )
})

attack('what would not fit its cookie is a failure that sets none', CLIENT_SIDE, async (world) => {
  const browser = await loggedIn(world)
  const kept = cookieHeader(browser)
  for (const path of ['/set?size=4000', '/flash?size=4000', '/set?size=1000000', `/set?key=${'k'.repeat(5000)}`]) {
    const answer = await browser.post(path)
    assert.deepEqual([answer.status, answer.headers.getSetCookie()], [500, []], path.slice(0, 20))
  }
  assert.equal(cookieHeader(browser), kept)
  assert.equal(await read(browser, '/me'), 'ada')
  assert.deepEqual(browser.dropped, [])
})

let raw: RawWorld
beforeEach(async () => {
  raw = await startRawWorld({ backend: 'memory' })
})
afterEach(() => raw.world.close())

test('a header over what Node reads is refused by Node, and the next request is served', async () => {
  const browser = await loggedIn(raw.world)
  for (const size of [17_000, 100_000]) {
    const text = await raw.wire.talk(head(`Cookie: ${cookieHeader(browser)}; x=${'y'.repeat(size)}`))
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
    expect(text).not.toMatch(/set-cookie/i)
    expect(await read(browser, '/me')).toBe('ada')
  }
})

test('just under it, a header full of our name is served at its worst', async () => {
  const browser = await loggedIn(raw.world)
  for (const filler of ['session=; ', 'session ', 'session=', ';;;;;;;;', 'session=session=; ']) {
    const text = await raw.wire.talk(head(`Cookie: ${filler.repeat(Math.floor(15_000 / filler.length))}`))
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text).toMatch(/null$/)
  }
  expect(await read(browser, '/me')).toBe('ada')
})

function head(line: string): string {
  return `GET /me HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n${line}\r\n\r\n`
}
