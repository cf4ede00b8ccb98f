/**
 * The way around a store that fails or hangs.
 *
 * In: calls to it. Out: their answers, or `null` within a moment; after a failure it is left alone for a while, but for
 * one call that tries again. Must not know what the calls do.
 *
 * @module
 */

/** Milliseconds that a reader waits for an answer. Far above what a fast store needs, far below what a request has. */
const PATIENCE = 100
/** Milliseconds, by the caller's clock, until the next reader tries again. */
const PAUSE = 1_000
/** Calls that may be without an answer at once: a client that keeps them until its server is back holds no more. */
const MOST_UNANSWERED = 1_000

export interface Detour {
  /** The answer, in an object of its own; `null` where there is none in time, or where nobody was asked. */
  ask<Answer>(call: () => Promise<Answer>): Promise<{ readonly answer: Answer } | null>
  /**
   * Calls whatever happened before, and resolves when the call has or `patience` milliseconds are over, never earlier:
   * not even where the call has failed.
   */
  tell(call: () => Promise<unknown>, patience: number): Promise<void>
}

/** `onFailure` hears what was thrown, and nothing of calls that are merely late. */
export function createDetour(clock: () => number, onFailure: (error: unknown) => void): Detour {
  let failedAt: number | null = null
  let unanswered = 0

  async function send<Answer>(call: () => Promise<Answer>, whenLate: () => void): Promise<Answer> {
    if (unanswered >= MOST_UNANSWERED) throw new Error('Too many calls are without an answer')
    let late = false
    const timer = setTimeout(() => {
      late = true
      failedAt = clock()
      whenLate()
    }, PATIENCE)
    unanswered++
    try {
      const answer = await call()
      if (!late) failedAt = null
      return answer
    } catch (error) {
      failedAt = clock()
      onFailure(error)
      throw error
    } finally {
      unanswered--
      clearTimeout(timer)
    }
  }

  function isLeftAlone(): boolean {
    if (failedAt === null) return false
    const elapsed = clock() - failedAt
    if (elapsed >= 0 && elapsed < PAUSE) return true
    // This call is the one that tries; those who come while it does still go around.
    failedAt = clock()
    return false
  }

  return {
    ask(call) {
      if (isLeftAlone()) return Promise.resolve(null)
      return new Promise((resolve) => {
        send(call, () => resolve(null)).then(
          (answer) => resolve({ answer }),
          () => resolve(null),
        )
      })
    },

    tell(call, patience) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, patience)
        send(call, () => {}).then(
          () => {
            clearTimeout(timer)
            resolve()
          },
          () => {},
        )
      })
    },
  }
}
