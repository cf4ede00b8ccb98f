import { testLaw } from '../support/laws.ts'
import { nothingFailsSilently } from './stories/nothing-fails-silently.ts'

testLaw(nothingFailsSilently)
