/**
 * Sessions for anything that speaks Request -> Response.
 *
 * In: a web Request. Out: the handler's Response, with the session's headers, once the session is committed. What the
 * host passes after the request follows, typed. Must not know: which runtime or framework it is.
 *
 * @module
 */

import type { Auth } from '../auth/contract.ts'
import { type FreshOptions, freshLogin, type PermitRule, permitted, type Requirement } from '../auth/requirement.ts'
import { UsageError } from '../errors.ts'
import type { Committed } from '../session/committed.ts'
import { edgeOf } from '../session/edge.ts'
import type { RequestFacts } from '../session/facts.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Touched, Visit } from '../session/visit.ts'
import { enter } from './shared/entrance.ts'
import { problemFor } from './shared/error-answer.ts'
import { applyCommitted } from './shared/headers.ts'
import { createHttpsGate, type HstsOptions } from './shared/https-gate.ts'
import { lateTouch } from './shared/late-touch.ts'
import type { Problem } from './shared/problem.ts'
import { refusalAnswer } from './shared/refusal-answer.ts'
import { tokenInWebBody } from './shared/web-body.ts'

/** How a request came, as far as a runtime tells more than the request does. */
export interface Connection {
  /** The peer's address; without it, proxies can be trusted by their number only. */
  readonly address?: string | null
  /** Whether it came over TLS; by the scheme of its URL if left out. */
  readonly secure?: boolean
}

/** A handler with the session after the request. */
export type SessionHandler<Data extends object, Rest extends readonly unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>

/**
 * A fetch handler with a session: `{ fetch: withSession(sessions, (request, session, env, ctx) => …) }`.
 *
 * What the handler throws goes on to the host, but for what the request met: a store that failed is a 503, a session
 * that ended meanwhile a 409. The body of the answer may stream; the session is committed before it starts.
 */
export function withSession<Data extends object, Rest extends readonly unknown[]>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data, Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    let visit: Visit | null = null
    let response: Response
    try {
      const session = await attachSession(sessions, request)
      visit = edgeOf(sessions).visitOf(session)
      response = await handler(request, session, ...rest)
    } catch (error) {
      const problem = problemFor(error, request.headers.get('accept'))
      if (problem.status === 500) {
        await visit?.finish(500)
        throw error
      }
      response = respond(problem, request)
    }
    return visit === null ? response : answer(visit, request, response)
  }
}

/** A handler for those who are logged in; others are sent to the login page, or get a 401. */
export function loginRequired<User, Data extends object, Rest extends readonly unknown[]>(
  auth: Auth<User, Data>,
  handler: SessionHandler<Data, Rest>,
): SessionHandler<Data, Rest> {
  return guarded(auth, {}, handler)
}

/**
 * A handler for those who entered their password lately, `{ within: '5m' }`; others enter it once more and come back.
 * Asks the store itself, past every cache.
 *
 * @throws ConfigError OPTION_INVALID
 */
export function freshLoginRequired<User, Data extends object, Rest extends readonly unknown[]>(
  auth: Auth<User, Data>,
  options: FreshOptions,
  handler: SessionHandler<Data, Rest>,
): SessionHandler<Data, Rest> {
  return guarded(auth, freshLogin(options), handler)
}

/**
 * A handler for those whom the rule allows: `permit(auth, (user) => user.role === 'admin', handler)`; others get a 403.
 * @throws ConfigError OPTION_INVALID
 */
export function permit<User, Data extends object, Rest extends readonly unknown[]>(
  auth: Auth<User, Data>,
  rule: PermitRule<User>,
  handler: SessionHandler<Data, Rest>,
): SessionHandler<Data, Rest> {
  return guarded(auth, permitted(rule), handler)
}

function guarded<User, Data extends object, Rest extends readonly unknown[]>(
  auth: Auth<User, Data>,
  requirement: Requirement<User>,
  handler: SessionHandler<Data, Rest>,
): SessionHandler<Data, Rest> {
  return async (request, session, ...rest) => {
    const decision = await auth.guard(request, requirement)
    if (decision.type === 'pass') return handler(request, session, ...rest)
    return respond(refusalAnswer(decision, request.headers.get('accept')), request)
  }
}

