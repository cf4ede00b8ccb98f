/**
 * Tells sockets and streams that their session has ended.
 *
 * In: sessions that somebody watches, and what this process hears of ends. Out: one call for each watcher: at once where this
 * process ended the session, else when it looks again. Timers run only while somebody watches, and hold no process open. Must
 * not know: sockets, responses.
 *
 * @module
 */

import { claimantOf } from '../record/record.ts'
import type { Held, RejectReason } from '../transport/transport.ts'
import type { EventBody } from './events.ts'

export type EndListener = (reason: RejectReason) => void

export interface Ends {
  /**
   * Calls the listener once, when the session has ended, or got another id.
   *
   * @param recheck Asks whether it lives, where it is kept.
   * @param every How often to ask, in milliseconds.
   * @returns what stops watching.
   */
  watch(held: Held, listener: EndListener, recheck: () => Promise<RejectReason | null>, every: number): () => void
  /** What happened in this process. */
  hear(event: EventBody): void
}

/** A longer one is no longer one: it would fire at once, and again and again. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What a listener throws is no failure of whoever ended the session. */
function tell(listener: EndListener, reason: RejectReason): void {
  try {
    listener(reason)
  } catch (error) {
    console.error('sojourn: a listener of session.onEnd threw', error)
  }
}

/** Tells of what was over before anybody asked: after the caller is done, unless it stops that. */
export function tellSoon(listener: EndListener, reason: RejectReason): () => void {
  let isStopped = false
  queueMicrotask(() => {
    if (!isStopped) tell(listener, reason)
  })
  return () => {
    isStopped = true
  }
}

interface Watch {
  readonly id: string
  readonly ownerId: string | null
  end(reason: RejectReason): void
}

export function createEnds(): Ends {
  const watches = new Set<Watch>()

  function endWhere(matches: (watch: Watch) => boolean, reason: RejectReason): void {
    if (watches.size === 0) return
    for (const watch of [...watches]) if (matches(watch)) watch.end(reason)
  }

  return {
    watch({ id, record }, listener, recheck, every) {
      const timer = setInterval(look, Math.min(every, LONGEST_TIMER))
      // Not every runtime's timers can.
      timer.unref?.()
      const watch: Watch = {
        id,
        ownerId: claimantOf(record),
        end(reason) {
          stop()
          tell(listener, reason)
        },
      }
      watches.add(watch)

      function stop(): void {
        clearInterval(timer)
        watches.delete(watch)
      }

      function look(): void {
        recheck().then(
          (reason) => {
            if (reason !== null && watches.has(watch)) watch.end(reason)
          },
          // An outage logs nobody out: asked again next time.
          () => undefined,
        )
      }

      return stop
    },

    hear(event) {
      if (event.type === 'session-destroyed') endWhere(({ id }) => id === event.id, 'revoked')
      else if (event.type === 'session-regenerated') endWhere(({ id }) => id === event.previousId, 'superseded')
      else if (event.type === 'sessions-revoked') {
        endWhere(({ id, ownerId }) => ownerId === event.ownerId && id !== event.exceptId, 'revoked')
      }
    },
  }
}
