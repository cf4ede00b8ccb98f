/**
 * Who is logged in: login, second factor, logout, the current user, and the guard's decision.
 *
 * In: sessions, and how to find a user. Out: decisions; an adapter answers. Must not know: responses, passwords.
 *
 * @module
 */

import { ConfigError, type SojournError, UsageError } from '../errors.ts'
import { createPathMatcher, shownPath } from '../lib/paths.ts'
import type { SessionRecord } from '../record/record.ts'
import { edgeOf } from '../session/edge.ts'
import { isSafeMethod } from '../session/facts.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Visit } from '../session/visit.ts'
import { createAttempts } from './attempts.ts'
import type { Auth, LoginOptions } from './contract.ts'
import { deviceLabel } from './device-label.ts'
import { decideGuard, type GuardPlaces } from './guard.ts'
import { safeNext } from './next-url.ts'
import { type AuthOptions, resolveAuthOptions } from './options.ts'
import type { Requirement } from './requirement.ts'
import { createSessionLimit } from './session-limit.ts'
import { createStamps } from './stamps.ts'

/**
 * Sets up login on top of sessions.
 *
 * @throws ConfigError OPTION_INVALID, at once.
 */
export function createAuth<User, Data extends object>(
  sessions: Sessions<Data>,
  options: AuthOptions<User>,
): Auth<User, Data> {
  const edge = edgeOf(sessions)
  const { clock } = edge.settings
  const settings = resolveAuthOptions(options)
  const { findUser, loginPath, confirmPath, carryOver } = settings
  const stamps = createStamps(edge.keyring)
  const attempts = createAttempts(options.attempts, edge.emit)
  const sessionLimit =
    options.maxSessionsPerOwner === undefined
      ? null
      : createSessionLimit(options.maxSessionsPerOwner, edge.owners?.listing ?? null, sessions, clock)
  const finding = new WeakMap<Session<Data>, Promise<User | null>>()
  const found = new WeakMap<Session<Data>, User>()

  function visitOf(request: object): Visit {
    return edge.visitOf(sessions.of(request))
  }

  /** The user a record names, if they are still who logged in. */
  async function claimed(ownerId: string, { stamp }: SessionRecord): Promise<User | null> {
    const user = (await findUser(ownerId)) ?? null
    if (user === null) return user
    const now = settings.stamp(user)
    return now === null || stamps.fits(ownerId, now, stamp) ? user : null
  }

  /** What a session keeps of the user's stamp. */
  function markOf(ownerId: string, user: User): string | null {
    const stamp = settings.stamp(user)
    return stamp === null ? null : stamps.make(ownerId, stamp)
  }

  async function find(session: Session<Data>): Promise<User | null> {
    const visit = edge.visitOf(session)
    const record = visit.readOwner()
    if (record.ownerId === null) return null
    const user = await claimed(record.ownerId, record)
    // A logout, or another login, of this very request while the user was looked for: theirs is not this answer.
    if (!isSameLogin(visit, record)) return null
    if (user !== null) found.set(session, user)
    // Deleted, disabled, or with another password by now. What is recorded afterwards belongs to a new, anonymous session.
    else if (!visit.isCommitted()) visit.abandon()
    return user
  }

  /** @param first What the first factor left, where this is the second. */
  async function logIn(
    request: object,
    user: User,
    { remember: isRemembered = false, pending = false, place }: LoginOptions,
    first: Pick<SessionRecord, 'label' | 'epoch'> | null = null,
  ): Promise<void> {
    const session = sessions.of(request)
    const visit = edge.visitOf(session)
    const ownerId = ownerIdOf(settings.userId(user))
    const stamp = markOf(ownerId, user)
    // Before anything is written: whoever revokes all from here on reaches this login, too. It began with the first factor.
    const epoch = first?.epoch ?? (await edge.owners?.epochOf(ownerId)) ?? 0
    const ownId = session.ownerId === ownerId ? session.publicId : null
    const after = pending ? null : ((await sessionLimit?.before(ownerId, ownId)) ?? null)
    const device = deviceLabel(visit.facts.headers.get('user-agent'))
    visit.login(
      {
        ownerId,
        pending,
        authenticatedAt: clock(),
        epoch,
        label: first?.label ?? ([device, place].filter(Boolean).join(', ') || null),
        stamp,
        limits: isRemembered ? settings.remember : null,
        carryOver,
      },
      after,
    )
    remember(session, pending ? null : user)
  }

  function remember(session: Session<Data>, user: User | null): void {
    if (user === null) found.delete(session)
    else found.set(session, user)
    finding.set(session, Promise.resolve(user))
  }

  function placesOf({ facts }: Visit): GuardPlaces {
    return { loginPath, confirmPath, origin: edge.door.originOf(facts)?.origin ?? 'https://origin.invalid' }
  }

  async function missing(request: object, { freshWithin, permit }: Requirement<User>) {
    const user = await auth.currentUser(request)
    if (user === null) return 'LOGIN_REQUIRED'
    if (freshWithin !== undefined) {
      const visit = visitOf(request)
      // What a cache remembers is not fresh either. A login of this very request is not kept anywhere yet.
      if (!visit.isLoggingIn() && !(await visit.isStillLive())) return 'LOGIN_REQUIRED'
      if (!isFresh(visit.readOwner(), freshWithin, clock())) return 'LOGIN_NOT_FRESH'
    }
    return permit === undefined || (await permit(user, request)) === true ? null : 'FORBIDDEN'
  }

  async function ownerOf(request: object): Promise<string> {
    if ((await auth.currentUser(request)) === null) throw nobody('Cannot show or end the sessions of this user')
    // currentUser found one, so there is an owner.
    return sessions.of(request).ownerId as string
  }

  const auth: Auth<User, Data> = {
    sessions,

    login: (request, user, options = {}) => logIn(request, user, options),

    async pendingUser(request) {
      const visit = visitOf(request)
      const record = visit.readOwner()
      if (record.pendingOwnerId === null) return null
      const isInTime = clock() < record.createdAt + settings.pendingTimeout
      const user = isInTime ? await claimed(record.pendingOwnerId, record) : null
      if (!isSameLogin(visit, record)) return null
      if (user === null && !visit.isCommitted()) visit.abandon()
      return user
    },

    async complete(request, given = {}) {
      const user = await auth.pendingUser(request)
      if (user === null) return null
      const first = visitOf(request).readOwner()
      await logIn(request, user, { remember: given.remember ?? first.limits !== null }, first)
      return user
    },

    async confirm(request, changed) {
      const session = sessions.of(request)
      const user = changed ?? (await auth.currentUser(request))
      const { ownerId } = session
      if (user === null || ownerId === null || ownerIdOf(settings.userId(user)) !== ownerId) {
        throw nobody('Cannot make the login fresh')
      }
      const visit = edge.visitOf(session)
      visit.rotate()
      visit.record({ type: 'confirm', confirmedAt: clock(), stamp: markOf(ownerId, user) })
      remember(session, user)
    },

    async logout(request) {
      const session = sessions.of(request)
      const visit = edge.visitOf(session)
      if (isSafeMethod(visit.facts.method)) {
        throw new UsageError(
          'LOGOUT_ON_SAFE_METHOD',
          `Cannot log out: the request is a ${visit.facts.method}, which any page can make a browser send. Let a form post it`,
        )
      }
      visit.destroy({ clearSite: settings.clearSiteData })
      remember(session, null)
    },

    attempt: (attempt, verify) => attempts(attempt, verify),

    addressOf: (request) => visitOf(request).facts.address,

    currentUser(request) {
      const session = sessions.of(request)
      let user = finding.get(session)
      if (user === undefined) {
        user = find(session)
        finding.set(session, user)
      }
      return user
    },

    userOf(request) {
      const user = found.get(sessions.of(request))
      if (user !== undefined) return user
      throw nobody('Cannot give the user of this request')
    },

    nextUrl(request) {
      const visit = visitOf(request)
      return nextOf(visit.facts.url, placesOf(visit).origin) ?? '/'
    },

    async guard(request, requirement = {}) {
      const lacking = await missing(request, requirement)
      const session = sessions.of(request)
      const visit = edge.visitOf(session)
      const decision = decideGuard(visit.facts, lacking, placesOf(visit))
      if (decision.type !== 'pass' && decision.type !== 'preflight') {
        const { code } = decision
        const { method, url } = visit.facts
        edge.emit({ type: 'guard-refused', code, method, path: shownPath(url), id: session.publicId })
      }
      return decision
    },

    requireEverywhere({ except = [] } = {}) {
      if (edge.guard !== null)
        throw new ConfigError('OPTION_INVALID', 'Cannot require a login everywhere: it was done before. Call it once')
      if (Array.isArray(except) && except.includes('/*')) {
        throw new ConfigError(
          'OPTION_INVALID',
          'Cannot use the option "except": "/*" is every path, and nothing would be guarded. Name the paths that are open',
          { details: { option: 'except' } },
        )
      }
      const isOpen = createPathMatcher('except', Array.isArray(except) ? [...except, withoutQuery(loginPath)] : except)
      edge.guard = async (request) => (isOpen(visitOf(request).facts.url) ? { type: 'pass' } : auth.guard(request))
    },

    async devices(request) {
      const ownerId = await ownerOf(request)
      const own = sessions.of(request).publicId
      return (await sessions.list(ownerId)).map((info) => ({ ...info, current: info.publicId === own }))
    },

    async revoke(request, publicId) {
      const device = (await auth.devices(request)).find((one) => one.publicId === publicId)
      // Somebody else's id, from a form that was tampered with, is no id of one's own.
      if (device === undefined) return false
      if (!device.current) return sessions.revoke(publicId)
      await auth.logout(request)
      return true
    },

    async revokeOthers(request) {
      await sessions.revokeAll(await ownerOf(request), { except: sessions.of(request) })
    },
  }
  return auth
}

