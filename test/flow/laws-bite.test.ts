/**
 * The stories bite: told about a store or an adapter that was broken on purpose, a story of the right law fails.
 *
 * Each mistake is one that libraries in wide use have made.
 */
import { AssertionError } from 'node:assert/strict'
import { expect, test } from 'vitest'
import type { Entry, OwnerIndex, Store } from '../../src/store/store.ts'
import {
  forgetsVersions,
  mountClearsUnknown,
  mountForgetsCaches,
  mountReadsTwice,
  mountSendsFirst,
  mountSetsCookieOnRead,
  revivingExtend,
  tellsTokens,
  upsert,
} from '../support/broken-worlds.ts'
import { type Law, tellIn } from '../support/laws.ts'
import type { WorldOptions } from '../support/world.ts'
import { answersRelyOnTheStore } from './stories/answers-rely-on-the-store.ts'
import { cachesNeverMix } from './stories/caches-never-mix.ts'
import { logOutEverywhere } from './stories/log-out-everywhere.ts'
import { loginIsFinal } from './stories/login-is-final.ts'
import { logoutIsFinal } from './stories/logout-is-final.ts'
import { noUpdateIsLost } from './stories/no-update-is-lost.ts'
import { readsCostOneRead } from './stories/reads-cost-one-read.ts'
import { stolenStoreIsWorthless } from './stories/stolen-store-is-worthless.ts'
import { visitorsCostNothing } from './stories/visitors-cost-nothing.ts'

type Broken = Pick<WorldOptions, 'wrapStore' | 'mount'> & Partial<Pick<WorldOptions, 'backend'>>

/** An index that has lost the first row it was asked about. */
function forgetsRow(store: Store & OwnerIndex): Store {
  let forgotten: string | null = null
  return Object.assign(Object.create(store) as Store, {
    async *listByOwner(ownerId: string) {
      for await (const row of store.listByOwner(ownerId)) {
        forgotten ??= row.key
        if (row.key !== forgotten) yield row
      }
    },
  })
}

/** A revocation store that writes every end down, also over one that is there. */
function endsTwice(store: Store): Store {
  return Object.assign(Object.create(store) as Store, {
    async create(key: string, entry: Entry, now: number) {
      const held = await store.find(key)
      if (held === null) return store.create(key, entry, now)
      const later = Math.max(now, held.expiresAt) + 1
      await store.bury(key, '', later, later - 1)
      return store.create(key, entry, later)
    },
  })
}

/** An epoch that is told and not kept. */
function forgetsEpochs(store: Store): Store {
  return Object.assign(Object.create(store) as Store, { raiseEpoch: async (_: string, now: number) => now })
}

const BITES: readonly (readonly [mistake: string, broken: Broken, law: Law, title: RegExp])[] = [
  ['a store whose replace is an upsert', { wrapStore: upsert }, logoutIsFinal, /^a slow write is told 409/],
  [
    'a store whose replace is an upsert',
    { wrapStore: upsert },
    loginIsFinal,
    /^a slow write with the old id is told 409/,
  ],
  ['a store whose replace is an upsert', { wrapStore: upsert }, logoutIsFinal, /half done: the new id never lives/],
  [
    'a store that forgets versions',
    { wrapStore: forgetsVersions },
    noUpdateIsLost,
    /^a write overtaken by one of another/,
  ],
  ['a store that forgets versions', { wrapStore: forgetsVersions }, noUpdateIsLost, /^a write that lands while the id/],
  [
    'a store whose extend revives a grave',
    { wrapStore: revivingExtend },
    logoutIsFinal,
    /^a slow page that only reads/,
  ],
  ['an adapter that reads twice', { mount: mountReadsTwice }, readsCostOneRead, /^a request that only reads sends/],
  [
    'an app that keeps what the cookie says',
    { mount: tellsTokens },
    stolenStoreIsWorthless,
    /^no token, no part of one/,
  ],
  [
    'an adapter that answers before the commit',
    { mount: mountSendsFirst },
    answersRelyOnTheStore,
    /^a redirect does not/,
  ],
  [
    'an adapter that answers before the commit',
    { mount: mountSendsFirst },
    answersRelyOnTheStore,
    /^a head that was given/,
  ],
  [
    'an adapter that answers before the commit',
    { mount: mountSendsFirst },
    answersRelyOnTheStore,
    /^a store that fails at/,
  ],
  [
    'an adapter that sets its cookie on every read',
    { mount: mountSetsCookieOnRead },
    readsCostOneRead,
    /^a request that only/,
  ],
  [
    'an adapter that sets its cookie on every read',
    { mount: mountSetsCookieOnRead },
    visitorsCostNothing,
    /^reading, and/,
  ],
  [
    'an adapter that clears a cookie it does not know',
    { mount: mountClearsUnknown },
    loginIsFinal,
    /^requests that begin with/,
  ],
  [
    'an adapter that forgets caches',
    { mount: mountForgetsCaches },
    cachesNeverMix,
    /^an answer that read the session is/,
  ],
  ['an owner index that forgets a row', { wrapStore: forgetsRow }, logOutEverywhere, /^every session of the user ends/],
  ['an owner index that forgets a row', { wrapStore: forgetsRow }, logOutEverywhere, /^a user’s sessions are listed/],
  ['an epoch that is not kept', { wrapStore: forgetsEpochs }, logOutEverywhere, /^a login that revokeAll overtakes/],
  [
    'an epoch that is not kept',
    { wrapStore: forgetsEpochs, backend: 'revocable' },
    logOutEverywhere,
    /^every session of the user ends/,
  ],
  [
    'a revocation store that upserts',
    { wrapStore: endsTwice, backend: 'revocable' },
    logoutIsFinal,
    /half done: the new id never lives/,
  ],
]

test.each(BITES)('%s breaks a law', async (_, broken, law, title) => {
  const story = law.stories.find((candidate) => title.test(candidate.title))
  if (story === undefined) throw new Error(`No story of law ${law.number} has a title like ${title}`)
  const { options, tell } = story
  const told = tellIn({ adapter: 'node', backend: 'memory', options, ...broken }, tell)
  await expect(told, `law ${law.number}: ${story.title}`).rejects.toBeInstanceOf(AssertionError)
})
