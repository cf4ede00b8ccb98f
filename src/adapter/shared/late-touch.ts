/**
 * The error for a session that is used for the first time when its answer has begun.
 *
 * In: nothing. Out: an error that says what to do. Law 11 asks for headers on such an answer, and they have left.
 *
 * @module
 */

import { UsageError } from '../../errors.ts'

export function lateTouch(): UsageError {
  return new UsageError(
    'HEADERS_SENT',
    'Cannot use the session now: the headers of the answer have left without what it needs. Read it before the answer begins',
  )
}
