import { testLaw } from '../support/laws.ts'
import { logoutIsFinal } from './stories/logout-is-final.ts'

testLaw(logoutIsFinal, [
  { adapter: 'node', backend: 'revocable in sqlite' },
  { adapter: 'node', backend: 'cached alone' },
])
