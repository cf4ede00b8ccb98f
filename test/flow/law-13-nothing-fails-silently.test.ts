import { leftOutOf, notAnOption, testLaw } from '../support/laws.ts'
import { nothingFailsSilently } from './stories/nothing-fails-silently.ts'

testLaw(nothingFailsSilently)
leftOutOf(
  nothingFailsSilently,
  'the diagnosis of a proxy that is not trusted',
  'the option trustProxy is not built yet',
  notAnOption('trustProxy'),
)
