/**
 * Which change a request makes to its session, if any: the fork between visiting and writing.
 *
 * In: what was opened, what was recorded, the status of the answer. Out: a change for the transport, or why there is
 * none. Pure. Must not know: transports, responses.
 *
 * @module
 */

import { type Limits, renewedEnd } from '../record/lifetime.ts'
import type { Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Change, Opened, RejectReason } from '../transport/transport.ts'

/** What a request recorded. */
export interface Recorded {
  readonly operations: readonly Operation[]
  /** A new id is wanted. */
  readonly rotate: boolean
  readonly login: boolean
  readonly destroyed: boolean
  /** Whether nothing would be left that anybody would miss. Asked where it counts, for it has to look into the data. */
  isEmpty(): boolean
  /** What the operations made of what was opened. */
  record(): SessionRecord
}

/** When the answer begins. */
export interface Moment {
  readonly now: number
  readonly limits: Limits
  /** Whether the request counts as activity. */
  isActive(): boolean
}

export type Plan =
  | { readonly type: 'commit'; readonly change: Change }
  | { readonly type: 'nothing' }
  /** What was recorded is not kept. */
  | { readonly type: 'drop'; readonly reason: RejectReason | 'server-error' }

const NOTHING: Plan = { type: 'nothing' }

/** @param status Of the answer, where there is one. */
export function planCommit(opened: Opened, recorded: Recorded, status: number | null, moment: Moment): Plan {
  const { operations, rotate, login, destroyed } = recorded
  const held = opened.type === 'live' ? opened.held : null
  // A session that was abandoned, and nothing recorded since, is a session destroyed.
  if (destroyed || (operations[0]?.type === 'reset' && recorded.isEmpty())) {
    // A rotation got in between: where it led is what is to be ended.
    const id = (opened.type === 'refused' ? opened.successor : undefined) ?? idOf(opened)
    return id === null ? NOTHING : commit({ type: 'destroy', id, held })
  }
  const changed = rotate || operations.length > 0
  if (changed && status !== null && status >= 500) return { type: 'drop', reason: 'server-error' }
  if (held !== null) {
    if (rotate) return commit({ type: 'rotate', held, operations, login, active: moment.isActive() })
    if (changed)
      return commit({ type: 'write', held, operations, record: recorded.record(), active: moment.isActive() })
    // Nearly every request: its activity would move no end by enough, so nobody asks whether it was any.
    const { createdAt, limits } = held.record
    if (renewedEnd(createdAt, held.expiresAt, moment.now, limits ?? moment.limits) === null) return NOTHING
    return moment.isActive() ? commit({ type: 'touch', held }) : NOTHING
  }
  // A visitor who stores nothing costs nothing.
  if (recorded.isEmpty()) return NOTHING
  // The answer that ended it may be under way with a newer cookie, which ours must not overwrite.
  if (opened.type === 'refused' && opened.grave && !login) return { type: 'drop', reason: opened.reason }
  return commit({ type: 'create', operations })
}

/** The public id of what was opened, even where it could not be read. */
export function idOf(opened: Opened): string | null {
  if (opened.type === 'live') return opened.held.id
  return opened.type === 'failed' ? opened.id : null
}

function commit(change: Change): Plan {
  return { type: 'commit', change }
}
