/**
 * What makes the end of a client-side session final: graves and epochs in a store.
 *
 * In: ids of sealed sessions, owners, a store with an owner index. Out: whether a session has ended, and graves over
 * ids. That a session lives is believed for `maxStale`; what this process ended itself is known at once, and for good.
 * Must not know: cookies, or what a session holds.
 *
 * @module
 */

import type { OwnerIndex } from '../store/store.ts'
import { end as endAll } from './ending.ts'
import { graveOf as newGrave } from './graves.ts'
import type { LimitedStore } from './limited-store.ts'
import type { Owners } from './owners.ts'
import type { RejectReason } from './transport.ts'

/** How many ids and owners are remembered; the oldest go first. Some 100 bytes each. */
const REMEMBERED = 10_000

/** What of a sealed session can be judged without opening anything. */
export interface Claim {
  readonly id: string
  readonly ownerId: string | null
  readonly epoch: number
}

/** Why a sealed session is over. `grave`: it was ended by itself, not with all of its owner's. */
export interface Revoked {
  readonly reason: RejectReason
  readonly grave: boolean
  readonly successor?: string
}

export interface Revocations {
  readonly owners: Owners
  /** `fresh` asks the store in any case. Rejects where the store fails. */
  check(claim: Claim, now: number, fresh: boolean): Promise<Revoked | null>
  /** Ends an id in favour of another (or of none, `''`). `false`: somebody else ended it first. */
  end(id: string, successor: string, until: number, now: number): Promise<boolean>
  /** This process raised an epoch by another way. */
  noteEpoch(ownerId: string, epoch: number, now: number): void
  /** Ends an id, or the last that took over from it. @returns which; `null`: there was nothing left to end. */
  endChain(id: string, until: number, now: number): Promise<string | null>
}

export interface RevocationsOptions {
  readonly store: LimitedStore & { readonly owners: OwnerIndex }
  /** The longest an answer of the store is believed, in milliseconds. */
  readonly maxStale: number
  /** The longest to go on retrying, in milliseconds. */
  readonly commitTimeout: number
}

export function createRevocations({ store, maxStale, commitTimeout }: RevocationsOptions): Revocations {
  const index = store.owners
  // Both only ever go one way, so an answer that was asked for early and heard late takes nothing back.
  const graves = createMemory<string | null>((known, told) => known ?? told)
  const epochs = createMemory<number>(Math.max)

  // Asked this way round, a clock that was set back does not make old news fresh.
  const isRecent = (at: number, now: number) => now - at >= 0 && now - at < maxStale

  /** The successor that a grave names, `''`, or `null` where there is no grave. */
  async function graveOf(id: string, now: number, fresh: boolean): Promise<string | null> {
    const known = graves.recall(id)
    // What is over stays over: only "still alive" can become old news.
    if (known !== undefined && (known.value !== null || (!fresh && isRecent(known.at, now)))) return known.value
    const entry = await store.find(id)
    return graves.hear(id, entry?.grave && entry.expiresAt > now ? entry.value : null, now)
  }

  async function epochOf(ownerId: string, now: number, fresh: boolean): Promise<number> {
    const known = epochs.recall(ownerId)
    if (known !== undefined && !fresh && isRecent(known.at, now)) return known.value
    return epochs.hear(ownerId, await index.epochOf(ownerId), now)
  }

  async function end(id: string, successor: string, until: number, now: number): Promise<boolean> {
    const made = await store.create(id, newGrave(1, successor, until), now).catch(async (error: unknown) => {
      // It may have been made and only its answer lost: a new id that the grave names must open then.
      const entry = await store.find(id).catch(() => null)
      if (entry?.grave && entry.value === successor) return true
      throw error
    })
    if (made) graves.hear(id, successor, now)
    // Somebody else ended it: whatever is believed of it is out of date.
    else graves.forget(id)
    return made
  }

  return {
    owners: {
      epochOf: (ownerId) => index.epochOf(ownerId),
      async revokeAll(ownerId, _except, now) {
        const epoch = await index.raiseEpoch(ownerId, now)
        epochs.hear(ownerId, epoch, now)
        return epoch
      },
      listing: null,
    },

    async check({ id, ownerId, epoch }, now, fresh) {
      const [grave, current] = await Promise.all([
        graveOf(id, now, fresh),
        ownerId === null ? 0 : epochOf(ownerId, now, fresh),
      ])
      if (grave === '') return { reason: 'revoked', grave: true }
      if (grave !== null) return { reason: 'superseded', grave: true, successor: grave }
      return current > epoch ? { reason: 'revoked', grave: false } : null
    },

    end,

    async endChain(id, until, now) {
      // Remembered even where the store fails: this process has been told.
      graves.hear(id, '', now)
      const ended = await endAll(store, commitTimeout, { key: id, version: null, sealedUntil: until }, now)
      if (ended !== null && ended !== id) graves.hear(ended, '', now)
      return ended
    },

    noteEpoch(ownerId, epoch, now) {
      epochs.hear(ownerId, epoch, now)
    },
  }
}

/** What was heard of each key, and when. Bounded: the one heard of longest ago goes first. */
function createMemory<V>(later: (known: V, told: V) => V) {
  const heard = new Map<string, { readonly value: V; readonly at: number }>()
  return {
    recall: (key: string) => heard.get(key),
    forget: (key: string) => heard.delete(key),
    /** Returns what is known by now, which may be more than was told. */
    hear(key: string, told: V, at: number): V {
      const known = heard.get(key)
      const value = known === undefined ? told : later(known.value, told)
      heard.delete(key)
      heard.set(key, { value, at })
      if (heard.size > REMEMBERED) {
        for (const oldest of heard.keys()) {
          heard.delete(oldest)
          break
        }
      }
      return value
    },
  }
}
