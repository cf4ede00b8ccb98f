/**
 * How often a name and a password may be tried, with rate-limiter-flexible counting, in memory and in a Redis of our own.
 *
 * The app behind it keeps argon2id hashes; the package's own function is counted, so that work is compared and not time.
 */
import { hashRaw } from '@node-rs/argon2'
import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { withSession as withNodeSession } from '../../src/adapter/node.ts'
import { withSession as withWebSession } from '../../src/adapter/web.ts'
import type { AttemptLimiter, AttemptsOptions } from '../../src/auth/attempts.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { type Argon2, createPasswords } from '../../src/auth/password.ts'
import { createSessions, type SessionEvent, type Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { quietly } from '../support/answers.ts'
import { serve } from '../support/mounts/node.ts'
import { redisIsHere, startRedis } from '../support/servers/redis.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const RIGHT = 'correct horse battery staple'
const OVERLONG = 'x'.repeat(5000)
const ACCOUNT = { points: 3, duration: 900 }
const ADDRESS = { points: 8, duration: 900 }

let hashes = 0
const counted: Argon2 = {
  hashRaw(password, options) {
    hashes++
    return hashRaw(password, options)
  },
}
const passwords = createPasswords({ argon2: counted, concurrency: 1 })
const stored = new Map([['ada', await passwords.hash(RIGHT)]])

type Limits = () => Promise<AttemptsOptions> | AttemptsOptions

const inMemory: Limits = () => ({ account: new RateLimiterMemory(ACCOUNT), address: new RateLimiterMemory(ADDRESS) })

const kinds: [string, Limits][] = [['in memory', inMemory]]
if (redisIsHere()) {
  const server = await startRedis()
  afterAll(() => server.stop())
  let apps = 0
  kinds.push([
    'in Redis',
    () => {
      const client = new Redis({ host: '127.0.0.1', port: server.port })
      onTestFinished(() => client.disconnect())
      const keyPrefix = `app-${++apps}`
      return {
        account: new RateLimiterRedis({ storeClient: client, keyPrefix, ...ACCOUNT }),
        address: new RateLimiterRedis({ storeClient: client, keyPrefix, ...ADDRESS }),
      }
    },
  ])
}

interface Tried {
  readonly status: number
  readonly body: string
  readonly headers: Headers
  /** Password hashes that it cost. */
  readonly work: number
}

interface App {
  readonly events: SessionEvent[]
  try(name: string, password: string, address?: string): Promise<Tried>
}

/** A server whose login page looks a name up, compares hashes and says one thing where that fails. */
async function startApp(attempts: AttemptsOptions | undefined, fails?: Error): Promise<App> {
  const events: SessionEvent[] = []
  const { sessions, auth } = world(attempts, events)
  const app = await serve(
    withNodeSession(sessions, async (req, res) => {
      const form = new URL(req.url ?? '/', ORIGIN).searchParams
      const [name, password] = [form.get('name') ?? '', form.get('password') ?? '']
      const user = await auth.attempt({ account: name, address: auth.addressOf(req) }, async () => {
        if (fails) throw fails
        const known = name.trim().toLowerCase()
        return (await passwords.verify(password, stored.get(known))) ? { id: known } : null
      })
      if (user !== null) await auth.login(req, user)
      res.statusCode = user === null ? 401 : 200
      res.end(user === null ? 'Wrong name or password' : 'Welcome')
    }),
  )
  onTestFinished(() => app.close())
  return {
    events,
    async try(name, password, address = '198.51.100.1') {
      const before = hashes
      const query = new URLSearchParams({ name, password })
      const headers = { origin: ORIGIN, 'x-forwarded-for': address }
      const answer = await app.send(new Request(`${ORIGIN}/login?${query}`, { method: 'POST', headers }))
      return { status: answer.status, body: await answer.text(), headers: answer.headers, work: hashes - before }
    },
  }
}

function world(attempts: AttemptsOptions | undefined, events: SessionEvent[] = []) {
  const sessions: Sessions<object> = createSessions<object>({
    origin: ORIGIN,
    secret: SECRET,
    store: memoryStore(),
    trustProxy: 1,
    onEvent: (event) => events.push(event),
  })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }), ...(attempts && { attempts }) })
  return { sessions, auth }
}

