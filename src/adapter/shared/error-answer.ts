/**
 * The answer that stands in for a handler's, where the session could not be read or kept, or the request may not pass.
 *
 * In: an error, and what the client accepts. Out: status, headers and body. Must not know: frameworks.
 *
 * @module
 */

import { SojournError } from '../../errors.ts'
import { RefusalError } from '../../session/decision.ts'
import { type Problem, problemOfStatus, withHeader } from './problem.ts'
import { refusalAnswer } from './refusal-answer.ts'

/** `accept` is the request's Accept header. */
export function problemFor(error: unknown, accept: string | null): Problem {
  if (error instanceof RefusalError) return refusalAnswer(error.refusal, accept)
  if (!(error instanceof SojournError)) return problemOfStatus(500, accept)
  const problem = problemOfStatus(error.status, accept, error.code)
  const { retryAfter } = error.details
  return typeof retryAfter === 'number' ? withHeader(problem, 'Retry-After', String(retryAfter)) : problem
}
