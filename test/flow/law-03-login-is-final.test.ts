import { testLaw } from '../support/laws.ts'
import { loginIsFinal } from './stories/login-is-final.ts'

testLaw(loginIsFinal, [{ adapter: 'node', backend: 'revocable in sqlite' }])
