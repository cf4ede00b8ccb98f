/**
 * The contract of an owner index as cases: who is listed, and what an epoch is.
 *
 * In: a store that is up; owners are the case's own, as keys are. Out: nothing, or an AssertionError that says what was
 * expected and what was found. Must not know a test runner.
 *
 * @module
 */
import { ODD_TEXTS } from '../lib/odd-texts.ts'
import { same, shown } from '../lib/same.ts'
import type { Entry, OwnerIndex, Store } from '../store/store.ts'
import { ENDS, fields, live, MINUTE, NOW, ofPower, type StoreCase } from './store-case.ts'

/** More than a backend gives at once. */
const MANY = 250

/** The sentences about `OwnerIndex`. Each `key` begins all keys and owners of a case. */
export const ownerIndexContract: readonly StoreCase[] = [
  of('an owner is listed with all entries of theirs, to the last field, and with nobody else’s', async (store, key) => {
    const ada = live({ version: 3, ownerId: `${key} ada` })
    const remembered = live({ value: 'second', version: 4, expiresAt: ENDS + 9, ownerId: `${key} ada` })
    await store.create(`${key}1`, ada, NOW)
    await store.create(`${key}2`, live({ ownerId: `${key} bob` }), NOW)
    await store.create(`${key}3`, remembered, NOW)
    await store.create(`${key}4`, live(), NOW)
    await listed(store, `${key} ada`, { [`${key}1`]: ada, [`${key}3`]: remembered })
    await listed(store, `${key} nobody`, {})
  }),
  of('owners that look alike are different owners', async (store, key) => {
    const long = 'o'.repeat(10_240)
    const owners = [...ODD_TEXTS.map((text) => key + text), `${key} `, `${key}${long}1`, `${key}${long}2`]
    for (const [n, ownerId] of owners.entries()) await store.create(`${key}${n}`, live({ ownerId }), NOW)
    for (const [n, ownerId] of owners.entries()) await listed(store, ownerId, { [`${key}${n}`]: live({ ownerId }) })
  }),
  of('owners are listed by the exact text of the id, whatever it is', async (store, key) => {
    for (const ownerId of ODD_TEXTS) {
      await store.create(key + ownerId, live({ ownerId }), NOW)
      const keys = (await list(store, ownerId)).map((entry) => entry.key)
      // Others may use these names too: every case that runs a second time does.
      same(
        `listed of ${shown(ownerId)}`,
        keys.filter((each) => each.startsWith(key)),
        [key + ownerId],
      )
    }
  }),
  of('a replace that changes the owner moves the entry, one without an owner takes it out', async (store, key) => {
    await store.create(key, live({ ownerId: `${key} ada` }), NOW)
    const moved = live({ version: 2, ownerId: `${key} bob` })
    await store.replace(key, moved, 1, NOW)
    await listed(store, `${key} ada`, {})
    await listed(store, `${key} bob`, { [key]: moved })
    await store.replace(key, live({ version: 3 }), 2, NOW)
    await listed(store, `${key} bob`, {})
    await store.replace(key, live({ version: 4, ownerId: `${key} ada` }), 3, NOW)
    await listed(store, `${key} ada`, { [key]: live({ version: 4, ownerId: `${key} ada` }) })
  }),
  of('a replace that was refused changes nothing in the index', async (store, key) => {
    const held = live({ version: 5, ownerId: `${key} ada` })
    await store.create(key, held, NOW)
    await store.replace(key, live({ version: 6, ownerId: `${key} bob` }), 4, NOW)
    await store.create(key, live({ ownerId: `${key} bob` }), NOW)
    await listed(store, `${key} ada`, { [key]: held })
    await listed(store, `${key} bob`, {})
  }),
  of('a listing gives the end an extend has moved', async (store, key) => {
    await store.create(key, live({ ownerId: key }), NOW)
    await store.extend(key, ENDS + MINUTE, NOW)
    await listed(store, key, { [key]: live({ ownerId: key, expiresAt: ENDS + MINUTE }) })
  }),
  of('a grave is never listed, however it came to be', async (store, key) => {
    await store.create(`${key}1`, live({ ownerId: key }), NOW)
    await store.create(`${key}2`, live({ ownerId: key }), NOW)
    await store.create(`${key}3`, live({ ownerId: key, grave: true }), NOW)
    await store.create(`${key}4`, live({ ownerId: key }), NOW)
    await store.bury(`${key}1`, 'successor', ENDS, NOW)
    await store.replace(`${key}2`, live({ version: 2, ownerId: key, grave: true }), 1, NOW)
    await listed(store, key, { [`${key}4`]: live({ ownerId: key }) })
  }),
  of('a key taken over from an ended entry is listed with its new owner only', async (store, key) => {
    await store.create(key, live({ expiresAt: NOW + 1, ownerId: `${key} ada` }), NOW)
    await store.create(key, live({ ownerId: `${key} bob` }), NOW + 1)
    await listed(store, `${key} ada`, {})
    await listed(store, `${key} bob`, { [key]: live({ ownerId: `${key} bob` }) })
  }),
  of(`an owner of ${MANY} entries is listed with each of them once`, async (store, key) => {
    const keys = [...Array(MANY).keys()].map((n) => `${key}${n}`)
    await Promise.all(keys.map((each) => store.create(each, live({ ownerId: key }), NOW)))
    await listed(store, key, Object.fromEntries(keys.map((each) => [each, live({ ownerId: key })])))
  }),
  of('an entry is listed from the moment its create was answered, whatever else happens', async (store, key) => {
    const answers = [...Array(16).keys()].map(async (n) => {
      await store.create(`${key}${n}`, live({ ownerId: key }), NOW)
      const keys = (await list(store, key)).map((entry) => entry.key)
      same(`${key}${n} is among the listed`, keys.includes(`${key}${n}`), true)
    })
    await Promise.all(answers)
  }),
  of('what is there all the while is listed once, whatever is written during the listing', async (store, key) => {
    const keys = [...Array(MANY).keys()].map((n) => `${key}${n}`)
    await Promise.all(keys.map((each) => store.create(each, live({ ownerId: key }), NOW)))
    const met: string[] = []
    for await (const { key: each } of store.listByOwner(key)) {
      met.push(each)
      // Both move the row: in a tree of times, in a log, in a heap.
      if (met.length % 200 === 1) await Promise.all(keys.map((one, n) => store.extend(one, ENDS + met.length + n, NOW)))
      if (met.length % 100 === 2) await store.replace(each, live({ version: 2, ownerId: key }), 1, NOW)
    }
    same('keys that were listed', met.toSorted(), keys.toSorted())
  }),
  of('burying what is listed leaves nothing listed', async (store, key) => {
    for (const n of Array(20).keys()) await store.create(`${key}${n}`, live({ ownerId: key }), NOW)
    for await (const { key: each } of store.listByOwner(key)) await store.bury(each, '', ENDS, NOW)
    await listed(store, key, {})
  }),

  of('an epoch is 0 until it is raised, then now, then never less than one more', async (store, key) => {
    same('epoch', await store.epochOf(key), 0)
    same('raised', await store.raiseEpoch(key, NOW), NOW)
    same('epoch', await store.epochOf(key), NOW)
    same('raised at the same time', await store.raiseEpoch(key, NOW), NOW + 1)
    same('raised by a clock that is behind', await store.raiseEpoch(key, NOW - MINUTE), NOW + 2)
    same('raised later', await store.raiseEpoch(key, NOW + MINUTE), NOW + MINUTE)
    same('epoch', await store.epochOf(key), NOW + MINUTE)
  }),
  of('a first epoch is 1 at least', async (store, key) => {
    same('raised at 0', await store.raiseEpoch(key, 0), 1)
    same('epoch', await store.epochOf(key), 1)
  }),
  of('of many who raise one epoch, no two are told the same', async (store, key) => {
    const raised = await Promise.all([...Array(16).keys()].map(() => store.raiseEpoch(key, NOW)))
    same(
      'raised',
      raised.toSorted(ascending),
      [...Array(16).keys()].map((n) => NOW + n),
    )
    same('epoch', await store.epochOf(key), NOW + 15)
  }),
  of('owners that look alike have epochs of their own', async (store, key) => {
    const owners = [...ODD_TEXTS.map((text) => key + text), `${key}${'o'.repeat(10_240)}`]
    for (const [n, ownerId] of owners.entries()) same(`first ${n}`, await store.raiseEpoch(ownerId, n + 1), n + 1)
    for (const [n, ownerId] of owners.entries()) same(`epoch ${n}`, await store.epochOf(ownerId), n + 1)
  }),
  of('an epoch stays when the last entry of its owner is gone', async (store, key) => {
    await store.create(key, live({ ownerId: key, expiresAt: NOW + 1 }), NOW)
    await store.raiseEpoch(key, NOW)
    await store.create(key, live(), NOW + MINUTE)
    await store.bury(key, '', NOW + 2 * MINUTE, NOW + MINUTE)
    same('epoch', await store.epochOf(key), NOW)
  }),
]

function of(name: string, run: (store: Store & OwnerIndex, key: string) => Promise<void>): StoreCase {
  return ofPower('owner-index', name, run)
}

async function list(store: OwnerIndex, ownerId: string): Promise<{ key: string; entry: Entry }[]> {
  const entries: { key: string; entry: Entry }[] = []
  for await (const listing of store.listByOwner(ownerId)) entries.push(listing)
  return entries
}

async function listed(store: OwnerIndex, ownerId: string, expected: Readonly<Record<string, Entry>>): Promise<void> {
  const entries = await list(store, ownerId)
  const rows = entries.map(({ key, entry }) => [key, fields(entry)] as const).toSorted(byKey)
  const expectedRows = Object.entries(expected).map(([key, entry]) => [key, fields(entry)] as const)
  same(`listed of ${shown(ownerId)}`, rows, expectedRows.toSorted(byKey))
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : Number(one > other)
}

function ascending(one: number, other: number): number {
  return one - other
}
