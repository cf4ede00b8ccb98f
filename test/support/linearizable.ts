/**
 * Decides whether what several processes were told could have been told by one store that does one thing at a time.
 *
 * In: operations with the moments they began and ended, and the answers. Out: an order that explains them, or null.
 * An operation without an end was cut short: it may have happened at any time after it began, or not at all.
 *
 * @module
 */
import { graveOver, type Held, isLive, isSweepable, isTaken, refusal } from '../../src/lib/store-rules.ts'

export type Operation =
  | { call: 'find' }
  | { call: 'create'; entry: Held; now: number }
  | { call: 'replace'; entry: Held; version: number; now: number }
  | { call: 'extend'; expiresAt: number; now: number }
  | { call: 'bury'; value: string; until: number; now: number }
  | { call: 'sweep'; now: number }

export interface Observed {
  readonly operation: Operation
  readonly began: number
  ended: number
  answer: unknown
}

/** An order of the operations that gives every answer that was heard; `null` where there is none. */
export function explain(observed: readonly Observed[], held: Held | null = null): readonly Observed[] | null {
  if (observed.every(({ ended }) => ended === Number.POSITIVE_INFINITY)) return []
  const firstEnd = Math.min(...observed.map(({ ended }) => ended))
  for (const next of observed.filter(({ began }) => began < firstEnd)) {
    const { answer, after } = perform(next, held)
    const cutShort = next.ended === Number.POSITIVE_INFINITY
    if (!cutShort && JSON.stringify(answer ?? null) !== JSON.stringify(next.answer ?? null)) continue
    const rest = explain(
      observed.filter((other) => other !== next),
      after,
    )
    if (rest !== null) return [next, ...rest]
  }
  return null
}

function perform({ operation, answer }: Observed, held: Held | null): { answer: unknown; after: Held | null } {
  switch (operation.call) {
    case 'find':
      return { answer: held, after: held }
    case 'create':
      return isTaken(held, operation.now) ? { answer: false, after: held } : { answer: true, after: operation.entry }
    case 'replace': {
      const refused = refusal(held, operation.version, operation.now)
      return refused === null ? { answer: 'done', after: operation.entry } : { answer: refused, after: held }
    }
    case 'extend': {
      if (!isLive(held, operation.now)) return { answer: false, after: held }
      return { answer: true, after: { ...held, expiresAt: Math.max(held.expiresAt, operation.expiresAt) } }
    }
    case 'bury':
      return { answer: undefined, after: graveOver(held, operation.value, operation.until, operation.now) }
    case 'sweep': {
      // A sweep that met somebody's write may leave the key to the next sweep.
      const over = held !== null && isSweepable(held, operation.now) && answer !== 0
      return over ? { answer: 1, after: null } : { answer: 0, after: held }
    }
  }
}
