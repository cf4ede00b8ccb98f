import { testLaw } from '../support/laws.ts'
import { strangersStayOutside } from './stories/strangers-stay-outside.ts'

testLaw(strangersStayOutside)
