import { join } from 'node:path'
import { describe, test } from 'vitest'
import { fileStore } from '../../src/store/file.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { drivers, driversLeftOut } from '../support/databases.ts'
import { temporaryFolder } from '../support/folders.ts'

const stores: readonly [string, Store][] = [
  ['memory', memoryStore()],
  ['file, durable', fileStore(join(temporaryFolder(), 'store'))],
  ['file, not durable', fileStore(join(temporaryFolder(), 'store'), { durable: false })],
  ...drivers.map(({ name, open }): [string, Store] => [
    `sqlite through ${name}`,
    sqliteStore(open(join(temporaryFolder(), 'store.db'))),
  ]),
]

for (const line of driversLeftOut) console.log(line)

describe.each(stores)('%s', (_, store) => {
  test.each(storeContract)('$name', ({ run }) => run(store))
})
