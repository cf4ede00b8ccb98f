/**
 * Sessions for Express 5, and for anything with `(req, res, next)`.
 *
 * In: Express' request, response and next. Out: a session attached to the request. Must not know: how a response is
 * held, which is node.ts' affair.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Sessions } from '../session/sessions.ts'
import { attachSession, send } from './node.ts'
import { guardAnswer } from './shared/guard-answer.ts'

/** Written as a shape, so that Express is no dependency: its `RequestHandler` and Connect's middleware are this. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Opens a session for every request: `app.use(sessionMiddleware(sessions))`, before what uses it. Then
 * `sessions.of(req)` finds it. Installed twice, the second one passes SESSION_ALREADY_ATTACHED to the error handler.
 */
export function sessionMiddleware<Data extends object>(sessions: Sessions<Data>): Middleware {
  return (req, res, next) => {
    const attached = attachSession(sessions, req, res)
    if (attached instanceof Promise) attached.then(() => next(), next)
    else next()
  }
}

/** Lets those pass who are logged in; others are sent to the login page, or get a 401 where no page was asked for. */
export function loginRequired<User, Data extends object>(auth: Auth<User, Data>): Middleware {
  return (req, res, next) => {
    auth.guard(req).then((decision) => {
      const refusal = guardAnswer(decision)
      if (refusal === null) next()
      else send(refusal, req, res)
    }, next)
  }
}
