/**
 * Why a goal is not reached, each shown by a profile or by a program in limit/. Said only where the run missed it.
 *
 * @module
 */

export interface Reason {
  readonly budgets: readonly string[]
  readonly reason: string
}

export const REASONS: readonly Reason[] = []
