import { testLaw } from '../support/laws.ts'
import { timeIsTheServers } from './stories/time-is-the-servers.ts'

testLaw(timeIsTheServers)
