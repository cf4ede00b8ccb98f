import { testLaw } from '../support/laws.ts'
import { answersRelyOnTheStore } from './stories/answers-rely-on-the-store.ts'

testLaw(answersRelyOnTheStore)
