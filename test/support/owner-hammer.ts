/**
 * A process that works for one owner: raises the epoch, or makes entries.
 *
 * In: `tsx owner-hammer.ts <store> <place> <owner> <raise|create> <times> <name>`, and a line on its input when it shall
 * begin. Out: lines on its output: `ready`, then what it was told, one line each: an epoch, or the key of an entry that stays.
 *
 * @module
 */
import { once } from 'node:events'
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import { openStore, uncounted } from './counting.ts'
import { say } from './say.ts'

const [kind = '', place = '', ownerId = '', work = '', times = '0', name = ''] = process.argv.slice(2)
const store = openStore(kind, place) as Store & OwnerIndex
say('ready')
await once(process.stdin, 'data')
for (let time = 0; time < Number(times); time++) {
  const said = work === 'raise' ? await store.raiseEpoch(ownerId, 1_000) : await create(`${name} ${time}`)
  say(String(said))
}
process.stdin.destroy()

/** One entry that stays, and one beside it that comes, changes its owner and is buried: there is always something to tidy. */
async function create(key: string): Promise<string> {
  const passing = `passing ${key}`
  await store.create(passing, { ...uncounted, ownerId }, 0)
  await store.create(key, { ...uncounted, ownerId }, 0)
  await store.replace(passing, { ...uncounted, version: 2 }, 1, 0)
  await store.replace(passing, { ...uncounted, version: 3, ownerId }, 2, 0)
  await store.bury(passing, '', 1_000, 0)
  return key
}