const WRONG = { status: 401, body: 'Wrong name or password', work: 1 }
const RIGHT_ONE = { status: 200, body: 'Welcome', work: 1 }

describe.each(kinds)('counted %s', (_, limits) => {
  test('an account is locked after its tries: the right password is refused as a wrong one is', async () => {
    const app = await startApp(await limits())
    for (let n = 0; n < 3; n++) expect(await app.try('ada', 'wrong')).toMatchObject(WRONG)
    expect(await app.try('ada', RIGHT)).toMatchObject(WRONG)
    expect(await app.try('ada', RIGHT, '203.0.113.9')).toMatchObject(WRONG)
    expect(app.events.filter(({ type }) => type === 'login')).toEqual([])
  })

  test('a locked account, an unknown one, a wrong and an overlong password are one answer after one hash', async () => {
    const app = await startApp(await limits())
    const answers: Tried[] = []
    for (let n = 0; n < 4; n++) answers.push(await app.try('ada', 'wrong', `198.51.100.${n}`))
    answers.push(await app.try('ada', RIGHT, '198.51.100.10'))
    answers.push(await app.try('ada', OVERLONG, '198.51.100.11'))
    for (const password of ['wrong', RIGHT, OVERLONG, ''])
      answers.push(await app.try('nobody', password, '203.0.113.1'))
    answers.push(await app.try('', RIGHT, '203.0.113.1'))
    const [first, ...others] = answers.map(({ headers, ...answer }) => ({
      ...answer,
      headers: [...headers].filter(([name]) => name !== 'date'),
    }))
    expect(first).toMatchObject(WRONG)
    for (const other of others) expect(other).toEqual(first)
  })

  test('an address that tries too much is answered 429 before any work, with the seconds to wait', async () => {
    const app = await startApp(await limits())
    for (let n = 0; n < 8; n++) expect(await app.try(`guess-${n}`, 'wrong')).toMatchObject(WRONG)
    const answer = await app.try('ada', RIGHT)
    expect(answer).toMatchObject({ status: 429, work: 0 })
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', status: 429 })
    const seconds = Number(answer.headers.get('retry-after'))
    expect(Number.isInteger(seconds) && seconds > 0 && seconds <= 900).toBe(true)
    expect(await app.try('ada', RIGHT, '198.51.100.2')).toMatchObject(RIGHT_ONE)
  })

  test('an IPv6 network counts as one by its /64, and a mapped IPv4 address as what it is', async () => {
    const app = await startApp(await limits())
    for (let n = 0; n < 8; n++) await app.try(`guess-${n}`, 'wrong', `2001:db8:0:1:${n}::${n}`)
    expect(await app.try('ada', RIGHT, '2001:db8:0:1:ffff::1')).toMatchObject({ status: 429 })
    expect(await app.try('ada', RIGHT, '2001:db8:0:2::1')).toMatchObject(RIGHT_ONE)
    for (let n = 0; n < 8; n++) await app.try(`guess-${n}`, 'wrong', n % 2 ? '198.51.100.7' : '::ffff:198.51.100.7')
    expect(await app.try('ada', RIGHT, '198.51.100.7')).toMatchObject({ status: 429 })
  })

  test('a success forgets the account’s failures and costs its address nothing', async () => {
    const app = await startApp(await limits())
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 2; n++) expect(await app.try('ada', 'wrong')).toMatchObject(WRONG)
      expect(await app.try('ada', RIGHT)).toMatchObject(RIGHT_ONE)
    }
    // Six wrong ones of eight; the right ones were given back.
    for (let n = 0; n < 20; n++) expect(await app.try('ada', RIGHT)).toMatchObject(RIGHT_ONE)
    for (let n = 0; n < 2; n++) expect(await app.try('ada', 'wrong')).toMatchObject(WRONG)
    expect(await app.try('ada', RIGHT)).toMatchObject({ status: 429 })
  })

  test('two at once cannot get one try more', async () => {
    const app = await startApp(await limits())
    const tries = Array.from({ length: 6 }, (_, n) => app.try('ada', n < 3 ? 'wrong' : RIGHT, `198.51.100.${n}`))
    const statuses = (await Promise.all(tries)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(3)
    expect(statuses.length).toBe(6)
  })
})

