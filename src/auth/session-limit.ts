/**
 * How many sessions a user may have at once.
 *
 * In: the sessions of an owner. Out: a refusal before the login, or the oldest ended after it. Must not know: how sessions are
 * kept, requests. ASVS 7.1.2.
 *
 * @module
 */

import { type ConfigError, SojournError } from '../errors.ts'
import { invalidOption } from '../session/option-checks.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Listing, SessionInfo } from '../transport/owners.ts'

export interface SessionLimitOptions {
  /** 1 or more. */
  readonly limit: number
  /** `evict-oldest`: a login ends the oldest one. `refuse`: a login throws TOO_MANY_SESSIONS. */
  readonly when: 'evict-oldest' | 'refuse'
}

export interface SessionLimit {
  /**
   * Before a login. `ownId`: the session it takes over, which does not count.
   * @returns what to do once the new session is kept, with its id: it ends those that are too many.
   * @throws SojournError TOO_MANY_SESSIONS. Two logins in the same instant may both pass.
   */
  before(ownerId: string, ownId: string | null): Promise<(newId: string) => Promise<void>>
}

/** @throws ConfigError OPTION_INVALID; also where sessions cannot be listed, and so not counted. */
export function createSessionLimit(
  options: SessionLimitOptions,
  listing: Listing | null,
  sessions: Pick<Sessions<object>, 'mode' | 'revoke'>,
  clock: () => number,
): SessionLimit {
  const { limit, when } = options
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw invalid(`its limit is ${String(limit)}. Give a whole number of 1 or more`)
  }
  if (when !== 'evict-oldest' && when !== 'refuse') throw invalid("its when is neither 'evict-oldest' nor 'refuse'")
  if (listing === null) {
    throw invalid(
      sessions.mode === 'client-side'
        ? 'client-side sessions are in browsers only, where nobody can count them. Give createSessions a store'
        : 'the store has no owner index, and nobody can count what is a user’s. Use one that has, as every store of this library',
    )
  }

  async function counted(ownerId: string): Promise<SessionInfo[]> {
    // Who waits for a second factor has no session yet.
    return (await (listing as Listing).list(ownerId, clock())).filter(({ pending }) => !pending)
  }

  /**
   * Those that were there before the login began go first. Logins that race with it are judged by all of them in one and
   * the same order, their own included: did each only spare itself, two would end each other and nobody be logged in. (Two
   * that overlap within one millisecond still may.)
   */
  async function evict(ownerId: string, newId: string, earlier: ReadonlySet<string>): Promise<void> {
    const living = await counted(ownerId)
    // By another login already.
    if (!living.some(({ publicId }) => publicId === newId)) return
    const rank = ({ publicId }: SessionInfo) => (earlier.has(publicId) ? 0 : 1)
    const inOrder = living.sort(
      (a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt || (a.publicId < b.publicId ? -1 : 1),
    )
    for (const { publicId } of inOrder.slice(0, Math.max(0, inOrder.length - limit))) await sessions.revoke(publicId)
  }

  return {
    async before(ownerId, ownId) {
      const others = (await counted(ownerId)).filter(({ publicId }) => publicId !== ownId)
      if (when === 'evict-oldest') return (newId) => evict(ownerId, newId, new Set(others.map(idOf)))
      if (others.length < limit) return async () => undefined
      throw new SojournError(
        'TOO_MANY_SESSIONS',
        `Cannot log in this user once more: there are ${others.length} sessions already, and ${limit} is the limit. Let the user end one first`,
        { details: { limit, count: others.length } },
      )
    },
  }
}

function idOf({ publicId }: SessionInfo): string {
  return publicId
}

function invalid(reason: string): ConfigError {
  return invalidOption('maxSessionsPerOwner', reason)
}
