/**
 * How long to go on trying, and how long to wait in between.
 *
 * In: the longest time in milliseconds. Out: pauses that grow, with jitter so that processes that collided once do not
 * collide in step; and an error when the time is up. Uses the real time, not the app's clock: it is about patience, not
 * about sessions.
 *
 * @module
 */

import { StoreError } from '../errors.ts'

const LONGEST_PAUSE = 50

export interface Patience {
  /** @throws StoreError COMMIT_TIMEOUT when the time is up. */
  pause(): Promise<void>
}

export function createPatience(timeout: number): Patience {
  const deadline = performance.now() + timeout
  let attempts = 0
  return {
    async pause() {
      if (performance.now() >= deadline) {
        throw new StoreError(
          'COMMIT_TIMEOUT',
          `Cannot save the session: others changed it ${attempts} times within ${timeout} ms, and it could not be swapped in between. See who writes to it that often, or raise commitTimeout`,
          { details: { attempts, timeout } },
        )
      }
      // The first conflict is most often over already.
      const longest = attempts === 0 ? 0 : Math.min(2 ** attempts, LONGEST_PAUSE)
      attempts++
      if (longest > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
    },
  }
}
