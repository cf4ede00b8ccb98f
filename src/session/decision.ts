/**
 * What was decided of a request that must not go on as it is. The adapters make the answer.
 *
 * @module
 */

import type { CsrfRefusal } from '../csrf/refusal.ts'
import { SojournError } from '../errors.ts'

/** Nobody is logged in; not freshly; or whoever it is may not. */
export type GuardCode = 'LOGIN_REQUIRED' | 'LOGIN_NOT_FRESH' | 'FORBIDDEN'

export type GuardRefusal =
  /** For a person: to the login page, and back afterwards. */
  | { readonly type: 'redirect'; readonly code: GuardCode; readonly status: 302 | 303; readonly location: string }
  /** For a preflight: an empty answer, which allows nothing. */
  | { readonly type: 'preflight'; readonly code: GuardCode; readonly status: 200 }
  /** For a program, or where logging in would not help. */
  | { readonly type: 'refuse'; readonly code: GuardCode; readonly status: 401 | 403 }

/** What a guard decided. */
export type GuardDecision = { readonly type: 'pass' } | GuardRefusal

/** A request that another site may have sent. */
export interface ForgeryRefusal extends CsrfRefusal {
  readonly type: 'csrf'
  readonly code: 'CSRF_REFUSED'
  /** What the header Origin would have to say; `null` where that is not the point. */
  readonly origin: string | null
  /** The path of the page whose form a person may send again; `null` where there is none. */
  readonly again: string | null
}

export type Refusal = GuardRefusal | ForgeryRefusal

/** A request that may not pass. Adapters answer it; where your own error handler gets it, `status` is what to say. */
export class RefusalError extends SojournError {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.code, MESSAGES[refusal.code])
    this.refusal = refusal
  }
}

const MESSAGES: Readonly<Record<Refusal['code'], string>> = {
  LOGIN_REQUIRED: 'Cannot go on: nobody is logged in. Log in and try again',
  LOGIN_NOT_FRESH: 'Cannot go on: the login is too long ago for this. Confirm the password and try again',
  FORBIDDEN: 'Cannot go on: the user who is logged in may not do this',
  CSRF_REFUSED: 'Cannot accept this request: another site may have sent it. Send it from a page of the app',
}
