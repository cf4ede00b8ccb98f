/**
 * One small app that every story is told with, whatever framework it runs in.
 *
 * In: the path and query of a request, and the request as `sessions.of` takes it. Out: an answer, which a mount sends in
 * the way of its framework. The path says what is done, the method only whether it is safe. Must not know: frameworks.
 *
 *   before=gate  touch the session, stop at the gate, then act      after=gate   act, stop at the gate, then answer
 *   status=500   answer with it                                     to=/path     answer with a redirect
 *   early=1      give the head before the body                      header=A: b  a header of the app's own; repeatable
 *
 * @module
 */
import type { Auth } from '../../src/auth/contract.ts'
import { csrfToken, type Json, type Session, type Sessions } from '../../src/index.ts'
import type { Gates } from './gates.ts'

export type Data = Record<string, Json>

export interface User {
  readonly id: string
  /** What ends their sessions when it changes, where the world's `auth` says so. */
  readonly stamp?: string
  readonly role?: string
}

export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly early: boolean
}

export interface StoryApp {
  readonly sessions: Sessions<Data>
  readonly auth: Auth<User, Data>
  run(url: string, request: object): Promise<Answer>
}

interface Scene {
  readonly sessions: Sessions<Data>
  readonly session: Session<Data>
  readonly auth: Auth<User, Data>
  readonly users: ReadonlyMap<string, User>
  readonly request: object
  readonly query: URLSearchParams
  readonly key: string
}

type Act = (scene: Scene) => unknown

/** The path of the page that a login is required for: mounts put their guard before it. */
export const GUARDED = '/private'

/** The page that a fresh login is required for. */
export const FRESH = '/fresh'
export const FRESH_WITHIN = '5m'

/** The page of whoever has the role for it. */
export const ADMIN = '/admin'
export const isAdmin = (user: User) => user.role === 'admin'

const ACTS: Readonly<Record<string, Act>> = {
  '/untouched': () => 'untouched',
  '/read': ({ session, key }) => session.get(key) ?? null,
  '/keys': ({ session }) => Object.fromEntries(session.keys().map((name) => [name, session.get(name)])),
  '/set': ({ session, key, query }) => session.set(key, valueIn(query)),
  '/delete': ({ session, key }) => session.delete(key),
  '/add': ({ session, key, query }) => {
    const most = Number(query.get('most') ?? Number.POSITIVE_INFINITY)
    session.update(key, (count) => {
      if (Number(count ?? 0) >= most) throw new Error('sold out')
      return Number(count ?? 0) + 1
    })
    return session.get(key)
  },
  '/double': ({ session, key }) => {
    // As in an app whose schema says that it is a number.
    session.update(key, (count) => 2 * (count as number) + 1)
    return session.get(key)
  },
  '/clear': ({ session }) => session.clear(),
  '/set-and-delete': ({ session, key }) => {
    session.set(key, 'for a moment')
    session.delete(key)
  },
  '/flash': ({ session, key, query }) => session.flash(key, valueIn(query)),
  '/take': ({ session, key }) => session.takeFlash(key),
  '/regenerate': ({ session }) => session.regenerate(),
  '/destroy': ({ session }) => session.destroy(),
  '/use-after-destroy': ({ session, key, query }) => {
    session.destroy()
    const read = session.get(key) ?? null
    return { read, error: codeOf(() => session.set(key, valueIn(query))) }
  },
  '/mutate': ({ session, key }) => codeOf(() => (session.get(key) as unknown as string[]).push('lost')),
  '/login': ({ auth, users, request, query }) => {
    const id = query.get('user') ?? 'ada'
    const place = query.get('place')
    const options = { remember: query.has('remember'), pending: query.has('pending'), ...(place && { place }) }
    return auth.login(request, users.get(id) ?? { id }, options).then(() => null, rethrowUnless(query, 'code'))
  },
  '/complete': async ({ auth, request }) => (await auth.complete(request))?.id ?? null,
  '/pending': async ({ auth, request }) => (await auth.pendingUser(request))?.id ?? null,
  '/confirm': ({ auth, request }) => auth.confirm(request),
  '/devices': ({ auth, request }) => auth.devices(request),
  '/revoke': ({ auth, request, query }) => auth.revoke(request, query.get('id') ?? ''),
  '/revoke-others': ({ auth, request }) => auth.revokeOthers(request),
  '/address': ({ auth, request }) => auth.addressOf(request),
  '/token': ({ session }) => csrfToken(session),
  '/logout': ({ auth, request }) => auth.logout(request),
  '/revoke-all': ({ sessions, session, query }) => {
    const except = query.has('except') ? { except: session } : {}
    return sessions.revokeAll(query.get('user') ?? 'ada', except).then(() => 'done', codeFrom)
  },
  '/me': async ({ auth, request }) => (await auth.currentUser(request))?.id ?? null,
  '/me-and-set': async ({ auth, request, session, key, query }) => {
    const user = await auth.currentUser(request)
    session.set(key, valueIn(query))
    return user?.id ?? null
  },
  [GUARDED]: ({ auth, request }) => auth.userOf(request).id,
  [FRESH]: ({ auth, request }) => auth.userOf(request).id,
  [ADMIN]: ({ auth, request }) => auth.userOf(request).id,
  '/owner': ({ session }) => session.ownerId,
  '/facts': ({ session }) => {
    const { isNew, publicId, createdAt, expiresAt, ownerId, pendingOwnerId, authenticatedAt } = session
    return { isNew, publicId, createdAt, expiresAt, ownerId, pendingOwnerId, authenticatedAt }
  },
  '/commit': async ({ session, key, query }) => {
    session.set(key, valueIn(query))
    try {
      await session.commit()
      return { publicId: session.publicId, late: codeOf(() => session.set(key, 'late')) }
    } catch (error) {
      return { error: (error as { code?: string }).code }
    }
  },
  '/throw': ({ session, key, query }) => {
    session.set(key, valueIn(query))
    throw new Error('the handler of this story throws')
  },
}