/**
 * A fetch handler that is reached by https only: pages are redirected to the app's `origin`, anything else is refused, and
 * answers tell browsers to come by https from now on (HSTS, two years; never on this machine).
 *
 * @throws ConfigError OPTION_INVALID
 */
export function httpsRequired<Data extends object, Rest extends readonly unknown[]>(
  sessions: Sessions<Data>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  options: HstsOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const gate = createHttpsGate(sessions, options)
  return async (request, ...rest) => {
    const { answer: refused, hsts } = gate(factsOf(request))
    if (refused !== null) return respond(refused, request)
    const response = await handler(request, ...rest)
    return hsts === null ? response : withHeader(response, 'Strict-Transport-Security', hsts)
  }
}

/**
 * Opens the session of a request and attaches it, for adapters of your own. `connection` is what the runtime knows of it.
 *
 * @throws RefusalError for a request that may not pass: another site may have sent it, or it lacks a token or a login.
 */
export async function attachSession<Data extends object>(
  sessions: Sessions<Data>,
  request: Request,
  connection: Connection = {},
): Promise<Session<Data>> {
  return enter(sessions, {
    request,
    facts: factsOf(request, connection),
    attached: () => undefined,
    tokenInBody: (type, limit) => tokenInWebBody(request, type, limit),
  })
}

/** @internal */
export function factsOf({ method, url, headers }: Request, { address, secure }: Connection = {}): RequestFacts {
  return { method, url, headers, secure: secure ?? url.startsWith('https:'), address: address ?? null }
}

const TOO_LATE: Touched = {
  touched() {
    throw lateTouch()
  },
}

/** @internal The answer to send: the handler's with the session's headers, or one that says why it cannot be. */
export async function answer(visit: Visit, request: Request, response: Response): Promise<Response> {
  const finished = await visit.finish(response.status)
  if (finished.failure !== null) {
    const problem = respond(problemFor(finished.failure, request.headers.get('accept')), request)
    applyCommitted({ ...finished, cacheControl: 'private, no-store' }, targetOf(problem.headers))
    return problem
  }
  if (finished.varies) return withCommitted(response, finished)
  // A body that streams may try.
  visit.onTouch = TOO_LATE
  return response
}

/**
 * In place where that is possible: copying would lose what a runtime hangs on a response, such as a file or the socket
 * of an upgrade. Not with a cookie: a handler may hand out one Response again and again, and the next visitor's must
 * not carry this one's session.
 */
function withCommitted(response: Response, committed: Committed): Response {
  // Anything else cannot be copied (Fetch, 5.5): 101 is an upgrade, 0 a network error.
  const isCopyable = response.status >= 200
  const hasCookies = committed.setCookies.length > 0
  if (isCopyable && hasCookies) return copyWith(response, committed)
  try {
    applyCommitted(committed, targetOf(response.headers))
    return response
  } catch {
    // Response.redirect and what fetch returned have headers that cannot be changed.
    if (isCopyable) return copyWith(response, committed)
    if (!hasCookies) return response
    throw new UsageError(
      'HEADERS_SENT',
      `Cannot send the cookie of the session with this answer: its status is ${response.status}, and its headers cannot be changed. Write to the session in a request of its own`,
    )
  }
}

function copyWith(response: Response, committed: Committed): Response {
  const copy = new Response(response.body, response)
  applyCommitted(committed, targetOf(copy.headers))
  return copy
}

/** @internal In place where that is possible. */
export function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value)
    return response
  } catch {
    const copy = new Response(response.body, response)
    copy.headers.set(name, value)
    return copy
  }
}

/** @internal A whole answer that the library itself gives. */
export function respond({ status, headers, body }: Problem, request: Request): Response {
  return new Response(request.method === 'HEAD' ? null : body, { status, headers })
}

function targetOf(headers: Headers) {
  return {
    get: (name: string) => headers.get(name),
    set: (name: string, value: string) => headers.set(name, value),
    append: (name: string, value: string) => headers.append(name, value),
  }
}
