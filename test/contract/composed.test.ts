import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, test } from 'vitest'
import { cached } from '../../src/store/cached.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { migrating } from '../../src/store/migrating.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/store/sqlite.ts'
import type { Enumerable, OwnerIndex, Store, Sweepable } from '../../src/store/store.ts'
import { tiered } from '../../src/store/tiered.ts'
import { NOW } from '../../src/testing/store-case.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { failingStore } from '../../src/testing/stores.ts'
import { temporaryFolder } from '../support/folders.ts'

type Full = Store & Sweepable & OwnerIndex & Enumerable

// The cases pass a time of their own; by this clock what is copied is fresh all the while.
const clock = () => NOW

function sqlite(): Full {
  return sqliteStore(new DatabaseSync(join(temporaryFolder(), 'store.db')) as SqliteDatabase)
}

function downStore(): Store {
  const store = failingStore(memoryStore())
  store.fail(['find', 'create', 'replace', 'extend', 'bury'])
  return store
}

/** Each call through the next process. */
function turnAbout(...processes: readonly Full[]): Full {
  let turn = 0
  return new Proxy({} as Full, {
    get: (_, name) => {
      const process = processes[turn++ % processes.length] ?? {}
      const member: unknown = Reflect.get(process, name)
      return typeof member === 'function' ? member.bind(process) : member
    },
  })
}

function bothDeploys(from: Full, to: Full): Full {
  return turnAbout(migrating(from, to, { move: false }), migrating(from, to, { move: true }))
}

function twoProcesses(fast: Store, durable: Full): Full {
  return turnAbout(tiered(fast, durable, { clock }), tiered(fast, durable, { clock }))
}

const stores: Readonly<Record<string, Full>> = {
  tiered: tiered(memoryStore(), sqlite(), { clock }),
  'tiered, by a clock of another day': tiered(sqlite(), memoryStore()),
  'tiered, two processes': twoProcesses(memoryStore(), sqlite()),
  'tiered, its fast store down': tiered(downStore(), memoryStore(), { maxStale: 1 }),
  cached: cached(sqlite(), { clock }),
  'cached, with room for three': cached(memoryStore(), { clock, maxEntries: 3 }),
  'migrating, not moving yet': migrating(memoryStore(), sqlite(), { move: false }),
  'migrating, moving': migrating(sqlite(), memoryStore(), { move: true }),
  'migrating, both deploys at once': bothDeploys(memoryStore(), sqlite()),
  'migrating, both deploys at once, the other way': bothDeploys(sqlite(), memoryStore()),
  'all of them': cached(
    tiered(memoryStore(), bothDeploys(memoryStore(), cached(tiered(memoryStore(), sqlite(), { clock }), { clock })), {
      clock,
    }),
    { clock },
  ),
}

describe.each(Object.entries(stores))('%s keeps the contract of a store', (_, store) => {
  test.each(storeContract)('$name', ({ run }) => run(store))
})

test('a near cache says what it has of what is inside', () => {
  expect(Object.keys(cached(sqlite())).toSorted()).toEqual(
    ['bury', 'close', 'create', 'developmentOnly', 'entries', 'epochOf', 'extend', 'find', 'findFresh'].concat([
      'listByOwner',
      'raiseEpoch',
      'replace',
      'sweep',
    ]),
  )
})
