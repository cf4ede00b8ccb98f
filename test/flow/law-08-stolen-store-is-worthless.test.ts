import assert from 'node:assert/strict'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { edgeOf } from '../../src/session/sessions.ts'
import { leftOutOf, testLaw } from '../support/laws.ts'
import { ORIGIN, SECRET } from '../support/world.ts'
import { stolenStoreIsWorthless } from './stories/stolen-store-is-worthless.ts'

testLaw(stolenStoreIsWorthless, [{ adapter: 'node', backend: 'sealed at rest in sqlite' }])
leftOutOf(stolenStoreIsWorthless, 'the MAC of a stamp', 'createAuth has no stamp yet', async () => {
  let asked = false
  const options = {
    findUser: (id: string) => ({ id }),
    stamp: () => {
      asked = true
      return 'stamp'
    },
  }
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  const request = {}
  const session = await sessions.open({ headers: {} })
  edgeOf(sessions).attach(request, session)
  await createAuth(sessions, options).login(request, { id: 'ada' })
  assert.equal(asked, false)
})
