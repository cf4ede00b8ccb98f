import { testLaw } from '../support/laws.ts'
import { secretsRotate } from './stories/secrets-rotate.ts'

testLaw(secretsRotate)
