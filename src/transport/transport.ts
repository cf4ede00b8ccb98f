/**
 * Cookie value <-> record: the fork in the road.
 *
 * In: what the browser sent under our names, and what a request did. Out: a live session or the reason why there is
 * none, and what to tell the browser. `sealed` keeps everything in the cookie, `stored` an id; nothing above can tell
 * which it has. Must not know: requests, responses, handlers.
 *
 * @module
 */

import type { SojournError } from '../errors.ts'
import type { Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Owners } from './owners.ts'

/** Why a cookie gives no session. For events and logs; a handler sees an empty session. */
export type RejectReason =
  | 'forged'
  | 'expired-idle'
  | 'expired-absolute'
  | 'unknown'
  | 'revoked'
  | 'superseded'
  | 'undecodable'
  | 'schema'

/** A live session as a request found it. A transport adds what it needs to write it back. */
export interface Held {
  /** The public id: safe to log, names the session, opens nothing. */
  readonly id: string
  readonly record: SessionRecord
  /** When it ends if nothing more happens, in milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What the browser sent under our names: every value, in order. */
export interface Presented {
  readonly session: readonly string[]
  /** The small second cookie of client-side mode; nothing else reads it. */
  readonly seen: readonly string[]
}

export type Opened<H extends Held = Held> =
  | { readonly type: 'none' }
  | { readonly type: 'live'; readonly held: H }
  /** `grave`: the session was ended or replaced a moment ago, so an answer may be under way that must not be undone. */
  | { readonly type: 'refused'; readonly reason: RejectReason; readonly grave: boolean; readonly successor?: string }
  /** The store could not be read, or the app's schema not be used. `id` is that of the session that could not be looked at. */
  | { readonly type: 'failed'; readonly error: SojournError; readonly id: string }

/** The app's own judgement of a live session: as it is, with other data, or refused with the reason `schema`. Never throws. */
export type Admit = <H extends Held>(held: H) => Opened<H>

/** What a request did. Where it was not `active` (nobody was there), writing does not move the idle end. */
export type Change<H extends Held = Held> =
  /** It was active, no more: moves the idle end, carries no data. */
  | { readonly type: 'touch'; readonly held: H }
  | { readonly type: 'create'; readonly operations: readonly Operation[] }
  | {
      readonly type: 'write'
      readonly held: H
      readonly operations: readonly Operation[]
      /** What they made of what is held: where nobody else was first, they need not be done again. */
      readonly record: SessionRecord
      readonly active: boolean
    }
  /** A new id for the session; the old one ends. */
  | {
      readonly type: 'rotate'
      readonly held: H
      readonly operations: readonly Operation[]
      readonly login: boolean
      readonly active: boolean
    }
  | { readonly type: 'destroy'; readonly id: string; readonly held: H | null }

/** What came of it, and so what the browser is told. */
export type Outcome<H extends Held = Held> =
  /** The browser's cookies are right as they are. */
  | { readonly type: 'keep'; readonly held: H }
  /** New values for the named cookies. */
  | { readonly type: 'set'; readonly held: H; readonly session?: string; readonly seen?: string }
  /** `id`: what was ended; a session that took over meanwhile, perhaps. */
  | { readonly type: 'clear'; readonly id: string }
  /** It was over before: the browser is told nothing, for by now it may have a newer cookie. */
  | { readonly type: 'gone' }
  /** The session ended while the request ran: what it recorded is lost, and the browser is told nothing. */
  | { readonly type: 'lost'; readonly reason: RejectReason }

/** What comes of a `destroy`, by the id that was ended. */
export function endingOf(ended: string | null): Outcome<never> {
  return ended === null ? { type: 'gone' } : { type: 'clear', id: ended }
}

/**
 * The only two implementations are `sealed.ts` and `stored.ts`.
 *
 * `open` never throws and never rejects, whatever the browser sent. `commit` rejects with StoreError where the store
 * failed, SessionError where the result does not fit, and with what an app's `update` function threw.
 */
export interface Transport<H extends Held = Held> {
  /** Whether `open` waits for a store: then it is done before the handler runs, else at first touch. */
  readonly reads: boolean
  /** `null` where nothing can be done to all sessions of an owner. */
  readonly owners: Owners | null
  open(presented: Presented, now: number): Opened<H> | Promise<Opened<H>>
  commit(change: Change<H>, now: number): Outcome<H> | Promise<Outcome<H>>
  /** Why a session that was found live is over by now; `null` while it lives. Reads past every copy; rejects where the store fails. */
  recheck(held: H, now: number): Promise<RejectReason | null>
}

/** Told about what a handler does not see. */
export type TransportEvent =
  | { readonly type: 'write-conflict'; readonly id: string }
  | { readonly type: 'clock-skew'; readonly id: string }
  | { readonly type: 'store-error'; readonly error: SojournError }
