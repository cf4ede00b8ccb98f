/**
 * Sessions for Hono.
 *
 * In: Hono's context. Out: a session attached to it, and the session's headers on its response. Must not know: how an
 * answer is made, which is web.ts' affair.
 *
 * @module
 */

import type { Auth } from '../auth/auth.ts'
import { edgeOf, type Sessions } from '../session/sessions.ts'
import { guardAnswer } from './shared/guard-answer.ts'
import { problemFor } from './shared/problem.ts'
import { answer, attachSession, respond } from './web.ts'

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

/** Opens a session for every request: `app.use(sessionMiddleware(sessions))`. Then `sessions.of(c)` finds it. */
export function sessionMiddleware<Data extends object>(sessions: Sessions<Data>): HonoMiddleware {
  return async (context, next) => {
    const request = context.req.raw
    const session = await attachSession(sessions, request, addressOf(context.env))
    const visit = edgeOf(sessions).visitOf(session)
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
  return async (context, next) => {
    const refusal = guardAnswer(await auth.guard(context))
    if (refusal !== null) return respond(refusal, context.req.raw)
    await next()
    return undefined
  }
}

/** Hono answers 500 to whatever is thrown. A store that failed and a session that ended meanwhile are no bug of the app's. */
function metOf({ req, res, error }: HonoContext): Response | null {
  if (error === undefined || res.status !== 500) return null
  const problem = problemFor(error, req.raw.headers.get('accept'))
  return problem.status === 500 ? null : respond(problem, req.raw)
}

/** @hono/node-server hands Node's request along; other runtimes do not tell the address here. */
function addressOf(env: unknown): string | null {
  const incoming = (env as { incoming?: { socket?: { remoteAddress?: string } } } | null)?.incoming
  return incoming?.socket?.remoteAddress ?? null
}
