/**
 * Sessions for node:http, node:https and node:http2 (its compatibility API), and for what is built on them.
 *
 * In: Node's request and response. Out: a session attached to the request, committed before the answer leaves. Must not
 * know: Express or any other framework.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Auth } from '../auth/contract.ts'
import { type FreshOptions, freshLogin, type PermitRule, permitted, type Requirement } from '../auth/requirement.ts'
import type { FormType } from '../csrf/find-token.ts'
import type { Finished } from '../session/committed.ts'
import { RefusalError } from '../session/decision.ts'
import { type Edge, edgeOf } from '../session/edge.ts'
import { type HeaderReader, headerReader, type RequestFacts } from '../session/facts.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Touched, Visit } from '../session/visit.ts'
import { type Entrance, enter } from './shared/entrance.ts'
import { problemFor } from './shared/error-answer.ts'
import type { Hold } from './shared/held-response.ts'
import { holdResponse } from './shared/hold-response.ts'
import { createHttpsGate, type HstsOptions } from './shared/https-gate.ts'
import { lateTouch } from './shared/late-touch.ts'
import { tokenInNodeBody } from './shared/node-body.ts'
import { clearHead } from './shared/node-head.ts'
import type { Problem } from './shared/problem.ts'
import { refusalAnswer } from './shared/refusal-answer.ts'

type NodeRequest = IncomingMessage | Http2ServerRequest
type NodeResponse = ServerResponse | Http2ServerResponse

/** A request handler with the session as its third argument. */
export type SessionListener<
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
> = (req: Req, res: Res, session: Session<Data>) => unknown

/**
 * A request listener with a session: `createServer(withSession(sessions, (req, res, session) => …))`.
 *
 * What the handler throws is answered: a store that failed with 503, anything else with 500 and a line on the console.
 */
export function withSession<
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(sessions: Sessions<Data>, handler: SessionListener<Data, Req, Res>): (req: Req, res: Res) => void {
  return (req, res) => {
    const failed = (error: unknown) => answerError(error, asHttp1(req), asHttp1(res))
    const handled = (session: Session<Data>) => {
      const answered: unknown = handler(req, res, session)
      if (isThenable(answered)) answered.then(undefined, failed)
    }
    try {
      const attached = attachSession(sessions, req, res)
      // No promise where nothing waits: it would cost as much as the rest.
      if (attached instanceof Promise) attached.then(handled).catch(failed)
      else handled(attached)
    } catch (error) {
      failed(error)
    }
  }
}

