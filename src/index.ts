/**
 * The front door: sessions and their types.
 *
 * @module
 */

export type { CsrfReason } from './csrf/refusal.ts'
export { ConfigError, type ErrorCode, SessionError, SojournError, StoreError, UsageError } from './errors.ts'
export type { Duration } from './lib/duration.ts'
export type { DeepReadonly, Json, Storable } from './record/json.ts'
export type { Committed } from './session/committed.ts'
export { csrfField, csrfToken } from './session/csrf.ts'
export type { CsrfOptions } from './session/csrf-options.ts'
export { type Refusal, RefusalError } from './session/decision.ts'
export type { SessionEvent } from './session/events.ts'
export type { HeaderReader, HeadersInput, RequestFacts, RequestInput } from './session/facts.ts'
export { aal1, aal2, aal3, type CookieOptions, type SessionsOptions } from './session/options.ts'
export type { OriginOption } from './session/origin.ts'
export type { Session } from './session/session.ts'
export { createSessions, type Glance, type Sessions } from './session/sessions.ts'
export type { SessionInfo } from './transport/owners.ts'
export type { RejectReason } from './transport/transport.ts'
