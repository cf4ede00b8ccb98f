/**
 * So much at once, so much waiting, and no more.
 *
 * In: work that costs memory or a thread. Out: its result, in the order of asking, or a refusal while the line is full.
 * Must not know: what the work is. Holds no timer.
 *
 * @module
 */

/** Runs work when its turn comes; a full line makes it reject before the work starts. */
export type WorkQueue = <Result>(work: () => Promise<Result>) => Promise<Result>

/** At most `running` at once and `waiting` behind them; what comes on top rejects with `full()`. */
export function workQueue(limits: { running: number; waiting: number; full: () => Error }): WorkQueue {
  const line: (() => void)[] = []
  let running = 0

  return async (work) => {
    if (running < limits.running) {
      running += 1
    } else {
      if (line.length >= limits.waiting) throw limits.full()
      // The place is handed over, never given back in between: nobody who comes later can slip in.
      await new Promise<void>((resolve) => line.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else running -= 1
    }
  }
}
