import { testLaw } from '../support/laws.ts'
import { noUpdateIsLost } from './stories/no-update-is-lost.ts'

testLaw(noUpdateIsLost)
