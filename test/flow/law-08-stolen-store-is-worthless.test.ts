import { testLaw } from '../support/laws.ts'
import { stolenStoreIsWorthless } from './stories/stolen-store-is-worthless.ts'

testLaw(stolenStoreIsWorthless, [{ adapter: 'node', backend: 'sealed at rest in sqlite' }])
