import { testLaw } from '../support/laws.ts'
import { readsCostOneRead } from './stories/reads-cost-one-read.ts'

testLaw(readsCostOneRead)
