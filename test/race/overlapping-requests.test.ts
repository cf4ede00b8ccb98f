/**
 * Fifty requests of one browser that overlap for certain: all are in their handlers before the first goes on. Measured
 * on session libraries in wide use, one of fifty updates is left afterwards.
 */
import { afterEach, expect, test } from 'vitest'
import { loggedIn, read } from '../support/answers.ts'
import { startWorld, type World } from '../support/world.ts'

const FIFTY = Array.from({ length: 50 }, (_, n) => n)
const BACKENDS = ['memory', 'file', 'sqlite'] as const

const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function overlap(backend: (typeof BACKENDS)[number], pathOf: (n: number) => string) {
  const world = await startWorld({ adapter: 'express', backend })
  worlds.push(world)
  const browser = await loggedIn(world)
  const answers = FIFTY.map((n) => browser.post(`${pathOf(n)}&before=all-in`))
  await world.gate('all-in').arrived(FIFTY.length)
  world.store.reset()
  world.gate('all-in').open()
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200]))
  return { world, data: await read(browser, '/keys') }
}

test.each(BACKENDS)('%s: of fifty overlapping requests that each set a key, fifty are kept', async (backend) => {
  const { data } = await overlap(backend, (n) => `/set?key=k${n}&value=${n}`)
  expect(data).toEqual(Object.fromEntries(FIFTY.map((n) => [`k${n}`, String(n)])))
})

test.each(BACKENDS)('%s: of fifty overlapping requests that each update a key, fifty are kept', async (backend) => {
  const { data } = await overlap(backend, (n) => `/add?key=k${n}`)
  expect(data).toEqual(Object.fromEntries(FIFTY.map((n) => [`k${n}`, 1])))
})

test.each(BACKENDS)('%s: fifty overlapping requests that update one counter count to fifty', async (backend) => {
  const { data } = await overlap(backend, () => '/add?key=visits')
  expect(data).toEqual({ visits: FIFTY.length })
})

test('fifty overlapping requests are merged into fewer writes than requests', async () => {
  const { world } = await overlap('memory', (n) => `/set?key=k${n}`)
  expect(world.store.calls.replace).toBeGreaterThan(0)
  expect(world.store.calls.replace).toBeLessThan(FIFTY.length)
})
