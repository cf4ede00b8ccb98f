import { testLaw } from '../support/laws.ts'
import { visitorsCostNothing } from './stories/visitors-cost-nothing.ts'

testLaw(visitorsCostNothing)
