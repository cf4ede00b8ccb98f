/**
 * Sessions for Hono.
 *
 * In: Hono's context. Out: a session attached to it, and the session's headers on its response. Must not know: how an
 * answer is made, which is web.ts' affair.
 *
 * @module
 */

import type { TLSSocket } from 'node:tls'
import type { Auth } from '../auth/contract.ts'
import { type FreshOptions, freshLogin, type PermitRule, permitted, type Requirement } from '../auth/requirement.ts'
import { RefusalError } from '../session/decision.ts'
import { edgeOf } from '../session/edge.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Visit } from '../session/visit.ts'
import { problemFor } from './shared/error-answer.ts'
import { createHttpsGate, type HstsOptions } from './shared/https-gate.ts'
import { refusalAnswer } from './shared/refusal-answer.ts'
import { answer, attachSession, type Connection, factsOf, respond, withHeader } from './web.ts'

/** What is needed of Hono's `Context`, written as a shape so that Hono is no dependency. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  res: Response
  readonly env: unknown
  /** What a handler threw; `res` is then what `app.onError` made of it. */
  readonly error?: Error | undefined
}

/** Hono's `MiddlewareHandler`, as far as it is needed. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

/**
 * Opens a session for every request: `app.use(sessionMiddleware(sessions))`. Then `sessions.of(c)` finds it.
 *
 * @param options `refused`: answers a request that may not pass (`error.refusal` says why), in your own look.
 */
export function sessionMiddleware<Data extends object>(
  sessions: Sessions<Data>,
  {
    refused = refusal,
  }: { readonly refused?: (error: RefusalError, context: HonoContext) => Response | Promise<Response> } = {},
): HonoMiddleware {
  return async (context, next) => {
    const request = context.req.raw
    let visit: Visit
    try {
      visit = edgeOf(sessions).visitOf(await attachSession(sessions, request, connectionOf(context.env)))
    } catch (error) {
      if (error instanceof RefusalError) return refused(error, context)
      // A store that failed before the handler could touch the session: nobody but us knows that it is a 503.
      const problem = problemFor(error, request.headers.get('accept'))
      if (problem.status === 500) throw error
      return respond(problem, request)
    }
    try {
      await next()
    } catch (error) {
      await visit.finish(500)
      throw error
    }
    const response = await answer(visit, request, metOf(context) ?? context.res)
    if (response !== context.res) {
      // Hono copies the headers of the response that stands onto the next one; this one replaces it.
      context.res = undefined as unknown as Response
      context.res = response
    }
    return undefined
  }
}

/** Lets those pass who are logged in; others are sent to the login page, or get a 401 where no page was asked for. */
export function loginRequired<User, Data extends object>(auth: Auth<User, Data>): HonoMiddleware {
  return guarded(auth, {})
}

/**
 * Lets those pass who entered their password lately, `{ within: '5m' }`; others enter it once more and come back. Asks the
 * store itself, past every cache.
 * @throws ConfigError OPTION_INVALID
 */
export function freshLoginRequired<User, Data extends object>(
  auth: Auth<User, Data>,
  options: FreshOptions,
): HonoMiddleware {
  return guarded(auth, freshLogin(options))
}

/**
 * Lets those pass whom the rule allows: `permit(auth, (user) => user.role === 'admin')`; others get a 403.
 * @throws ConfigError OPTION_INVALID
 */
export function permit<User, Data extends object>(auth: Auth<User, Data>, rule: PermitRule<User>): HonoMiddleware {
  return guarded(auth, permitted(rule))
}

function guarded<User, Data extends object>(auth: Auth<User, Data>, requirement: Requirement<User>): HonoMiddleware {
  return async (context, next) => {
    const decision = await auth.guard(context, requirement)
    if (decision.type !== 'pass') return refusal(new RefusalError(decision), context)
    await next()
    return undefined
  }
}

/**
 * Lets only https pass: `app.use(httpsRequired(sessions))`, first of all. Pages are redirected to the app's `origin`, anything
 * else is refused, and answers tell browsers to come by https from now on (HSTS, two years; never on this machine).
 * @throws ConfigError OPTION_INVALID
 */
export function httpsRequired<Data extends object>(
  sessions: Sessions<Data>,
  options: HstsOptions = {},
): HonoMiddleware {
  const gate = createHttpsGate(sessions, options)
  return async (context, next) => {
    const request = context.req.raw
    const { answer: refused, hsts } = gate(factsOf(request, connectionOf(context.env)))
    if (refused !== null) return respond(refused, request)
    await next()
    if (hsts !== null) context.res = withHeader(context.res, 'Strict-Transport-Security', hsts)
    return undefined
  }
}

function refusal({ refusal }: RefusalError, { req }: HonoContext): Response {
  return respond(refusalAnswer(refusal, req.raw.headers.get('accept')), req.raw)
}

/** Hono answers 500 to whatever is thrown. A store that failed and a session that ended meanwhile are no bug of the app's. */
function metOf({ req, res, error }: HonoContext): Response | null {
  if (error === undefined || res.status !== 500) return null
  const problem = problemFor(error, req.raw.headers.get('accept'))
  return problem.status === 500 ? null : respond(problem, req.raw)
}

/**
 * @hono/node-server hands Node's request along, and its socket knows best: the scheme of the URL may be a stranger's, who sent
 * a whole URL as the target. Other runtimes do not tell here.
 */
function connectionOf(env: unknown): Connection {
  const socket = (env as { incoming?: { socket?: Partial<TLSSocket> } } | null)?.incoming?.socket
  if (socket === undefined) return {}
  return { address: socket.remoteAddress ?? null, secure: socket.encrypted === true }
}
