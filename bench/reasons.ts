/**
 * Why a goal is not reached, each shown by a profile or by a program in limit/. Said only where the run missed it.
 *
 * @module
 */

interface Reason {
  readonly budgets: readonly string[]
  readonly reason: string
}

const REASONS: readonly Reason[] = [
  {
    budgets: ['sealed-read-known', 'sealed-read-new', 'sealed-write'],
    reason:
      'The limit leaves out what keeps a cookie from being moved to another name (associated data) or spelt in a second way. `limit/read-bound` and `limit/write-bound`, in the tables below, do both and nothing else.',
  },
]

export function reasonsFor(budget: string): readonly string[] {
  return REASONS.filter(({ budgets }) => budgets.includes(budget)).map(({ reason }) => reason)
}
