/** What people see of a client-side session that outgrows its cookie: it moves to the store, under a new id, for good. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { bodyOf, cookieNames, eventsOf, loggedIn, post, read } from '../support/answers.ts'
import { startWorld, type World } from '../support/world.ts'

const BIG = '/set?key=big&size=5000'
const TOKEN_CHARS = 66

let world: World
beforeEach(async () => {
  world = await startWorld({ adapter: 'node', backend: 'overflowing' })
})
afterEach(() => world.close())

test('a session that fits its cookie makes no row', async () => {
  const browser = await loggedIn(world)
  await post(browser, '/set?key=small')
  expect(sessionOf(browser).length).toBeGreaterThan(TOKEN_CHARS)
  expect(await rowsOf(world, 'ada')).toBe(0)
})

test('a session over 4 KB moves under a new id, with all it holds, and the old cookie is refused', async () => {
  const browser = await loggedIn(world)
  await post(browser, '/set?key=theme&value=dark')
  const sealed = browser.copy()
  const before = await factsOf(browser)
  const answer = await post(browser, BIG)
  expect(cookieNames(answer)).toEqual(['session'])
  expect(sessionOf(browser)).toHaveLength(TOKEN_CHARS)
  const after = await factsOf(browser)
  expect(after.publicId).not.toBe(before.publicId)
  expect({ ...after, publicId: before.publicId }).toEqual(before)
  expect(await read(browser, '/read?key=theme')).toBe('dark')
  expect(String(await read(browser, '/read?key=big'))).toHaveLength(5000)
  expect(await read(sealed, '/me')).toBe(null)
  expect(await read(sealed, (await world.sibling()).at('/me'))).toBe(null)
  expect(eventsOf(world, 'session-rejected').at(-1)?.reason).toBe('superseded')
  expect(eventsOf(world, 'session-regenerated').at(-1)).toMatchObject({
    id: after.publicId,
    previousId: before.publicId,
  })
})

test('it never moves back, however small it becomes', async () => {
  const browser = await loggedIn(world)
  await post(browser, BIG)
  const { publicId } = await factsOf(browser)
  await post(browser, '/delete?key=big')
  await post(browser, '/set?key=theme&value=dark')
  expect(await factsOf(browser)).toMatchObject({ publicId })
  await post(browser, '/regenerate')
  expect(sessionOf(browser)).toHaveLength(TOKEN_CHARS)
  expect(await read(browser, '/keys')).toEqual({ theme: 'dark' })
})

test('overlapping requests after the move keep all their updates, from two processes', async () => {
  const browser = await loggedIn(world)
  const other = await world.sibling()
  await post(browser, BIG)
  const posts = Array.from({ length: 20 }, (_, n) =>
    browser.post((n % 2 === 0 ? world : other).at('/add?key=visits&before=gate')),
  )
  await Promise.all([world.gate('gate').arrived(10), other.gate('gate').arrived(10)])
  world.gate('gate').open()
  other.gate('gate').open()
  for (const answer of await Promise.all(posts)) expect(answer.status).toBe(200)
  expect(await read(browser, '/read?key=visits')).toBe(20)
})

test('two requests that both outgrow the cookie make one session, and the second is told', async () => {
  const browser = await loggedIn(world)
  const posts = [0, 1].map((n) => browser.post(`/set?key=big${n}&size=5000&before=gate`))
  await world.gate('gate').arrived(2)
  world.gate('gate').open()
  const statuses = (await Promise.all(posts)).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, 409])
  expect(await read(browser, '/me')).toBe('ada')
  expect(await rowsOf(world, 'ada')).toBe(1)
})

test('the first thing a visitor keeps may be too large for a cookie', async () => {
  const browser = world.browser()
  await post(browser, BIG)
  expect(sessionOf(browser)).toHaveLength(TOKEN_CHARS)
  expect(String(await read(browser, '/read?key=big'))).toHaveLength(5000)
})

test('a login whose session does not fit goes to the store at once', async () => {
  const long = 'ada'.repeat(3414)
  const browser = world.browser()
  await post(browser, '/set?key=cart')
  const before = browser.copy()
  await post(browser, `/login?user=${long}`)
  expect(sessionOf(browser)).toHaveLength(TOKEN_CHARS)
  expect(await read(browser, '/me')).toBe(long)
  expect(await read(before, '/keys')).toEqual({})
  await world.sessions.revokeAll(long)
  expect(await read(browser, '/me')).toBe(null)
})

test('a double click on such a login logs in, twice without an error', async () => {
  const long = 'ada'.repeat(3414)
  const browser = world.browser()
  await post(browser, '/set?key=cart')
  const clicks = [0, 1].map(() => browser.post(`/login?user=${long}&before=gate`))
  await world.gate('gate').arrived(2)
  world.gate('gate').open()
  for (const answer of await Promise.all(clicks)) expect(answer.status).toBe(200)
  expect(await read(browser, '/me')).toBe(long)
})

test('a login from a session that has moved ends its row', async () => {
  const browser = await loggedIn(world)
  await post(browser, BIG)
  const before = browser.copy()
  await post(browser, '/login?user=bob')
  expect(await read(browser, '/me')).toBe('bob')
  expect(await read(before, '/me')).toBe(null)
  expect(await rowsOf(world, 'ada')).toBe(0)
})

test('what is too large for the store as well fails alone, and the session stays where it is', async () => {
  const browser = await loggedIn(world)
  const sealed = sessionOf(browser)
  world.store.fail('create', {
    error: new StoreError('STORE_VALUE_TOO_LARGE', 'Cannot keep it: 5 KB are too much here'),
  })
  const answer = await browser.post(BIG)
  expect(answer.status).toBe(500)
  expect(await bodyOf(answer)).toMatchObject({ code: 'STORE_VALUE_TOO_LARGE' })
  expect(cookieNames(answer)).toEqual([])
  world.store.heal()
  expect(sessionOf(browser)).toBe(sealed)
  expect(await read(browser, '/me')).toBe('ada')
})

test('a move that the store fails, at whatever step, is a 503, and the session stays in its cookie', async () => {
  const browser = await loggedIn(world)
  for (const [method, calls] of [
    ['find', 1],
    ['epochOf', 1],
    ['create', 1],
    ['epochOf', 2],
    ['create', 2],
  ] as const) {
    const what = `call ${calls} of ${method}`
    for (let call = 1; call < calls; call++) world.store.pause(method).release()
    const stopped = world.store.pause(method)
    const move = browser.post(BIG)
    await stopped.reached
    world.store.fail(method)
    stopped.release()
    const answer = await move
    expect([what, answer.status, cookieNames(answer)]).toEqual([what, 503, []])
    world.store.heal()
    expect([what, await read(browser, '/me')]).toEqual([what, 'ada'])
    expect([what, await rowsOf(world, 'ada')]).toEqual([what, 0])
  }
})

test('the idle and the absolute end go on counting over the move', async () => {
  const browser = await loggedIn(world)
  const { createdAt } = await factsOf(browser)
  for (let half = 0; half < 46; half++) {
    world.clock.advance('30m')
    await post(browser, half === 20 ? BIG : '/set?key=beat')
  }
  expect(await factsOf(browser)).toMatchObject({ createdAt, ownerId: 'ada' })
  world.clock.advance('1h')
  expect(await read(browser, '/me')).toBe(null)
})

test('a token and a sealed cookie of two live sessions at once open neither', async () => {
  const ada = await loggedIn(world)
  const bob = await loggedIn(world, 'bob')
  await post(bob, BIG)
  const cookie = `session=${sessionOf(ada)}; session=${sessionOf(bob)}`
  expect(await bodyOf(await world.browser().get('/me', { cookie }))).toBe(null)
  expect(eventsOf(world, 'session-rejected').at(-1)?.reason).toBe('forged')
})

test('the cookie from before the move beside the one from after it opens the session', async () => {
  const browser = await loggedIn(world)
  const sealed = sessionOf(browser)
  await post(browser, BIG)
  world.clock.advance('5s')
  const cookie = `session=${sealed}; session=${sessionOf(browser)}`
  expect(await bodyOf(await world.browser().get('/me', { cookie }))).toBe('ada')
})

function sessionOf(browser: Jar): string {
  return browser.cookies.get('session') ?? ''
}

async function factsOf(browser: Jar): Promise<Record<string, unknown>> {
  return (await read(browser, '/facts')) as Record<string, unknown>
}

async function rowsOf({ store }: World, ownerId: string): Promise<number> {
  let rows = 0
  for await (const _ of store.listByOwner(ownerId)) rows++
  return rows
}
