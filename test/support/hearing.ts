/**
 * What a bus tells, as something that can be waited for.
 *
 * In: a bus. Out: everything it has said so far, and a promise of what it has yet to say. Must not know how it hears.
 *
 * @module
 */
import { EventEmitter, once } from 'node:events'
import type { Bus } from '../../src/store/bus/bus.ts'

/** A key, `null` for all of them, or that messages may be missing from now on. */
export type Word = string | null | { readonly lost: true }

export const LOST: Word = { lost: true }

export interface Hearing {
  readonly words: readonly Word[]
  /** Resolves once this was said after the last word that was waited for. */
  hears(word: Word): Promise<void>
  leave(): void
}

export function hearing(bus: Bus): Hearing {
  const words: Word[] = []
  const said = new EventEmitter().setMaxListeners(0)
  let heard = 0
  const say = (word: Word) => {
    words.push(word)
    said.emit('word')
  }
  const leave = bus.subscribe(say, () => say(LOST))

  return {
    words,
    leave,
    async hears(word) {
      for (;;) {
        const at = words.indexOf(word, heard)
        if (at !== -1) {
          heard = at + 1
          return
        }
        await once(said, 'word', { signal: AbortSignal.timeout(50_000) })
      }
    },
  }
}
