/**
 * What a request does to a session, as a list that can be done again.
 *
 * In: a record and operations. Out: the record they make. Two requests that overlap each bring their list; the later
 * one is re-applied to what the earlier one left, so neither update is lost. Pure; throws only what the app's own
 * `update` function throws. Must not know: who wants this, or where the record is kept.
 *
 * @module
 */

import { UsageError } from '../errors.ts'
import { deepFreeze, type Json, type JsonObject, putKey, toStorable } from './json.ts'
import type { Limits } from './lifetime.ts'
import { claimantOf, type Flash, NOBODY, type SessionRecord } from './record.ts'

export type Operation =
  | { readonly type: 'set'; readonly key: string; readonly value: Json }
  | { readonly type: 'delete'; readonly key: string }
  | { readonly type: 'update'; readonly key: string; readonly change: (value: Json | undefined) => unknown }
  | { readonly type: 'clear' }
  | { readonly type: 'flash'; readonly key: string; readonly value: Json }
  /** By number: a flash that another request added meanwhile is not this one's to take. */
  | { readonly type: 'take-flash'; readonly numbers: readonly number[] }
  | Login
  /** The owner proved once more who they are. */
  | { readonly type: 'confirm'; readonly confirmedAt: number; readonly stamp: string | null }
  /** Back to an empty session of nobody, as young as a new one. */
  | { readonly type: 'reset'; readonly now: number }
  /** Its owner revoked every other session: this one is of the new epoch. */
  | { readonly type: 'epoch'; readonly epoch: number }

/** A login: the session is the owner's from here on, and nothing of what came before stays but `carryOver`. */
export interface Login {
  readonly type: 'login'
  readonly ownerId: string
  /** The second factor is still due: the session has no owner yet. */
  readonly pending: boolean
  readonly authenticatedAt: number
  /** The owner's epoch, read when they logged in. */
  readonly epoch: number
  /** What to call the session in a list of the owner's devices. */
  readonly label: string | null
  /** Of the CSRF tokens from here on. */
  readonly seed: string
  /** The MAC of the user's stamp, where the app has one. */
  readonly stamp: string | null
  /** Limits of its own, where the login is to be remembered. */
  readonly limits: Limits | null
  /** Keys that survive, if the session had no owner or this one: another user's data never carries over. */
  readonly carryOver: readonly string[]
}

/**
 * The record after the operations. The one given stays as it was.
 *
 * @throws whatever an `update` function throws, and UsageError where it returns what cannot be kept.
 */
export function applyOperations(record: SessionRecord, operations: readonly Operation[]): SessionRecord {
  const draft = new Draft(record)
  for (const operation of operations) draft.apply(operation)
  return draft.record()
}

/** A record being changed. Copies the data on the first change, not before. */
export class Draft {
  #base: SessionRecord
  #data: Record<string, Json> | null = null
  #flashes: readonly Flash[]
  #flashCount: number

  constructor(record: SessionRecord) {
    this.#base = record
    this.#flashes = record.flashes
    this.#flashCount = record.flashCount
  }

  get data(): JsonObject {
    return this.#data ?? this.#base.data
  }

  get flashes(): readonly Flash[] {
    return this.#flashes
  }

  /** Whether there is nothing in it that anybody would miss. */
  isEmpty(): boolean {
    if (claimantOf(this.#base) !== null || this.#flashes.length > 0) return false
    for (const _ in this.data) return false
    return true
  }

  /** The value under a key, frozen, or `undefined`. */
  get(key: string): Json | undefined {
    const { data } = this
    if (!Object.hasOwn(data, key)) return undefined
    const value = data[key]
    return value === undefined ? undefined : deepFreeze(value)
  }

  apply(operation: Operation): void {
    switch (operation.type) {
      case 'set':
        putKey(this.#own(), operation.key, operation.value)
        return
      case 'delete':
        if (Object.hasOwn(this.data, operation.key)) delete this.#own()[operation.key]
        return
      case 'update':
        this.#update(operation.key, operation.change)
        return
      case 'clear':
        this.#data = {}
        this.#flashes = []
        return
      case 'flash':
        this.#flashes = [...this.#flashes, { number: this.#flashCount++, key: operation.key, value: operation.value }]
        return
      case 'take-flash':
        this.#flashes = this.#flashes.filter(({ number }) => !operation.numbers.includes(number))
        return
      case 'login':
        this.#login(operation)
        return
      case 'confirm':
        this.#base = { ...this.#base, confirmedAt: operation.confirmedAt, stamp: operation.stamp }
        return
      case 'reset':
        this.#data = {}
        this.#flashes = []
        this.#base = { ...this.#base, ...NOBODY, createdAt: operation.now }
        return
      case 'epoch':
        this.#base = { ...this.#base, epoch: operation.epoch }
    }
  }

  /** The record as it stands. */
  record(): SessionRecord {
    // Field by field: spreading costs ten times as much, and every write makes one.
    const base = this.#base
    return {
      createdAt: base.createdAt,
      ownerId: base.ownerId,
      pendingOwnerId: base.pendingOwnerId,
      authenticatedAt: base.authenticatedAt,
      confirmedAt: base.confirmedAt,
      epoch: base.epoch,
      label: base.label,
      seed: base.seed,
      stamp: base.stamp,
      limits: base.limits,
      predecessor: base.predecessor,
      data: this.data,
      flashes: this.#flashes,
      flashCount: this.#flashCount,
    }
  }

  #own(): Record<string, Json> {
    // Spread keeps an own `__proto__` as what it is: data.
    this.#data ??= { ...this.#base.data }
    return this.#data
  }

  #update(key: string, change: (value: Json | undefined) => unknown): void {
    const result = change(this.get(key))
    if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new UsageError(
        'UPDATE_NOT_SYNCHRONOUS',
        `Cannot update ${JSON.stringify(key)}: its function returned a promise, and it may have to run again while another request waits. Await first, then update with what you got`,
      )
    }
    if (result !== undefined) putKey(this.#own(), key, toStorable(result, key))
    else if (Object.hasOwn(this.data, key)) delete this.#own()[key]
  }

  #login({ type: _, ownerId, pending, authenticatedAt, carryOver, ...login }: Login): void {
    const kept: Record<string, Json> = {}
    const claimant = claimantOf(this.#base)
    if (claimant === null || claimant === ownerId) {
      for (const key of carryOver) {
        const value = Object.hasOwn(this.data, key) ? this.data[key] : undefined
        if (value !== undefined) putKey(kept, key, value)
      }
    }
    this.#data = kept
    this.#flashes = []
    const whose = pending ? { pendingOwnerId: ownerId } : { ownerId, authenticatedAt }
    this.#base = { ...this.#base, ...NOBODY, ...login, ...whose, createdAt: authenticatedAt }
  }
}