/** A remembered login proves no more than that the browser is the same: fresh is what was confirmed. */
function isFresh({ authenticatedAt, confirmedAt, limits }: SessionRecord, within: number, now: number): boolean {
  const proved = confirmedAt ?? (limits === null ? authenticatedAt : null)
  return proved !== null && now - proved < within
}

/** Every login has a seed of its own. */
function isSameLogin(visit: Visit, { seed }: SessionRecord): boolean {
  return visit.readOwner().seed === seed
}

function nextOf(url: string, origin: string): string | null {
  const query = url.indexOf('?')
  return query === -1 ? null : safeNext(new URLSearchParams(url.slice(query)).get('next'), origin)
}

function withoutQuery(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path
}

function ownerIdOf(id: unknown): string {
  if ((typeof id === 'string' && id !== '') || Number.isSafeInteger(id) || typeof id === 'bigint') return String(id)
  throw new UsageError(
    'USER_ID_INVALID',
    `Cannot log in this user: its id is ${id === '' ? 'empty or missing' : `of type ${typeof id}`}. Give createAuth a userId that returns text or a whole number`,
  )
}

function nobody(action: string): SojournError {
  return new UsageError(
    'USER_NOT_LOADED',
    `${action}: none was found for it. Put loginRequired before this handler, or await auth.currentUser(request)`,
  )
}
