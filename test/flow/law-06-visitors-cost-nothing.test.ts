import { leftOutOf, notAnOption, testLaw } from '../support/laws.ts'
import { visitorsCostNothing } from './stories/visitors-cost-nothing.ts'

testLaw(visitorsCostNothing)
leftOutOf(
  visitorsCostNothing,
  'the visitor cookie of a CSRF token',
  'the option csrf is not built yet',
  notAnOption('csrf'),
)
