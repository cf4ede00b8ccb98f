/**
 * What a request did to its session.
 *
 * In: what the handler does. Out: the session as the handler sees it, and a list of operations that can be done again on a newer record.
 * Must not know: when it may be changed, nor what comes of it.
 *
 * @module
 */

import { Draft, type Operation } from '../record/operations.ts'
import type { Flash, SessionRecord } from '../record/record.ts'
import type { Recorded } from './plan.ts'

export class Recording implements Recorded {
  rotate = false
  login = false
  destroyed = false
  #draft: Draft
  #operations: Operation[] = []

  constructor(found: SessionRecord) {
    this.#draft = new Draft(found)
  }

  /** What was found, with what was done to it. */
  get draft(): Draft {
    return this.#draft
  }

  get operations(): readonly Operation[] {
    return this.#operations
  }

  isEmpty(): boolean {
    return this.#draft.isEmpty()
  }

  record(): SessionRecord {
    return this.#draft.record()
  }

  /** @throws what an `update` function throws. */
  add(operation: Operation): void {
    this.#draft.apply(operation)
    this.#operations.push(operation)
  }

  /** Flashes of this very request, from the number `found` on, are taken back; the others are taken when it commits. */
  takeFlashes(taken: readonly Flash[], found: number): void {
    const numbers = taken.map(({ number }) => number)
    const own = taken.filter(({ number }) => number >= found)
    this.#draft.apply({ type: 'take-flash', numbers })
    for (const { key, value } of own) {
      const index = this.#operations.findIndex((op) => op.type === 'flash' && op.key === key && op.value === value)
      this.#operations.splice(index, 1)
    }
    if (own.length < taken.length)
      this.#operations.push({ type: 'take-flash', numbers: numbers.filter((n) => n < found) })
  }

  /** From here on it is a new session of nobody. */
  startOver(now: number): void {
    this.#forget()
    this.rotate = true
    this.add({ type: 'reset', now })
  }

  /** From here on there is no session. */
  destroy(now: number): void {
    this.#forget()
    this.destroyed = true
    this.#draft.apply({ type: 'reset', now })
  }

  #forget(): void {
    this.#operations = []
    this.rotate = false
    this.login = false
    this.destroyed = false
  }

  /** What was kept of it, which is what the handler sees from now on. */
  show(kept: SessionRecord): void {
    this.#draft = new Draft(kept)
  }
}
