/**
 * A process that counts in one entry of a store by compare-and-swap, and says each time it was told "done".
 *
 * In: `tsx hammer.ts <store> <place> <key> <writes> <pause>`, and a line on its input when it shall begin. Out: lines on its
 * output: `ready`, then the version of each acknowledged write, then `finished`, or `gone` where the entry has ended.
 *
 * @module
 */
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { counted, openStore } from './counting.ts'
import { say } from './say.ts'

const [kind = '', place = '', key = '', writes = '0', pause = '0'] = process.argv.slice(2)
const store = openStore(kind, place)
say('ready')
await once(process.stdin, 'data')

let said = 'finished'
for (let written = 0; written < Number(writes); ) {
  const entry = await store.find(key)
  if (entry === null || entry.grave) {
    said = 'gone'
    break
  }
  const answer = await store.replace(key, counted(entry), entry.version, 0)
  if (answer === 'done') {
    written++
    say(String(entry.version + 1))
    // One that writes without end must leave gaps: SQLite gives no turns, and the others would starve.
    if (pause !== '0') await setTimeout(Number(pause))
  }
}
say(said)
process.stdin.destroy()
