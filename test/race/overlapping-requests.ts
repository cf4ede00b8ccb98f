/**
 * Fifty requests of one browser that overlap for certain: all are in their handlers before the first goes on. Measured
 * on session libraries in wide use, one of fifty updates is left afterwards.
 *
 * In: a backend, and where its store is. Out: tests, through the Express adapter.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { loggedIn, read } from '../support/answers.ts'
import type { Backend } from '../support/backends.ts'
import type { OpenPlace } from '../support/places/place.ts'
import { startWorld } from '../support/world.ts'

const FIFTY = Array.from({ length: 50 }, (_, n) => n)

export function overlappingRequests(backend: Backend, open?: OpenPlace): void {
  async function overlap(pathOf: (n: number) => string) {
    const world = await startWorld({ adapter: 'express', backend, ...(open && { open }) })
    try {
      const browser = await loggedIn(world)
      const answers = FIFTY.map((n) => browser.post(`${pathOf(n)}&before=all-in`))
      await world.gate('all-in').arrived(FIFTY.length)
      world.store.reset()
      world.gate('all-in').open()
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([200]))
      return { writes: world.store.calls.replace, data: await read(browser, '/keys') }
    } finally {
      await world.close()
    }
  }

  test('of fifty overlapping requests that each set a key, fifty are kept, in fewer writes', async () => {
    const { data, writes } = await overlap((n) => `/set?key=k${n}&value=${n}`)
    expect(data).toEqual(Object.fromEntries(FIFTY.map((n) => [`k${n}`, String(n)])))
    expect(writes).toBeGreaterThan(0)
    expect(writes).toBeLessThan(FIFTY.length)
  })

  test('of fifty overlapping requests that each update a key, fifty are kept', async () => {
    const { data } = await overlap((n) => `/add?key=k${n}`)
    expect(data).toEqual(Object.fromEntries(FIFTY.map((n) => [`k${n}`, 1])))
  })

  test('fifty overlapping requests that update one counter count to fifty', async () => {
    const { data } = await overlap(() => '/add?key=visits')
    expect(data).toEqual({ visits: FIFTY.length })
  })
}
