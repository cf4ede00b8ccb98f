/**
 * What the library tells about itself: one hook, typed, in OWASP's logging vocabulary.
 *
 * In: events. Out: a call of `onEvent`, or a line on the console for what must not go unseen. Public ids only: never a
 * token, never session data. Must not know: who listens.
 *
 * @module
 */

import type { CsrfReason } from '../csrf/refusal.ts'
import type { SojournError } from '../errors.ts'
import type { RejectReason } from '../transport/transport.ts'
import type { GuardCode } from './decision.ts'

/** `id` is the public id of a session; `at` the app's clock in milliseconds since the epoch. */
export type SessionEvent = { readonly at: number } & (
  | { readonly type: 'session-created'; readonly id: string }
  | { readonly type: 'session-rejected'; readonly reason: RejectReason }
  | { readonly type: 'session-renewed'; readonly id: string }
  | { readonly type: 'session-regenerated'; readonly id: string; readonly previousId: string }
  | { readonly type: 'session-destroyed'; readonly id: string }
  /** All sessions of a user, but the one spared. */
  | { readonly type: 'sessions-revoked'; readonly ownerId: string; readonly exceptId: string | null }
  /** Another process wrote first; this one re-applied its operations. */
  | { readonly type: 'write-conflict'; readonly id: string }
  /** What a request recorded was not kept: its session ended meanwhile, or the answer was a 5xx. */
  | { readonly type: 'write-dropped'; readonly id: string | null; readonly reason: RejectReason | 'server-error' }
  | { readonly type: 'login'; readonly id: string; readonly ownerId: string }
  /** The first factor was right, the second is due. */
  | { readonly type: 'login-pending'; readonly id: string; readonly ownerId: string }
  /** A name and password that were not right (`rejected`), or not looked at (`throttled`). Never says which name. */
  | { readonly type: 'login-failed'; readonly reason: 'rejected' | 'throttled'; readonly address: string | null }
  | { readonly type: 'logout'; readonly id: string; readonly ownerId: string }
  /** The cookie was cleared, but the store may still hold the session: end it by its id once the store is back. */
  | { readonly type: 'logout-incomplete'; readonly id: string; readonly error: SojournError }
  /** A guard did not let a request pass; `id` is the session's, where there is one. */
  | {
      readonly type: 'guard-refused'
      readonly code: GuardCode
      readonly method: string
      readonly path: string
      readonly id: string | null
    }
  /** A request that another site sent, or may have sent. `header` decided; `null`: the token did. */
  | {
      readonly type: 'csrf-refused'
      readonly reason: CsrfReason
      readonly header: 'Sec-Fetch-Site' | 'Origin' | null
      readonly method: string
      readonly path: string
      /** It was let pass, for `csrf.reportOnly` is set. */
      readonly reportOnly: boolean
    }
  /** Told once: browsers will not keep the cookie of such a request. */
  | { readonly type: 'insecure-request'; readonly cause: 'plain-http' | 'proxy-not-trusted'; readonly advice: string }
  | { readonly type: 'clock-skew'; readonly id: string }
  | { readonly type: 'store-error'; readonly error: SojournError }
  /** A commit failed for another reason than the store: too large a cookie, an `update` that threw. */
  | { readonly type: 'commit-failed'; readonly error: unknown }
)

/** An event before the clock is read. */
export type EventBody = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never

export type Emit = (event: EventBody) => void

/** The types that go to the console where nobody listens: something is lost or wrong. */
const LOUD: ReadonlySet<SessionEvent['type']> = new Set([
  'logout-incomplete',
  'store-error',
  'commit-failed',
  'clock-skew',
  'insecure-request',
])

export function createEmit(onEvent: ((event: SessionEvent) => void) | undefined, clock: () => number): Emit {
  return (body) => {
    const event = { at: clock(), ...body } as SessionEvent
    if (onEvent === undefined) {
      if (LOUD.has(event.type)) console.warn('sojourn:', describe(event))
      return
    }
    try {
      onEvent(event)
    } catch (error) {
      // A logger that fails must not fail the request, nor fail silently.
      console.error('sojourn: the onEvent hook threw', error)
    }
  }
}

function describe(event: SessionEvent): string {
  if (event.type === 'insecure-request') return `${event.cause}: ${event.advice}`
  const error = 'error' in event ? event.error : undefined
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return error instanceof Error ? `${event.type}: ${error.message}${cause}` : event.type
}