describe('one account', () => {
  test.each([
    ['ada', ['Ada', ' ada ', 'ADA\t', '\u3000ada']],
    // Compatibility forms: full width, mathematical bold.
    ['ada', ['ａｄａ', '𝐚𝐝𝐚']],
    // What a database that compares by the Unicode Collation Algorithm does not see.
    ['ada', ['ad\u200ba', 'ad\u00ada', 'ada\u0001', '\u0000ada', 'ada\ufeff', '\u2066ada\u2069']],
    ['josé', ['jose\u0301', 'JOSÉ', 'jose']],
    ['straße', ['STRASSE', 'strasse', 'ſtraße']],
    ['ἀρχῆς', ['ΑΡΧΗΣ', 'αρχησ']],
    ['ivan', ['İVAN', 'IVAN']],
  ])('%s has one counter under every spelling', async (name, spellings) => {
    const { auth } = world({ ...(await inMemory()), account: new RateLimiterMemory({ points: 1, duration: 900 }) })
    expect(await auth.attempt({ account: name, address: null }, () => null)).toBeNull()
    for (const [n, account] of spellings.entries()) {
      const address = `198.51.100.${n}`
      expect([account, await auth.attempt({ account, address }, () => ({ id: 'ada' }))]).toEqual([account, null])
    }
    expect(await auth.attempt({ account: `${name}2`, address: null }, () => ({ id: 'other' }))).toEqual({ id: 'other' })
  })

  test('a limiter gets keys of one short length, whatever was typed, and none that says it', async () => {
    const keys: string[] = []
    const { account, address } = await inMemory()
    const heard: AttemptLimiter = {
      consume(key) {
        keys.push(key)
        return account.consume(key)
      },
      reward: (key) => account.reward(key),
      delete: (key) => account.delete(key),
    }
    const { auth } = world({ account: heard, address })
    for (const name of ['ada', 'x'.repeat(2e6), '', '__proto__', 'ada:1', RIGHT]) {
      await auth.attempt({ account: name, address: null }, () => null)
    }
    expect(new Set(keys.map((key) => key.length)).size).toBe(1)
    expect(new Set(keys).size).toBe(6)
    expect(keys.join()).not.toMatch(/ada|horse|proto/)
  })
})

describe('a limiter that fails', () => {
  test('in Redis, once its server is gone, is a 503: nobody is let in uncounted', async ({ skip }) => {
    skip(!redisIsHere(), 'there is no Redis server here')
    const server = await startRedis()
    const client = new Redis({
      host: '127.0.0.1',
      port: server.port,
      enableOfflineQueue: false,
      retryStrategy: () => null,
    })
    client.on('error', () => {})
    onTestFinished(async () => {
      client.disconnect()
      await server.stop()
    })
    await new Promise<void>((resolve) => client.once('ready', () => resolve()))
    const limiter = new RateLimiterRedis({ storeClient: client, ...ADDRESS })
    const app = await startApp({ account: limiter, address: limiter })
    expect(await app.try('ada', RIGHT)).toMatchObject(RIGHT_ONE)
    const gone = new Promise<void>((resolve) => client.once('end', () => resolve()))
    await server.kill()
    await gone
    const answer = await app.try('ada', RIGHT)
    expect(answer).toMatchObject({ status: 503, work: 0 })
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'LIMITER_FAILED' })
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  const down = () => Promise.reject(new Error('no connection'))

  test.each(['account', 'address'] as const)('the one of the %s', async (name) => {
    const limits = await inMemory()
    const broken = { consume: down, reward: down, delete: down }
    let asked = 0
    const { auth } = world({ ...limits, [name]: broken })
    const attempt = auth.attempt({ account: 'ada', address: null }, () => ({ id: String(asked++) }))
    await expect(attempt).rejects.toMatchObject({
      code: 'LIMITER_FAILED',
      status: 503,
      cause: new Error('no connection'),
    })
    expect(asked).toBe(0)
  })

  test.each(['reward', 'delete'] as const)('at %s, after a right password, is told too', async (method) => {
    const { account, address } = await inMemory()
    const broken: AttemptLimiter = {
      consume: (key) => account.consume(key),
      reward: (key) => account.reward(key),
      delete: (key) => account.delete(key),
      [method]: down,
    }
    const { auth } = world({
      account: method === 'delete' ? broken : account,
      address: method === 'reward' ? broken : address,
    })
    const attempt = auth.attempt({ account: 'ada', address: null }, () => ({ id: 'ada' }))
    await expect(attempt).rejects.toMatchObject({ code: 'LIMITER_FAILED' })
  })
})

