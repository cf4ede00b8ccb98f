/** An attacker who changes cookies: a bit, a byte, their length, their alphabet, their parts. */
import assert from 'node:assert/strict'
import type { Jar } from '../../src/testing/jar.ts'
import { eventsOf, loggedIn, read } from '../support/answers.ts'
import { assertNeverLookedUp, attack, ENDABLE, EVERYWHERE, sessionCookie, withSeenCookie } from '../support/attack.ts'
import type { Cell } from '../support/laws.ts'
import type { World } from '../support/world.ts'

const SEALED: readonly Cell[] = EVERYWHERE.filter(({ backend }) =>
  ['client-side', 'revocable', 'overflowing'].includes(backend),
)

/** So many cookies of one name in one request: each is tried, and each must fail. */
const PER_REQUEST = 40

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

attack('every single bit, flipped, makes a cookie that opens nothing', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  await assertNeverLookedUp(world, named(name, everyBitFlipped(bytesOf(value)).map(textOf)), PER_REQUEST)
})

attack('cut, lengthened and doubled cookies open nothing', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  const bytes = bytesOf(value)
  const cut = Array.from(bytes.keys(), (at) => textOf(bytes.subarray(0, at)))
  const beheaded = Array.from(bytes.keys(), (at) => textOf(bytes.subarray(at + 1)))
  const longer = [0, 1, 255].flatMap((byte) => [
    textOf(Buffer.concat([bytes, Buffer.of(byte)])),
    textOf(Buffer.concat([Buffer.of(byte), bytes])),
  ])
  const texts = [value + value, `${value}.`, `${value}=`, `${value}==`, `${value}A`, `${value}AA`, `${value}.${value}`]
  await assertNeverLookedUp(world, named(name, [...cut, ...beheaded, ...longer, ...texts]), PER_REQUEST)
})

attack('the same bytes in another writing open nothing', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  const bytes = bytesOf(value)
  const percent = [...value].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('')
  const writings = [
    ...(['hex', 'base64', 'latin1', 'binary'] as const).map((encoding) => bytes.toString(encoding)),
    percent,
    `%${value.charCodeAt(0).toString(16)}${value.slice(1)}`,
    `"${value}"`,
    `'${value}'`,
    `s:${value}`,
    `j:${JSON.stringify({ v: value })}`,
    value.toUpperCase(),
    value.toLowerCase(),
    `${value.slice(0, 10)} ${value.slice(10)}`,
    `${value.slice(0, 10)},${value.slice(10)}`,
    ...otherSpellings(value),
  ].filter((writing) => writing !== value && /^[\x20-\x7e]*$/.test(writing))
  assert.equal(writings.length > 10, true)
  await assertNeverLookedUp(world, named(name, writings))
})

attack('parts of two good cookies, exchanged, make no third', EVERYWHERE, async (world) => {
  const [name, ada] = sessionCookie(await loggedIn(world))
  const [, bob] = sessionCookie(await loggedIn(world, 'bob'))
  const [a, b] = [bytesOf(ada), bytesOf(bob)]
  const crossed = Array.from({ length: Math.min(a.length, b.length) - 1 }, (_, n) =>
    textOf(Buffer.concat([a.subarray(0, n + 1), b.subarray(n + 1)])),
  ).filter((text) => text !== ada && text !== bob)
  assert.equal(crossed.length > 30, true)
  await assertNeverLookedUp(world, named(name, crossed), PER_REQUEST)
})

attack('a MAC of nothing, of zeros, of ones or of another cookie is none', EVERYWHERE, async (world) => {
  const [name, ada] = sessionCookie(await loggedIn(world))
  const [, bob] = sessionCookie(await loggedIn(world, 'bob'))
  const body = bytesOf(ada).subarray(0, -16)
  const macs = [Buffer.alloc(0), Buffer.alloc(16), Buffer.alloc(16, 0xff), bytesOf(bob).subarray(-16)]
  await assertNeverLookedUp(
    world,
    named(
      name,
      macs.map((mac) => textOf(Buffer.concat([body, mac]))),
    ),
  )
  const reasons = eventsOf(world, 'session-rejected').map(({ reason }) => reason)
  assert.equal(
    reasons.filter((reason) => reason === 'forged').length >= 2 * 3,
    true,
    'each of full length is told as forged',
  )
})

attack('no other version of the format, and no other key id, opens anything', EVERYWHERE, async (world) => {
  const [name, value] = sessionCookie(await loggedIn(world))
  const bytes = bytesOf(value)
  const changed = [0, 1, 2, 3, 4].flatMap((at) =>
    Array.from({ length: 256 }, (_, byte) => {
      const copy = Buffer.from(bytes)
      copy[at] = byte
      return textOf(copy)
    }).filter((text) => text !== value),
  )
  await assertNeverLookedUp(world, named(name, changed), PER_REQUEST)
})

attack('a session one byte of whose cookie was changed goes on under the good one', ENDABLE, async (world) => {
  const browser = await loggedIn(world)
  const [name, value] = sessionCookie(browser)
  await assertNeverLookedUp(world, named(name, everyBitFlipped(bytesOf(value)).slice(0, 8).map(textOf)))
  assert.equal(await read(browser, '/me'), 'ada', 'nobody is logged out by an attempt')
})

attack('the small second cookie, changed in any bit or in its time, lengthens nothing', SEALED, async (world) => {
  const browser = await withSeenCookie(world, await loggedIn(world))
  const [name] = sessionCookie(browser)
  const seen = bytesOf(browser.cookies.get(`${name}-seen`) ?? '')
  const later = Buffer.from(seen)
  later.writeUIntBE(world.clock() + 3_600_000, 1 + 16, 6)
  const forged = [...everyBitFlipped(seen), later, seen.subarray(0, -1), Buffer.concat([seen, seen]), Buffer.alloc(0)]
  // Past the end that the session cookie alone knows, and before the one that the true second cookie gives.
  world.clock.advance('55m')
  for (let at = 0; at < forged.length; at += PER_REQUEST) {
    const some = forged.slice(at, at + PER_REQUEST).map((bytes) => `${name}-seen=${textOf(bytes)}`)
    assert.equal(await whoWith(world, browser, some), null, `second cookies from ${at}`)
  }
  assert.equal(await read(browser, '/me'), 'ada', 'the true one still counts')
})

async function whoWith(world: World, browser: Jar, seen: readonly string[]): Promise<unknown> {
  const [name, value] = sessionCookie(browser)
  const answer = await world.browser().get('/me', { cookie: [`${name}=${value}`, ...seen].join('; ') })
  return answer.json()
}

function everyBitFlipped(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes)
    const at = bit >> 3
    copy[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
    return copy
  })
}

/** Base64url that a lenient decoder reads as the same bytes: other bits where the last character has some to spare. */
function otherSpellings(value: string): string[] {
  const spare = [0, 0, 16, 4][value.length % 4] ?? 0
  const last = ALPHABET.indexOf(value.slice(-1))
  const base = spare === 0 ? 0 : last - (last % spare)
  return Array.from({ length: spare }, (_, n) => value.slice(0, -1) + ALPHABET[base + n])
}

function named(name: string, values: readonly string[]): string[] {
  return values.map((value) => `${name}=${value}`)
}

function bytesOf(value: string): Buffer {
  return Buffer.from(value, 'base64url')
}

function textOf(bytes: Buffer): string {
  return bytes.toString('base64url')
}
