/**
 * A process that writes to a file store until the disk is full, and says what happened.
 *
 * In: `tsx fill-disk.ts <folder> <durable>`. Out: one line of JSON.
 *
 * @module
 */
import { SojournError } from '../../src/errors.ts'
import { fileStore } from '../../src/store/file.ts'

const [folder = '', durable = 'true'] = process.argv.slice(2)
// Where a limit on the size of files stands for a full disk, the system sends this signal first.
process.on('SIGXFSZ', () => {})

const store = fileStore(folder, { durable: durable === 'true' })
const first = { value: 'the old version', version: 1, expiresAt: 1_000_000 }
const large = { value: 'x'.repeat(400_000), version: 2, expiresAt: 1_000_000 }
await store.create('key', first, 0)

const failures: unknown[] = []
async function expectFailure(attempt: () => Promise<unknown>): Promise<void> {
  try {
    failures.push(['no failure', await attempt()])
  } catch (error) {
    const facts = error instanceof SojournError ? [error.code, error.details.systemCode] : [String(error)]
    failures.push(facts)
  }
}
await expectFailure(() => store.replace('key', large, 1, 0))
await expectFailure(() => store.create('other', large, 0))
await expectFailure(() => store.bury('key', large.value, 2_000_000, 0))
const kept = await store.find('key')
const other = await store.find('other')
const small = await store.replace('key', { ...first, value: 'small', version: 2 }, 1, 0)
console.log(JSON.stringify({ failures, kept, other, small, left: await store.find('key') }))