test('a check that throws is no failed login: its error goes on, and the try was counted', async () => {
  const failure = new Error('the user database is down')
  const app = await startApp(await inMemory(), failure)
  for (let n = 0; n < 8; n++) expect(await quietly(() => app.try('ada', RIGHT))).toMatchObject({ status: 500 })
  expect(app.events).toEqual([])
  expect(await app.try('ada', RIGHT)).toMatchObject({ status: 429 })
  const { auth } = world(await inMemory())
  await expect(
    auth.attempt({ account: 'ada', address: null }, () => {
      throw failure
    }),
  ).rejects.toBe(failure)
})

test('events tell of failures by reason and address, and never by name', async () => {
  const app = await startApp(await inMemory())
  for (let n = 0; n < 9; n++) await app.try('ada', 'wrong', '198.51.100.7')
  await app.try('nobody@example.org', RIGHT, '2001:db8::1')
  const failures = app.events.filter(({ type }) => type === 'login-failed')
  const rejected = { type: 'login-failed', reason: 'rejected', address: '198.51.100.7' }
  expect(failures.map(({ at: _, ...event }) => event)).toEqual([
    ...[rejected, rejected, rejected],
    ...Array.from({ length: 6 }, () => ({ ...rejected, reason: 'throttled' })),
    { ...rejected, address: '2001:db8::1' },
  ])
  expect(JSON.stringify(app.events)).not.toMatch(/ada|nobody|example|horse/)
})

test('without limiters nothing is counted, and failures are still told', async () => {
  const app = await startApp(undefined)
  for (let n = 0; n < 12; n++) expect(await app.try('ada', 'wrong')).toMatchObject(WRONG)
  expect(await app.try('ada', RIGHT)).toMatchObject(RIGHT_ONE)
  expect(app.events.filter(({ type }) => type === 'login-failed')).toHaveLength(12)
})

test('behind the web adapter the refusal is a 429 with Retry-After as well, and no address counts as one', async () => {
  const { sessions, auth } = world({
    ...(await inMemory()),
    address: new RateLimiterMemory({ points: 1, duration: 900 }),
  })
  const app = withWebSession(sessions, async (request) => {
    const user = await auth.attempt({ account: 'ada', address: auth.addressOf(request) }, () => null)
    return new Response(String(user))
  })
  const send = () => app(new Request(`${ORIGIN}/login`, { method: 'POST', headers: { origin: ORIGIN } }))
  expect((await send()).status).toBe(200)
  const answer = await send()
  expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true])
})

test.each(['account', 'address'])('a limiter that is none is refused at start-up: %s', async (name) => {
  const limits = await inMemory()
  for (const limiter of [undefined, null, {}, { consume: () => {}, reward: () => {} }]) {
    const attempts = { ...limits, [name]: limiter } as AttemptsOptions
    expect(() => world(attempts)).toThrow(
      expect.objectContaining({
        code: 'OPTION_INVALID',
        details: expect.objectContaining({ option: `attempts.${name}` }),
      }),
    )
  }
})
