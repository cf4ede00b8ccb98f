/**
 * Sessions for Express 5, and for anything with `(req, res, next)`.
 *
 * In: Express' request, response and next. Out: a session attached to the request. Must not know: how a response is
 * held, which is node.ts' affair.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../auth/contract.ts'
import { type FreshOptions, freshLogin, type PermitRule, permitted, type Requirement } from '../auth/requirement.ts'
import { RefusalError } from '../session/decision.ts'
import type { Sessions } from '../session/sessions.ts'
import { answerError, attachSession, httpsPass } from './node.ts'
import type { HstsOptions } from './shared/https-gate.ts'
import { shareShapes } from './shared/shared-shapes.ts'

type Next = (error?: unknown) => void

/** Written as a shape, so that Express is no dependency: its `RequestHandler` and Connect's middleware are this. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

/** The same for Express' `ErrorRequestHandler`. */
export type ErrorMiddleware = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void

/**
 * Opens a session for every request: `app.use(sessionMiddleware(sessions))`, before what uses it. Then
 * `sessions.of(req)` finds it. Installed twice, the second one passes SESSION_ALREADY_ATTACHED to the error handler.
 *
 * @param options `refused`: answers a request that may not pass (`error.refusal` says why), in your own look; with
 *   `(error, req, res, next) => next(error)` your error handler does.
 */
export function sessionMiddleware<Data extends object>(
  sessions: Sessions<Data>,
  { refused = refusals() }: { readonly refused?: ErrorMiddleware } = {},
): Middleware {
  return (req, res, next) => {
    const fail = (error: unknown) => (error instanceof RefusalError ? refused(error, req, res, next) : next(error))
    try {
      shareShapes(req, res)
      const attached = attachSession(sessions, req, res)
      if (attached instanceof Promise) attached.then(() => next(), fail)
      else next()
    } catch (error) {
      fail(error)
    }
  }
}

/** Answers what a guard of a class controller refused: `app.use(refusals())`, after the routes. Other errors go on. */
export function refusals(): ErrorMiddleware {
  return (error, req, res, next) => (error instanceof RefusalError ? answerError(error, req, res) : next(error))
}

/** Lets those pass who are logged in; others are sent to the login page, or get a 401 where no page was asked for. */
export function loginRequired<User, Data extends object>(auth: Auth<User, Data>): Middleware {
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
): Middleware {
  return guarded(auth, freshLogin(options))
}

/**
 * Lets those pass whom the rule allows: `permit(auth, (user) => user.role === 'admin')`; others get a 403.
 * @throws ConfigError OPTION_INVALID
 */
export function permit<User, Data extends object>(auth: Auth<User, Data>, rule: PermitRule<User>): Middleware {
  return guarded(auth, permitted(rule))
}

function guarded<User, Data extends object>(auth: Auth<User, Data>, requirement: Requirement<User>): Middleware {
  return (req, res, next) => {
    auth.guard(req, requirement).then((decision) => {
      if (decision.type === 'pass') next()
      else answerError(new RefusalError(decision), req, res)
    }, next)
  }
}

/**
 * Lets only https pass: `app.use(httpsRequired(sessions))`, first of all. Pages are redirected to the app's `origin`, anything
 * else is refused, and answers tell browsers to come by https from now on (HSTS, two years; never on this machine).
 * @throws ConfigError OPTION_INVALID
 */
export function httpsRequired<Data extends object>(sessions: Sessions<Data>, options: HstsOptions = {}): Middleware {
  const passes = httpsPass(sessions, options)
  return (req, res, next) => {
    if (passes(req, res)) next()
  }
}
