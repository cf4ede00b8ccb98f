/** An attacker who writes records without a key, or hopes to learn a MAC or a key from how cookies are made and refused. */
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { deserialize, serialize } from 'node:v8'
import { test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { loggedIn, read } from '../support/answers.ts'
import { assertNeverLookedUp, attack, EVERYWHERE, sessionCookie } from '../support/attack.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const OPTIONS = { origin: ORIGIN, secret: SECRET }

attack('a record in plain text, base64 or another library’s writing opens nothing', EVERYWHERE, async (world) => {
  const [name] = sessionCookie(await loggedIn(world))
  const now = world.clock()
  const records = [
    { v: 1, c: now, o: 'ada', a: now, d: {} },
    { user: 'ada', userId: 'ada', id: 'ada', _user_id: 'ada', passport: { user: 'ada' } },
    { alg: 'none', typ: 'JWT' },
  ].map((record) => JSON.stringify(record))
  const encodings = ['base64', 'base64url', 'hex'] as const
  const texts = records.flatMap((json) => [
    json,
    encodeURIComponent(json),
    `j:${json}`,
    ...encodings.map((each) => Buffer.from(json).toString(each)),
  ])
  const [, , header = ''] = records
  const jwt = `${Buffer.from(header).toString('base64url')}.${Buffer.from(records[0] ?? '').toString('base64url')}.`
  const others = [
    jwt,
    `${jwt}x`,
    `Fe26.2**${'a'.repeat(64)}*x*y**z*w~2`,
    serialize({ user: 'ada' }).toString('base64url'),
  ]
  assert.deepEqual(deserialize(Buffer.from(others[3] ?? '', 'base64url')), { user: 'ada' }, 'it would have been read')
  const bytes = Buffer.concat([Buffer.of(1), Buffer.alloc(4), Buffer.from(records[0] ?? '')]).toString('base64url')
  await assertNeverLookedUp(
    world,
    [...texts, ...others, bytes].map((text) => `${name}=${text}`),
  )
})

attack('a cookie tells nothing of what is in it, in whatever writing', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world, 'ada%25secret-owner')
  world.users.set('ada%secret-owner', { id: 'ada%secret-owner' })
  await browser.post('/set?key=diagnosis&value=quinsy-quinsy')
  assert.equal(await read(browser, '/read?key=diagnosis'), 'quinsy-quinsy')
  const all = [...browser.cookies.values()].flatMap((value) => [
    value,
    ...(['latin1', 'hex'] as const).map((each) => Buffer.from(value, 'base64url').toString(each)),
  ])
  for (const word of ['secret-owner', 'diagnosis', 'quinsy', 'ada%']) {
    for (const text of all)
      assert.equal(text.includes(word) || text.includes(Buffer.from(word).toString('hex')), false, word)
  }
})

test('the same session sealed twice has not one run of four characters in common beyond version and key id', async () => {
  const sessions = createSessions({ ...OPTIONS, clock: () => 1_767_225_600_000 })
  const made = await Promise.all(Array.from({ length: 20 }, () => cookieFor(sessions, { owner: 'ada' })))
  const ciphertexts = made.map((cookie) => Buffer.from(cookie.slice(cookie.indexOf('=') + 1), 'base64url').subarray(17))
  const runs = ciphertexts.flatMap((bytes) => {
    const here = new Set(Array.from({ length: bytes.length - 3 }, (_, at) => bytes.readUInt32BE(at)))
    return [...here]
  })
  // 20 cookies of some 90 bytes: by chance two runs of four bytes are equal once in 2,700 times; three never.
  assert.equal(runs.length - new Set(runs).size < 3, true)
})

test('a MAC is compared in constant time, and only with one of its own length', async () => {
  const { timingSafeEqual } = crypto
  const compared: number[] = []
  crypto.timingSafeEqual = (a, b) => {
    compared.push(a.byteLength, b.byteLength)
    return timingSafeEqual(a, b)
  }
  syncBuiltinESMExports()
  try {
    const sessions = createSessions({ ...OPTIONS, store: memoryStore() })
    const cookie = await cookieFor(sessions, { owner: 'ada' })
    compared.length = 0
    assert.equal((await sessions.peek({ cookie }))?.ownerId, 'ada')
    assert.deepEqual(compared, [16, 16])
    for (const forged of [`${cookie.slice(0, -4)}AAAA`, cookie.slice(0, -4), `${cookie}AAAA`]) {
      assert.equal(await sessions.peek({ cookie: forged }), null)
    }
    assert.deepEqual(compared, [16, 16, 16, 16], 'what is of another length is not compared at all')
  } finally {
    crypto.timingSafeEqual = timingSafeEqual
    syncBuiltinESMExports()
  }
})
