/**
 * Removes what has ended, now and then, on the back of requests.
 *
 * In: a store and the time. Out: a call of the store's `sweep` at most every ten minutes. There is no timer: nothing to
 * stop, nothing that keeps a process open, nothing that runs before the first request. Must not know: what is swept.
 *
 * @module
 */

import { SojournError, StoreError } from '../errors.ts'
import type { Store, Sweepable } from '../store/store.ts'
import type { Emit } from './events.ts'

type MaybeSweepable = (Store & Partial<Sweepable>) | null | undefined

const INTERVAL = 10 * 60_000

export function createSweep(stores: readonly MaybeSweepable[], emit: Emit): (now: number) => void {
  const sweepables = [...new Set(stores)].filter((store) => typeof store?.sweep === 'function') as Sweepable[]
  if (sweepables.length === 0) return () => {}
  let next = 0
  return (now) => {
    if (now < next) return
    // Several processes started together should not all sweep in the same moment.
    next = now + INTERVAL * (0.75 + Math.random() / 2)
    for (const store of sweepables) store.sweep(now).catch(report)
  }

  function report(cause: unknown): void {
    const error =
      cause instanceof SojournError
        ? cause
        : new StoreError('STORE_FAILED', 'Cannot remove ended sessions: the store failed', { cause })
    emit({ type: 'store-error', error })
  }
}
