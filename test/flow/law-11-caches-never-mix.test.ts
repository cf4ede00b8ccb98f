import { testLaw } from '../support/laws.ts'
import { cachesNeverMix } from './stories/caches-never-mix.ts'

testLaw(cachesNeverMix)
