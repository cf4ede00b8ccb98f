import { testLaw } from '../support/laws.ts'
import { logoutIsFinal } from './stories/logout-is-final.ts'

testLaw(logoutIsFinal, [{ adapter: 'node', backend: 'revocable sqlite' }])
