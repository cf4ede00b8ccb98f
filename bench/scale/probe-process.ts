/**
 * A second process on the same SQLite file, with requests of its own.
 *
 * In: `tsx probe-process.ts <file> <from> <count>`; a message when to report and begin anew, the end of the channel when
 * to end. Out: a message when it has begun, and what it measured.
 *
 * @module
 */
import { once } from 'node:events'
import { DatabaseSync } from '@photostructure/sqlite'
import { probe } from './probe.ts'
import { openStore } from './sqlite.ts'

const [file = '', from = '0', count = '1'] = process.argv.slice(2)
const store = openStore(new DatabaseSync(file))
process.on('disconnect', () => process.exit())
process.send?.('ready')
for (;;) {
  let over = false
  const told = once(process, 'message').then(() => {
    over = true
  })
  process.send?.(await probe(store, { from: Number(from), count: Number(count) }, () => over))
  await told
}
