/**
 * One line per session: commits of one process to one key wait for each other.
 *
 * In: jobs under a key. Out: jobs run one after the other; those that may be merged and stand next to each other run
 * as one. Fifty overlapping requests then cost a handful of compare-and-swaps, not fifty rounds of retries. Must not
 * know: what a job does.
 *
 * @module
 */

type Task = () => Promise<void>

interface Lines<J> {
  /** Runs a job as soon as it is its turn, together with its neighbours. */
  merge(key: string, job: J): void
  /** Whether nobody stands in the line of a key. */
  isFree(key: string): boolean
  /** Runs a task as soon as it is its turn, with nobody beside it. */
  alone<T>(key: string, task: () => Promise<T>): Promise<T>
}

/**
 * `runMerged` runs neighbouring jobs as one, settles each of them and must not reject. What it returns is handed to
 * the next run of the same line, so that it need not read what it has just written.
 */
export function createLines<J extends { readonly run?: undefined }, S>(
  runMerged: (jobs: readonly J[], previous: S | null) => Promise<S | null>,
): Lines<J> {
  const lines = new Map<string, (J | { readonly run: Task })[]>()

  async function drain(key: string, line: (J | { readonly run: Task })[]): Promise<void> {
    let previous: S | null = null
    while (line.length > 0) {
      const jobs: J[] = []
      while (line[0] !== undefined && line[0].run === undefined) jobs.push(line.shift() as J)
      if (jobs.length > 0) previous = await runMerged(jobs, previous)
      const task = line[0]?.run
      if (task !== undefined) {
        line.shift()
        await task()
        previous = null
      }
    }
    lines.delete(key)
  }

  function join(key: string, job: J | { readonly run: Task }): void {
    const line = lines.get(key)
    if (line !== undefined) {
      line.push(job)
      return
    }
    const started = [job]
    lines.set(key, started)
    void drain(key, started)
  }

  return {
    merge: join,
    isFree: (key) => !lines.has(key),
    alone(key, task) {
      return new Promise((resolve, reject) => {
        join(key, { run: () => task().then(resolve, reject) })
      })
    },
  }
}
