/**
 * A store whose every call ends in time, and fails with an error of this library.
 *
 * In: any store, a limit in milliseconds. Out: the same store, where a call that hangs is a StoreError STORE_TIMEOUT
 * and any other failure a StoreError with its cause. Must not know: what is kept.
 *
 * @module
 */

import { SojournError, StoreError } from '../errors.ts'
import { type AtHand, atHandOf } from '../lib/at-hand.ts'
import type { FreshFind, OwnerIndex, Store } from '../store/store.ts'

/** A store, and its owner index where it has one. */
export interface LimitedStore extends Store, FreshFind {
  readonly owners: OwnerIndex | null
  /** What it does at once; `null` where it always waits. Throws what the promises reject with. */
  readonly atHand: AtHand | null
}

/** `timeout` is the longest a single call may take, in milliseconds. */
export function limitedStore(store: Store & Partial<OwnerIndex & FreshFind>, timeout: number): LimitedStore {
  function limited<T>(action: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new StoreError(
            'STORE_TIMEOUT',
            `Cannot ${action}: the store did not answer within ${timeout} ms. See that it is up and reachable, or raise storeTimeout`,
            { details: { action, timeout } },
          ),
        )
      }, timeout)
      started(call).then(
        (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        (cause: unknown) => {
          clearTimeout(timer)
          reject(asStoreError(action, cause))
        },
      )
    })
  }

  function ownersOf(index: OwnerIndex): OwnerIndex {
    return {
      epochOf: (ownerId) => limited("read an owner's epoch", () => index.epochOf(ownerId)),
      raiseEpoch: (ownerId, now) => limited("raise an owner's epoch", () => index.raiseEpoch(ownerId, now)),
      // Each step of the walk is a call of its own: a long list is not a slow store.
      async *listByOwner(ownerId) {
        const walk = index.listByOwner(ownerId)[Symbol.asyncIterator]()
        try {
          for (;;) {
            const step = await limited("list an owner's sessions", () => walk.next())
            if (step.done) return
            yield step.value
          }
        } finally {
          await walk.return?.()
        }
      },
    }
  }

  return {
    find: (key) => limited('read a session', () => store.find(key)),
    findFresh: (key) => limited('read a session', () => (store.findFresh ? store.findFresh(key) : store.find(key))),
    create: (key, entry, now) => limited('create a session', () => store.create(key, entry, now)),
    replace: (key, entry, version, now) => limited('write a session', () => store.replace(key, entry, version, now)),
    extend: (key, expiresAt, now) => limited('renew a session', () => store.extend(key, expiresAt, now)),
    bury: (key, value, until, now) => limited('end a session', () => store.bury(key, value, until, now)),
    owners: hasOwnerIndex(store) ? ownersOf(store) : null,
    atHand: limitedAtHand(atHandOf(store)),
  }
}

/** No call of these can take too long: it is over when it returns. */
function limitedAtHand(atHand: AtHand | null): AtHand | null {
  if (atHand === null) return null
  const { replace } = atHand
  return {
    find(key) {
      try {
        return atHand.find(key)
      } catch (error) {
        throw asStoreError('read a session', error)
      }
    },
    replace:
      replace &&
      ((key, entry, version, now) => {
        try {
          return replace(key, entry, version, now)
        } catch (error) {
          throw asStoreError('write a session', error)
        }
      }),
  }
}

/** A store of somebody else's may throw where it should reject, or answer with what is no promise. */
function started<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A store that has an owner index. */
export function hasOwners(store: LimitedStore): store is LimitedStore & { readonly owners: OwnerIndex } {
  return store.owners !== null
}

/** Whether a store can tell which sessions a user has. */
export function hasOwnerIndex(store: Store & Partial<OwnerIndex>): store is Store & OwnerIndex {
  return (
    typeof store.listByOwner === 'function' &&
    typeof store.epochOf === 'function' &&
    typeof store.raiseEpoch === 'function'
  )
}

function asStoreError(action: string, cause: unknown): SojournError {
  if (cause instanceof SojournError) return cause
  return new StoreError(
    'STORE_FAILED',
    `Cannot ${action}: the store failed. Its own error is in the cause of this one`,
    {
      cause,
      details: { action },
    },
  )
}
