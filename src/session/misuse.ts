/**
 * What a handler cannot do with a session, and what it can do instead.
 *
 * Out: errors to throw. Must not know: when they are due.
 *
 * @module
 */

import { UsageError } from '../errors.ts'

export function notOwned(): UsageError {
  return new UsageError(
    'EXCEPT_NOT_OWNED',
    'Cannot spare this session: it is not of the user whose sessions are to end, or was made by this request. Leave except out, or give the session of a request that this user sent',
  )
}

export function destroyed(): UsageError {
  return new UsageError(
    'SESSION_DESTROYED',
    'Cannot change the session: it was destroyed in this request. Put what belongs into the answer there, or log somebody in',
  )
}

export function skipped(): UsageError {
  return new UsageError(
    'SESSION_SKIPPED',
    'Cannot use the session of this request: the option "skip" said that it has none. Narrow skip, or leave the session alone here',
  )
}

export function alreadyCommitted(): UsageError {
  return new UsageError(
    'SESSION_COMMITTED',
    'Cannot change the session: it was committed already, by session.commit() or because the answer has begun. Make the change before',
  )
}