function isThenable(answered: unknown): answered is PromiseLike<unknown> {
  return typeof (answered as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

/** A listener for those who are logged in; others are sent to the login page, or get a 401. */
export function loginRequired<
  User,
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(auth: Auth<User, Data>, listener: SessionListener<Data, Req, Res>): SessionListener<Data, Req, Res> {
  return guarded(auth, {}, listener)
}

/**
 * A listener for those who entered their password lately, `{ within: '5m' }`; others enter it once more and come back.
 * Asks the store itself, past every cache.
 *
 * @throws ConfigError OPTION_INVALID
 */
export function freshLoginRequired<
  User,
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(
  auth: Auth<User, Data>,
  options: FreshOptions,
  listener: SessionListener<Data, Req, Res>,
): SessionListener<Data, Req, Res> {
  return guarded(auth, freshLogin(options), listener)
}

/**
 * A listener for those whom the rule allows: `permit(auth, (user) => user.role === 'admin', listener)`; others get a 403.
 * @throws ConfigError OPTION_INVALID
 */
export function permit<
  User,
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(
  auth: Auth<User, Data>,
  rule: PermitRule<User>,
  listener: SessionListener<Data, Req, Res>,
): SessionListener<Data, Req, Res> {
  return guarded(auth, permitted(rule), listener)
}

function guarded<User, Data extends object, Req extends NodeRequest, Res extends NodeResponse>(
  auth: Auth<User, Data>,
  requirement: Requirement<User>,
  listener: SessionListener<Data, Req, Res>,
): SessionListener<Data, Req, Res> {
  return async (req, res, session) => {
    const decision = await auth.guard(req, requirement)
    if (decision.type === 'pass') await listener(req, res, session)
    else send(refusalAnswer(decision, req.headers.accept ?? null), asHttp1(req), asHttp1(res))
  }
}

/**
 * A listener that is reached by https only: pages are redirected to the app's `origin`, anything else is refused, and
 * answers tell browsers to come by https from now on (HSTS, two years; never on this machine).
 *
 * @throws ConfigError OPTION_INVALID
 */
export function httpsRequired<
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(
  sessions: Sessions<Data>,
  listener: (req: Req, res: Res) => unknown,
  options: HstsOptions = {},
): (req: Req, res: Res) => void {
  const passes = httpsPass(sessions, options)
  return (req, res) => {
    if (passes(asHttp1(req), asHttp1(res))) listener(req, res)
  }
}

/** @internal `false`: it was answered. */
export function httpsPass<Data extends object>(sessions: Sessions<Data>, options: HstsOptions) {
  const gate = createHttpsGate(sessions, options)
  return (req: IncomingMessage, res: ServerResponse): boolean => {
    const { answer, hsts } = gate(new NodeFacts(req))
    if (hsts !== null) res.setHeader('Strict-Transport-Security', hsts)
    if (answer !== null) send(answer, req, res)
    return answer === null
  }
}

/**
 * Opens the session of a request and attaches it, for adapters of your own. A promise only where something waits: a store, or
 * a form whose token is to be read.
 *
 * The first byte of the response waits for the commit; where the session was not touched, nothing waits or changes.
 *
 * @throws RefusalError for a request that may not pass: another site may have sent it, or it lacks a token or a login;
 *   UsageError SESSION_ALREADY_ATTACHED when the request has a session of these sessions.
 */
export function attachSession<Data extends object>(
  sessions: Sessions<Data>,
  req: NodeRequest,
  res: NodeResponse,
): Session<Data> | Promise<Session<Data>> {
  return enter(sessions, new NodeEntrance(edgeOf(sessions), asHttp1(req), asHttp1(res)))
}

/**
 * A request of Node at the entrance, and its response while it is held: one object, for every request makes one. Facts are read
 * where they are asked for: the address alone costs more than the rest together.
 */
class NodeEntrance<Data extends object> implements Entrance, Hold, Touched {
  readonly facts: RequestFacts
  readonly request: IncomingMessage
  isTouched = false
  readonly #edge: Edge<Data>
  readonly #res: ServerResponse
  #visit: Visit | null = null

  constructor(edge: Edge<Data>, req: IncomingMessage, res: ServerResponse) {
    this.facts = new NodeFacts(req)
    this.request = req
    this.#edge = edge
    this.#res = res
  }

  attached(session: Session<never>): void {
    const visit = this.#edge.visitOf(session as unknown as Session<Data>)
    this.#visit = visit
    visit.onTouch = this
    // Now, not at the first touch: `res.end(session.get('name'))` takes hold of `end` before it touches the session.
    if (!visit.skipped) holdResponse(this.request, this.#res, this)
  }

  touched(): void {
    if (this.#res.headersSent) throw lateTouch()
    this.isTouched = true
  }

  finish(status: number): Finished | Promise<Finished> {
    // The response is held once there is a visit.
    return (this.#visit as Visit).finish(status)
  }

  tokenInBody(type: FormType, limit: number): Promise<string | null> {
    return tokenInNodeBody(this.request, this.#res, type, limit)
  }
}

class NodeFacts implements RequestFacts {
  readonly #req: IncomingMessage & { readonly originalUrl?: string }
  #headers: HeaderReader | null = null

  constructor(req: IncomingMessage) {
    this.#req = req
  }

  get method(): string {
    return this.#req.method ?? 'GET'
  }

  /** Express and Connect cut `url` where a router is mounted, and keep the whole in `originalUrl`. */
  get url(): string {
    return this.#req.originalUrl ?? this.#req.url ?? '/'
  }

  get headers(): HeaderReader {
    this.#headers ??= headerReader(this.#req.headers)
    return this.#headers
  }

  get secure(): boolean {
    return (this.#req.socket as Partial<TLSSocket>).encrypted === true
  }

  get address(): string | null {
    return this.#req.socket.remoteAddress ?? null
  }
}

/** The compatibility API of node:http2 behaves like node:http where we use it, and its types do not say so. */
function asHttp1(message: NodeRequest): IncomingMessage
function asHttp1(message: NodeResponse): ServerResponse
function asHttp1(message: unknown): unknown {
  return message
}

/** @internal Answers for what was thrown. */
export function answerError(error: unknown, req: IncomingMessage, res: ServerResponse): void {
  const problem = problemFor(error, req.headers.accept ?? null)
  // Any other status is what the request met, and events tell of it.
  if (problem.status === 500) console.error('sojourn: a request handler threw', error)
  // It answered in full before it threw, and that answer stands.
  if (res.writableEnded) return
  if (res.headersSent) {
    res.destroy()
    return
  }
  // What was set before a refusal is not of a handler that failed: policies of the app, which count for this answer, too.
  if (!(error instanceof RefusalError)) clearHead(res)
  send(problem, req, res)
}

/** @internal Sends a whole answer that the library itself gives. */
export function send({ status, headers, body }: Problem, req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
  res.end(req.method === 'HEAD' ? undefined : body)
}
