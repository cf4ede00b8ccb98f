/** What a login writes into its row, and what the row says of the one it took over from. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Jar } from '../../src/testing/jar.ts'
import { post, read } from '../support/answers.ts'
import { startWorld, type World } from '../support/world.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

let world: World
beforeEach(async () => {
  world = await startWorld({ adapter: 'node', backend: 'memory' })
})
afterEach(() => world.close())

test('a row names the one it took over from until it is first written under its own id', async () => {
  const browser = world.browser()
  await post(browser, '/set?key=cart')
  const before = await rowOf(browser)
  await post(browser, '/login')
  expect(await rowOf(browser)).toMatchObject({ o: 'ada', p: before.id })
  await read(browser, '/me')
  expect(await rowOf(browser)).toMatchObject({ p: before.id })
  await post(browser, '/set?key=theme')
  expect(await rowOf(browser)).not.toHaveProperty('p')
})

test('a row carries the epoch its owner had at the login, and a spared one the new epoch', async () => {
  const browser = world.browser()
  await post(browser, '/login')
  expect(await rowOf(browser)).not.toHaveProperty('e')
  await world.sessions.revokeAll('ada')
  await post(browser, '/login')
  const epoch = await world.store.epochOf('ada')
  expect(await rowOf(browser)).toMatchObject({ e: epoch })
  await post(browser, '/revoke-all?except')
  expect(await world.store.epochOf('ada')).toBe(epoch + 1)
  expect(await rowOf(browser)).toMatchObject({ e: epoch + 1 })
  await post(browser, '/regenerate')
  expect(await rowOf(browser)).toMatchObject({ e: epoch + 1, o: 'ada' })
})

test('the label is that of the device which logged in, whoever sends the cookie later', async () => {
  const browser = world.browser()
  await browser.post('/login', undefined, { 'user-agent': FIREFOX })
  await browser.post('/set?key=theme', undefined, { 'user-agent': 'curl/8.5.0' })
  expect(await rowOf(browser)).toMatchObject({ l: 'Firefox on Linux' })
})

test('a login of somebody else takes over nothing of the owner, the label or the epoch before it', async () => {
  const browser = world.browser()
  await world.sessions.revokeAll('ada')
  await browser.post('/login', undefined, { 'user-agent': FIREFOX })
  await post(browser, '/login?user=bob')
  const row = await rowOf(browser)
  expect(row).toMatchObject({ o: 'bob' })
  expect(row).not.toHaveProperty('e')
  expect(row).not.toHaveProperty('l')
})

test.each([
  ['markup', '<b onmouseover=alert(1)>Firefox/1 Linux</b>', 'Firefox on Linux'],
  ['100 KB', `Firefox/1 ${'x'.repeat(100 * 1024)} Linux`, 'Firefox on Linux'],
  ['nothing known', '\u00ff<script>', null],
])('a User-Agent with %s leaves no trace but names', async (_, userAgent, label) => {
  const browser = world.browser()
  await browser.post('/login', undefined, { 'user-agent': userAgent })
  expect(await world.sessions.list('ada')).toMatchObject([{ label }])
  const { id, ...row } = await rowOf(browser)
  expect(JSON.stringify(row).length).toBeLessThan(200)
})

async function rowOf(browser: Jar): Promise<Record<string, unknown>> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const id = (await world.sessions.peek({ cookie }))?.publicId ?? ''
  const entry = await world.store.find(id)
  return { id, ...JSON.parse(entry?.value ?? 'null') }
}
