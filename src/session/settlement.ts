/**
 * The end of a visit: its changes are committed, and what came of it becomes cookies, events and failures.
 *
 * In: what was opened and recorded, the status of the answer. Out: Set-Cookie values, the session as it is now, and a
 * failure that must replace the answer. Never throws or rejects. Must not know: frameworks, handlers.
 *
 * @module
 */

import { SessionError, StoreError } from '../errors.ts'
import type { Held, Opened, Outcome, RejectReason } from '../transport/transport.ts'
import type { Channel } from './channel.ts'
import { isSafeMethod, type RequestFacts } from './facts.ts'
import type { Settings } from './options.ts'
import { idOf, planCommit, type Recorded } from './plan.ts'

export interface Visited {
  readonly settings: Settings
  readonly channel: Channel
  readonly facts: RequestFacts
  readonly opened: Opened
  readonly recorded: Recorded
  /** Run once a login is kept, with the new id, before the answer leaves. */
  readonly afterLogin: ((id: string) => Promise<void>) | null
}

export interface Settled {
  readonly setCookies: readonly string[]
  /** What the handler must not answer over; `null` where all is well. */
  readonly failure: unknown
  /** The session from now on; `null` where there is none. */
  readonly held: Held | null
}

/** Commits a visit. A promise only where the transport waits for a store. */
export function settle(visited: Visited, status: number | null): Settled | Promise<Settled> {
  const { settings, channel, facts, opened, recorded } = visited
  const now = settings.clock()
  settings.sweep(now)
  try {
    const moment = { now, limits: settings.limits, isActive: () => settings.countsAsActivity(facts) }
    const plan = planCommit(opened, recorded, status, moment)
    if (plan.type === 'nothing') return unchanged(visited)
    if (plan.type === 'drop') return dropped(visited, plan.reason)
    const outcome = channel.transport.commit(plan.change, now)
    if (!(outcome instanceof Promise)) return told(visited, outcome)
    const settled = outcome.then(
      (value) => told(visited, value),
      (error: unknown) => failed(visited, error),
    )
    return visited.afterLogin === null ? settled : concluded(settled, visited.afterLogin, settings)
  } catch (error) {
    return failed(visited, error)
  }
}

/** What has to follow a login must not undo it: where it fails, an event tells. */
async function concluded(
  settling: Promise<Settled>,
  afterLogin: (id: string) => Promise<void>,
  { emit }: Settings,
): Promise<Settled> {
  const settled = await settling
  try {
    if (settled.failure === null && settled.held !== null) await afterLogin(settled.held.id)
  } catch (error) {
    emit(error instanceof StoreError ? { type: 'store-error', error } : { type: 'commit-failed', error })
  }
  return settled
}

function unchanged({ opened }: Visited): Settled {
  return { setCookies: [], failure: null, held: opened.type === 'live' ? opened.held : null }
}

function told(visited: Visited, outcome: Outcome): Settled {
  if (outcome.type === 'lost') return dropped(visited, outcome.reason)
  if (outcome.type === 'gone') return { setCookies: [], failure: null, held: null }
  if (outcome.type === 'clear') {
    reportEnd(visited, outcome.id)
    return { setCookies: visited.channel.clearCookies(visited.facts), failure: null, held: null }
  }
  reportKept(visited, outcome.held)
  const setCookies = outcome.type === 'set' ? visited.channel.setCookies(outcome) : []
  return { setCookies, failure: null, held: outcome.held }
}

function reportKept({ settings, opened, recorded }: Visited, { id, expiresAt, record }: Held): void {
  const before = opened.type === 'live' ? opened.held : null
  if (before === null) settings.emit({ type: 'session-created', id })
  else if (before.id !== id) settings.emit({ type: 'session-regenerated', id, previousId: before.id })
  else if (recorded.operations.length === 0 && expiresAt > before.expiresAt) {
    settings.emit({ type: 'session-renewed', id })
  }
  if (!recorded.login) return
  const { ownerId, pendingOwnerId } = record
  if (ownerId !== null) settings.emit({ type: 'login', id, ownerId })
  else if (pendingOwnerId !== null) settings.emit({ type: 'login-pending', id, ownerId: pendingOwnerId })
}

/** `ended` is another id than was opened where the session got a new one meanwhile: whoever watches it is told, too. */
function reportEnd({ settings, opened }: Visited, ended: string): void {
  const id = idOf(opened)
  if (ended !== id) settings.emit({ type: 'session-destroyed', id: ended })
  if (id === null) return
  settings.emit({ type: 'session-destroyed', id })
  const ownerId = opened.type === 'live' ? opened.held.record.ownerId : null
  if (ownerId !== null) settings.emit({ type: 'logout', id, ownerId })
}

/** What was recorded is lost, and nobody may believe that it was kept (law 4). */
function dropped(visited: Visited, reason: RejectReason | 'server-error'): Settled {
  const { settings, opened, facts } = visited
  settings.emit({ type: 'write-dropped', id: idOf(opened), reason })
  // A safe request promised to change nothing, so its answer is still true; a 5xx says itself that it failed.
  if (reason === 'server-error' || isSafeMethod(facts.method)) return unchanged(visited)
  const failure = new SessionError(
    'SESSION_SUPERSEDED',
    `Cannot save the session: it ended before this request did (${reason}), by a login, a logout or its time. Ask the person to try again`,
    { details: { reason } },
  )
  return { ...unchanged(visited), failure }
}

function failed(visited: Visited, error: unknown): Settled {
  const { settings, channel, facts, opened, recorded } = visited
  if (recorded.destroyed) {
    const failure = new StoreError(
      'LOGOUT_INCOMPLETE',
      'Cannot end the session in the store: it failed. The cookie is cleared, but a copy of it would work until the session ends by its time',
      { cause: error },
    )
    settings.emit({ type: 'logout-incomplete', id: idOf(opened) ?? '', error: failure })
    return { setCookies: channel.clearCookies(facts), failure, held: null }
  }
  if (error instanceof StoreError) settings.emit({ type: 'store-error', error })
  else settings.emit({ type: 'commit-failed', error })
  return { ...unchanged(visited), failure: error }
}
