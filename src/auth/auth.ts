/**
 * Who is logged in: login, logout, the current user, and the guard's decision.
 *
 * In: sessions, and how to find a user. Out: decisions; an adapter answers. Must not know: responses, passwords.
 *
 * @module
 */

import { ConfigError, UsageError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import { edgeOf, type Sessions } from '../session/sessions.ts'
import type { Visit } from '../session/visit.ts'
import { deviceLabel } from './device-label.ts'
import { decideGuard, type GuardDecision } from './guard.ts'
import { safeNext } from './next-url.ts'

type Maybe<T> = T | null | undefined

export interface AuthOptions<User> {
  /** The user with this id, or nothing if there is none any more: then the session ends. May be async. */
  readonly findUser: (id: string) => Maybe<User> | Promise<Maybe<User>>
  /** The id of a user; `user.id` if left out. `findUser` gets it back as a string. */
  readonly userId?: (user: User) => string | number
  /** Where people log in; `/login` if left out. */
  readonly loginPath?: string
  /** Keys of an anonymous session that survive a login; none if left out. Another user's data never carries over. */
  readonly carryOver?: readonly string[]
}

/** Login for the sessions of one app. `request` is whatever `sessions.of` takes. */
export interface Auth<User, Data extends object = object> {
  /** The sessions it stands on. */
  readonly sessions: Sessions<Data>
  /**
   * Makes the session the user's: always a new id, never the data of somebody else, both limits start anew.
   * Written when the session is committed.
   *
   * @throws UsageError USER_ID_INVALID for a user without a usable id.
   */
  login(request: object, user: User): Promise<void>
  /** Ends the session, on the server too; a copy of its cookie opens nothing any more (server-side sessions). */
  logout(request: object): Promise<void>
  /** The user, found once a request; `null` when nobody is logged in. A user who is gone ends the session. */
  currentUser(request: object): Promise<User | null>
  /**
   * The user, without waiting, behind `loginRequired` or after `await currentUser`.
   *
   * @throws UsageError USER_NOT_LOADED anywhere else.
   */
  userOf(request: object): User
  /** Where to go after a login: `?next=` if it stays on this origin, else `/`. */
  nextUrl(request: object): string
  /** What a guard should do with the request. Adapters answer it. */
  guard(request: object): Promise<GuardDecision>
}

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
  const { findUser, userId = defaultUserId, loginPath = '/login', carryOver = [] } = checked(options)
  const origin = edge.settings.origins.list[0]?.origin ?? 'https://origin.invalid'
  const finding = new WeakMap<Session<Data>, Promise<User | null>>()
  const found = new WeakMap<Session<Data>, User>()

  function visitOf(request: object): Visit {
    return edge.visitOf(sessions.of(request))
  }

  async function find(session: Session<Data>): Promise<User | null> {
    const { ownerId } = session
    if (ownerId === null) return null
    const user = await findUser(ownerId)
    if (user !== null && user !== undefined) {
      found.set(session, user)
      return user
    }
    // Deleted or disabled since the login. What is recorded afterwards belongs to a new, anonymous session.
    const visit = edge.visitOf(session)
    if (!visit.isCommitted() && session.ownerId === ownerId) visit.abandon()
    return null
  }

  const auth: Auth<User, Data> = {
    sessions,

    async login(request, user) {
      const session = sessions.of(request)
      const ownerId = ownerIdOf(userId(user))
      const authenticatedAt = edge.settings.clock()
      // Before anything is written: whoever revokes all from here on reaches this login, too.
      const epoch = (await edge.owners?.epochOf(ownerId)) ?? 0
      const visit = edge.visitOf(session)
      const label = deviceLabel(visit.facts.headers.get('user-agent'))
      visit.login({ type: 'login', ownerId, authenticatedAt, epoch, label, carryOver })
      found.set(session, user)
      finding.set(session, Promise.resolve(user))
    },

    async logout(request) {
      const session = sessions.of(request)
      session.destroy()
      found.delete(session)
      finding.set(session, Promise.resolve(null))
    },

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
      throw new UsageError(
        'USER_NOT_LOADED',
        'Cannot give the user of this request: none was found for it. Put loginRequired before this handler, or await auth.currentUser(request)',
      )
    },

    nextUrl(request) {
      return nextOf(visitOf(request).facts.url, origin) ?? '/'
    },

    async guard(request) {
      const user = await auth.currentUser(request)
      return decideGuard(visitOf(request).facts, user !== null, loginPath, origin)
    },
  }
  return auth
}

function nextOf(url: string, origin: string): string | null {
  const query = url.indexOf('?')
  return query === -1 ? null : safeNext(new URLSearchParams(url.slice(query)).get('next'), origin)
}

function defaultUserId(user: unknown): string | number {
  return (user as { id: string | number } | null | undefined)?.id ?? ''
}

function ownerIdOf(id: unknown): string {
  if ((typeof id === 'string' && id !== '') || Number.isSafeInteger(id) || typeof id === 'bigint') return String(id)
  throw new UsageError(
    'USER_ID_INVALID',
    `Cannot log in this user: its id is ${id === '' ? 'empty or missing' : `of type ${typeof id}`}. Give createAuth a userId that returns text or a whole number`,
  )
}

function checked<User>(options: AuthOptions<User>): AuthOptions<User> {
  if (typeof options?.findUser !== 'function') {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot create auth: found ${typeof options?.findUser} as findUser. Give a function from an id to a user`,
      { details: { option: 'findUser' } },
    )
  }
  const { loginPath = '/login' } = options
  if (!loginPath.startsWith('/') || loginPath.startsWith('//')) {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use loginPath "${loginPath}": give a path on this origin, "/login"`,
      {
        details: { option: 'loginPath' },
      },
    )
  }
  return options
}
