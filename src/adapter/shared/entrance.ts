/**
 * From a request to its session: everything that has to pass before a handler runs.
 *
 * In: facts of a request, how its session is attached, how a token is read from its body. Out: the session, or a RefusalError
 * that an adapter answers. A promise only where something waits. Must not know: frameworks.
 *
 * @module
 */

import { type FormType, formTypeOf } from '../../csrf/find-token.ts'
import type { CsrfRefusal } from '../../csrf/refusal.ts'
import { CSRF_HEADER } from '../../csrf/token.ts'
import { type ForgeryRefusal, RefusalError } from '../../session/decision.ts'
import { type Edge, edgeOf } from '../../session/edge.ts'
import type { RequestFacts } from '../../session/facts.ts'
import type { Session } from '../../session/session.ts'
import type { Sessions } from '../../session/sessions.ts'

export interface Entrance {
  /** What `sessions.of` will be asked with. */
  readonly request: object
  /** Facts as the server got them. */
  readonly facts: RequestFacts
  /** The session is there: what the adapter does with it before anything else. */
  attached(session: Session<never>): void
  /** The token in the first `limit` bytes of the body, which the handler still gets whole. */
  tokenInBody(type: FormType, limit: number): Promise<string | null>
}

/**
 * @throws RefusalError for a request that may not pass; UsageError SESSION_ALREADY_ATTACHED. Rejects, too, with what reading
 *   the session threw where a token had to be judged by it.
 */
export function enter<Data extends object>(
  sessions: Sessions<Data>,
  entrance: Entrance,
): Session<Data> | Promise<Session<Data>> {
  const edge = edgeOf(sessions)
  const facts = edge.door.view(entrance.facts)
  // Before the store is asked: a stranger's request costs nothing.
  refuse(edge.door.checkOrigin(facts, edge.channelFor(facts)), edge, facts)
  const opened = edge.begin(facts)
  if (opened instanceof Promise) return opened.then((session) => attach(edge, entrance, facts, session))
  return attach(edge, entrance, facts, opened)
}

function attach<Data extends object>(
  edge: Edge<Data>,
  entrance: Entrance,
  facts: RequestFacts,
  session: Session<Data>,
): Session<Data> | Promise<Session<Data>> {
  edge.attach(entrance.request, session)
  entrance.attached(session as unknown as Session<never>)
  if (edge.guard === null && !edge.door.needsToken(facts)) return session
  return admit(edge, entrance, facts, session)
}

async function admit<Data extends object>(
  edge: Edge<Data>,
  entrance: Entrance,
  facts: RequestFacts,
  session: Session<Data>,
): Promise<Session<Data>> {
  if (edge.door.needsToken(facts)) {
    const type = formTypeOf(facts.headers.get('content-type'))
    const { bodyLimit } = edge.settings.csrf
    const token = facts.headers.get(CSRF_HEADER) ?? (type === null ? null : await entrance.tokenInBody(type, bodyLimit))
    refuse(edge.door.checkToken(edge.visitOf(session), token), edge, facts)
  }
  const decision = (await edge.guard?.(entrance.request)) ?? { type: 'pass' }
  if (decision.type !== 'pass') throw new RefusalError(decision)
  return session
}

function refuse<Data extends object>(refusal: CsrfRefusal | null, edge: Edge<Data>, facts: RequestFacts): void {
  if (refusal === null) return
  const origin = edge.door.originOf(facts)?.origin ?? null
  // Where another site may have sent it there is no form to send again.
  const again = refusal.header === null ? formPath(facts, origin) : null
  const forgery: ForgeryRefusal = { type: 'csrf', code: 'CSRF_REFUSED', ...refusal, origin, again }
  throw new RefusalError(forgery)
}

/** Where the form was: the page that the browser names, if it is ours; else a page at the address it was sent to. */
function formPath({ headers, url }: RequestFacts, origin: string | null): string | null {
  const referer = headers.get('referer')
  const from = referer !== null && URL.canParse(referer) ? new URL(referer) : null
  const target = url.startsWith('/') ? `http://localhost${url}` : url
  const to = URL.canParse(target) ? new URL(target) : null
  const path = from !== null && from.origin === origin ? from.pathname + from.search : to?.pathname
  // Two slashes at the start would be another host.
  return path === undefined || path.startsWith('//') ? null : path
}
