/**
 * Every story of every law on one store that needs a server.
 *
 * @module
 */
import { describe, test } from 'vitest'
import { answersRelyOnTheStore } from '../flow/stories/answers-rely-on-the-store.ts'
import { cachesNeverMix } from '../flow/stories/caches-never-mix.ts'
import { logOutEverywhere } from '../flow/stories/log-out-everywhere.ts'
import { loginIsFinal } from '../flow/stories/login-is-final.ts'
import { logoutIsFinal } from '../flow/stories/logout-is-final.ts'
import { noUpdateIsLost } from '../flow/stories/no-update-is-lost.ts'
import { nothingFailsSilently } from '../flow/stories/nothing-fails-silently.ts'
import { readsCostOneRead } from '../flow/stories/reads-cost-one-read.ts'
import { secretsRotate } from '../flow/stories/secrets-rotate.ts'
import { stolenStoreIsWorthless } from '../flow/stories/stolen-store-is-worthless.ts'
import { strangersStayOutside } from '../flow/stories/strangers-stay-outside.ts'
import { timeIsTheServers } from '../flow/stories/time-is-the-servers.ts'
import { visitorsCostNothing } from '../flow/stories/visitors-cost-nothing.ts'
import type { StoreName } from './backends.ts'
import { testLawOn } from './laws.ts'
import type { OpenPlace } from './places/place.ts'

const LAWS = [
  noUpdateIsLost,
  logoutIsFinal,
  loginIsFinal,
  answersRelyOnTheStore,
  readsCostOneRead,
  visitorsCostNothing,
  strangersStayOutside,
  stolenStoreIsWorthless,
  secretsRotate,
  logOutEverywhere,
  cachesNeverMix,
  timeIsTheServers,
  nothingFailsSilently,
]

/** `null`: its server is not installed here, which was said in a line. */
export function tellEveryLawOn(store: StoreName, open: OpenPlace | null): void {
  if (open === null) test(`the laws on ${store}`, ({ skip }) => skip('its server is not installed here'))
  else for (const law of LAWS) describe(`law ${law.number}`, () => testLawOn(store, open, law))
}
