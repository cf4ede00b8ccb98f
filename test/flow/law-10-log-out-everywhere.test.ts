import { expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import { testLaw } from '../support/laws.ts'
import { ORIGIN, SECRET } from '../support/world.ts'
import { logOutEverywhere } from './stories/log-out-everywhere.ts'

testLaw(logOutEverywhere, [
  { adapter: 'node', backend: 'revocable in sqlite' },
  { adapter: 'node', backend: 'cached alone' },
])

/** As stores of somebody else's may be. */
function withoutIndex(): Store {
  const { listByOwner: _, ...store } = memoryStore()
  return store
}

test('a store without an owner index cannot list or end a user’s sessions, and the error says so', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET, store: withoutIndex() })
  for (const attempt of [sessions.revokeAll('ada'), sessions.list('ada'), sessions.revoke('id')]) {
    await expect(attempt).rejects.toMatchObject({ code: 'NOT_REVOCABLE', message: /has no owner index/ })
  }
})

test.each(['revocation', 'overflow'])('a store without an owner index is refused as %s at start-up', (option) => {
  const options = { origin: ORIGIN, secret: SECRET, [option]: withoutIndex() as Store & OwnerIndex }
  expect(() => createSessions(options)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', details: { option } }),
  )
})
