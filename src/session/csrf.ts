/**
 * CSRF tokens for the forms and scripts of an app.
 *
 * In: the session of the request that is answered. Out: a hidden field, or the value for a header. Must not know: which
 * transport it is, how the token is read back.
 *
 * @module
 */

import { CSRF_FIELD } from '../csrf/token.ts'
import { UsageError } from '../errors.ts'
import { type Session, visitBehind } from './session.ts'

/**
 * The hidden field of a form, as HTML: put it first, before any file. Works in both modes of the option `csrf`; with
 * `'token'` a form without it is refused.
 *
 * A browser in which nobody is logged in gets a small cookie with it (`<name>-visitor`), and no row. Costs two hashes.
 *
 * @throws UsageError SESSION_COMMITTED where that cookie could not be sent any more; SESSION_NOT_ATTACHED for what is no session.
 */
export function csrfField<Data extends object>(session: Session<Data>): string {
  // Nothing in a token needs escaping.
  return `<input type="hidden" name="${CSRF_FIELD}" value="${csrfToken(session)}">`
}

/** The same token as a text: for the header `X-CSRF-Token` of a request that a script sends. */
export function csrfToken<Data extends object>(session: Session<Data>): string {
  const visit = visitBehind(session)
  if (visit !== undefined) return visit.csrfToken()
  throw new UsageError(
    'SESSION_NOT_ATTACHED',
    'Cannot make a CSRF token: found something that is no session. Give what sessions.of(request) returns',
  )
}
