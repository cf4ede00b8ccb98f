/** What has ended is removed on the back of requests, now and then, and not by all processes in the same moment. */
import { expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { fixedClock } from '../../src/testing/clock.ts'
import { countingStore } from '../../src/testing/stores.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const PROCESSES = 20

test('processes that started together sweep every ten minutes or so, and drift apart', async () => {
  const clock = fixedClock()
  const shared = memoryStore()
  const processes = Array.from({ length: PROCESSES }, () => {
    const store = countingStore(shared)
    return {
      store,
      sessions: createSessions({ origin: ORIGIN, secret: SECRET, store, clock }),
      sweptAt: [] as number[],
    }
  })
  for (let second = 0; second <= 26 * 60; second += 10) {
    for (const { store, sessions, sweptAt } of processes) {
      const before = store.calls.sweep
      const session = await sessions.open({ headers: {} })
      session.set('key', 'value')
      await sessions.commit(session)
      if (store.calls.sweep > before) sweptAt.push(second)
    }
    clock.advance('10s')
  }
  for (const { sweptAt } of processes) {
    const pauses = sweptAt.slice(1).map((second, n) => second - (sweptAt[n] ?? 0))
    expect(pauses.length).toBeGreaterThanOrEqual(2)
    for (const pause of pauses) expect(Math.abs(pause - 600)).toBeLessThanOrEqual(160)
  }
  expect(new Set(processes.map(({ sweptAt }) => sweptAt[1])).size).toBeGreaterThan(1)
})
