/**
 * One line on the output of a process that may be killed at any moment.
 *
 * In: a line. Out: nothing, once it has left the process. Not through `process.stdout`, which keeps what the reader is too
 * slow for, and sends it in a turn of the event loop that somebody who only ever waits for SQLite never gives it.
 *
 * @module
 */
import { writeSync } from 'node:fs'

export function say(line: string): void {
  writeSync(1, `${line}\n`)
}
