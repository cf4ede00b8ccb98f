/**
 * Where a long run is, and how long it will go on.
 *
 * In: steps with the seconds somebody expects of each, and how far the present one is. Out: a line on stderr, rewritten
 * in place on a terminal, at most every ten seconds elsewhere. Must not know what the steps do.
 *
 * @module
 */

export interface Step {
  readonly name: string
  /** Only their ratio counts: what the first steps really take corrects the rest. */
  readonly seconds: number
}

export interface Progress {
  /** The next step begins; the one before is done. */
  begin(name: string): void
  /** How much of the present step is done, 0 to 1. */
  at(share: number): void
  end(): void
}

export function createProgress(steps: readonly Step[]): Progress {
  const terminal = process.stderr.isTTY === true
  const started = performance.now()
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0)
  let before = 0
  let current: Step | null = null
  let shownAt = Number.NEGATIVE_INFINITY

  function show(share: number, force: boolean): void {
    const now = performance.now()
    if (current === null || (!force && now - shownAt < (terminal ? 200 : 10_000))) return
    shownAt = now
    const done = (before + current.seconds * share) / total
    const elapsed = (now - started) / 1000
    // Too early to tell, the expectation is all there is.
    const left = done < 0.02 ? total : (elapsed / done) * (1 - done)
    const line = `${String(Math.round(done * 100)).padStart(3)} %  ${current.name}, about ${Math.ceil(left)} s left`
    process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`)
  }

  return {
    begin(name) {
      before += current?.seconds ?? 0
      current = steps.find((step) => step.name === name) ?? null
      show(0, true)
    },
    at: (share) => show(share, false),
    end() {
      if (terminal) process.stderr.write('\r\x1b[K')
    },
  }
}