export function createStoryApp(
  sessions: Sessions<Data>,
  auth: Auth<User, Data>,
  gates: Gates,
  users: ReadonlyMap<string, User>,
): StoryApp {
  return {
    sessions,
    auth,
    async run(url, request) {
      const { pathname, searchParams: query } = new URL(url, 'http://story.invalid')
      const act = ACTS[pathname]
      if (act === undefined) return { status: 404, headers: [], body: 'null', early: false }
      const session = sessions.of(request)
      const before = query.get('before')
      if (before !== null) {
        session.has('')
        await gates(before).pass()
      }
      const result = await act({ sessions, session, auth, users, request, query, key: query.get('key') ?? 'key' })
      const after = query.get('after')
      if (after !== null) await gates(after).pass()
      return answerOf(query, result)
    },
  }
}

function answerOf(query: URLSearchParams, result: unknown): Answer {
  const to = query.get('to')
  const own = query.getAll('header').map((line) => {
    const [name = '', ...value] = line.split(': ')
    return [name, value.join(': ')] as const
  })
  return {
    status: Number(query.get('status') ?? (to === null ? 200 : 303)),
    headers: [['Content-Type', 'application/json'], ...(to === null ? [] : [['Location', to] as const]), ...own],
    body: JSON.stringify(result ?? null),
    early: query.has('early'),
  }
}

/** `value` as text, `json` as what it says, `size` as that many characters. */
function valueIn(query: URLSearchParams): Json {
  const json = query.get('json')
  if (json !== null) return JSON.parse(json)
  const size = query.get('size')
  return size === null ? (query.get('value') ?? 'value') : 'x'.repeat(Number(size))
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'no error'
  } catch (error) {
    return codeFrom(error)
  }
}

/** Where the query asks for it, the code of an error is an answer of its own. */
function rethrowUnless(query: URLSearchParams, name: string): (error: unknown) => string {
  return (error) => {
    if (query.has(name)) return codeFrom(error)
    throw error
  }
}

function codeFrom(error: unknown): string {
  return (error as { code?: string }).code ?? (error as Error).name
}
