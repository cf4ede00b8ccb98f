/**
 * A guard's decision as an answer.
 *
 * In: a decision that does not let the request pass. Out: status, headers and body. Must not know: frameworks.
 *
 * @module
 */

import type { GuardDecision } from '../../auth/guard.ts'
import { type Problem, problemOfStatus } from './problem.ts'

/** `null` lets the request pass. */
export function guardAnswer(decision: GuardDecision): Problem | null {
  switch (decision.type) {
    case 'pass':
      return null
    case 'redirect':
      return { status: decision.status, headers: { Location: decision.location }, body: '' }
    case 'refuse':
      // Asked for by a program: a page would be of no use to it.
      return problemOfStatus(decision.status, null)
  }
}
