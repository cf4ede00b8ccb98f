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
import type { Auth } from '../auth/auth.ts'
import type { HeaderReader, RequestFacts } from '../session/facts.ts'
import { headerReader } from '../session/facts.ts'
import type { Session } from '../session/session.ts'
import { edgeOf, type Sessions } from '../session/sessions.ts'
import { guardAnswer } from './shared/guard-answer.ts'
import { holdResponse } from './shared/held-response.ts'
import { lateTouch } from './shared/late-touch.ts'
import { clearHead } from './shared/node-head.ts'
import { type Problem, problemFor } from './shared/problem.ts'

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
    const run = async () => handler(req, res, await attachSession(sessions, req, res))
    run().catch((error: unknown) => answerError(error, asHttp1(req), asHttp1(res)))
  }
}

/** A listener for those who are logged in; others are sent to the login page, or get a 401. */
export function loginRequired<
  User,
  Data extends object,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(auth: Auth<User, Data>, listener: SessionListener<Data, Req, Res>): SessionListener<Data, Req, Res> {
  return async (req, res, session) => {
    const refusal = guardAnswer(await auth.guard(req))
    if (refusal === null) await listener(req, res, session)
    else send(refusal, asHttp1(req), asHttp1(res))
  }
}

/**
 * Opens the session of a request and attaches it, for adapters of your own. A promise only where a store is read.
 *
 * The first byte of the response waits for the commit; where the session was not touched, nothing waits or changes.
 *
 * @throws UsageError SESSION_ALREADY_ATTACHED when the request has a session of these sessions.
 */
export function attachSession<Data extends object>(
  sessions: Sessions<Data>,
  req: NodeRequest,
  res: NodeResponse,
): Session<Data> | Promise<Session<Data>> {
  const edge = edgeOf(sessions)

  function attach(session: Session<Data>): Session<Data> {
    edge.attach(req, session)
    const visit = edge.visitOf(session)
    let isTouched = false
    visit.onTouch = () => {
      if (res.headersSent) throw lateTouch()
      isTouched = true
    }
    // Now, not at the first touch: `res.end(session.get('name'))` takes hold of `end` before it touches the session.
    if (!visit.skipped) {
      holdResponse(asHttp1(req), asHttp1(res), {
        isTouched: () => isTouched,
        finish: (status) => visit.finish(status),
      })
    }
    return session
  }

  const opened = edge.begin(new NodeFacts(asHttp1(req)))
  return opened instanceof Promise ? opened.then(attach) : attach(opened)
}

/** Facts read where they are asked for: the address alone costs more than the rest together. */
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

function answerError(error: unknown, req: IncomingMessage, res: ServerResponse): void {
  const problem = problemFor(error, req.headers.accept ?? null)
  // Any other status is what the request met, and events tell of it.
  if (problem.status === 500) console.error('sojourn: a request handler threw', error)
  // It answered in full before it threw, and that answer stands.
  if (res.writableEnded) return
  if (res.headersSent) {
    res.destroy()
    return
  }
  clearHead(res)
  send(problem, req, res)
}

/** @internal Sends a whole answer that the library itself gives. */
export function send({ status, headers, body }: Problem, req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
  res.end(req.method === 'HEAD' ? undefined : body)
}
