/**
 * How many sessions a user may have at once.
 *
 * In: the sessions of an owner. Out: a refusal before the login, or the oldest ended after it. Must not know: how sessions are
 * kept, requests. ASVS 7.1.2.
 *
 * @module
 */

import { ConfigError, SojournError } from '../errors.ts'
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
   * @throws SojournError TOO_MANY_SESSIONS. Two logins in the same instant may both pass.
   */
  before(ownerId: string, ownId: string | null): Promise<void>
  /** After it, once the new session is kept: ends the oldest that are too many, never the one of this login. */
  after(ownerId: string, ownId: string): Promise<void>
}

/** @throws ConfigError OPTION_INVALID; also where sessions cannot be listed, and so not counted. */
export function createSessionLimit(
  options: SessionLimitOptions,
  listing: Listing | null,
  clock: () => number,
): SessionLimit {
  const { limit, when } = options
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw invalid(`its limit is ${String(limit)}. Give a whole number of 1 or more`)
  }
  if (when !== 'evict-oldest' && when !== 'refuse') throw invalid("its when is neither 'evict-oldest' nor 'refuse'")
  if (listing === null) {
    throw invalid('client-side sessions are in browsers only, where nobody can count them. Give createSessions a store')
  }

  async function counted(ownerId: string): Promise<SessionInfo[]> {
    // Who waits for a second factor has no session yet.
    return (await (listing as Listing).list(ownerId, clock())).filter(({ pending }) => !pending)
  }

  return {
    async before(ownerId, ownId) {
      if (when !== 'refuse') return
      const others = (await counted(ownerId)).filter(({ publicId }) => publicId !== ownId)
      if (others.length < limit) return
      throw new SojournError(
        'TOO_MANY_SESSIONS',
        `Cannot log in this user once more: there are ${others.length} sessions already, and ${limit} is the limit. Let the user end one first`,
        { details: { limit, count: others.length } },
      )
    },

    async after(ownerId, ownId) {
      if (when !== 'evict-oldest') return
      const sessions = (await counted(ownerId)).sort((a, b) => a.createdAt - b.createdAt)
      const others = sessions.filter(({ publicId }) => publicId !== ownId)
      for (const { publicId } of others.slice(0, Math.max(0, others.length + 1 - limit))) {
        await (listing as Listing).revoke(publicId, clock())
      }
    },
  }
}

function invalid(reason: string): ConfigError {
  return new ConfigError('OPTION_INVALID', `Cannot use the option "maxSessionsPerOwner": ${reason}`, {
    details: { option: 'maxSessionsPerOwner' },
  })
}
