/**
 * What adapters, `createAuth` and testing need of sessions beyond their public face.
 *
 * @module
 */

import type { Keyring } from '../crypto/keyring.ts'
import { UsageError } from '../errors.ts'
import type { Owners } from '../transport/owners.ts'
import type { Channel } from './channel.ts'
import type { GuardDecision } from './decision.ts'
import type { Door } from './door.ts'
import type { Emit } from './events.ts'
import type { RequestFacts } from './facts.ts'
import type { Settings } from './options.ts'
import type { Session } from './session.ts'
import type { Visit } from './visit.ts'

export interface Edge<Data extends object = object> {
  readonly settings: Settings
  readonly keyring: Keyring
  readonly emit: Emit
  readonly owners: Owners | null
  readonly door: Door
  channelFor(facts: RequestFacts): Channel
  /** A promise only where the transport waits for a store and there is a cookie to look up. */
  begin(facts: RequestFacts): Session<Data> | Promise<Session<Data>>
  /** Makes `sessions.of(request)` find the session. */
  attach(request: object, session: Session<Data>): void
  visitOf(session: Session<Data>): Visit
  /** What every request has to pass, where the app wants it so; an adapter asks before the handler runs. */
  guard: ((request: object) => Promise<GuardDecision>) | null
}

const edges = new WeakMap<object, Edge<never>>()

export function setEdge<Data extends object>(sessions: object, edge: Edge<Data>): void {
  edges.set(sessions, edge as unknown as Edge<never>)
}

/** @internal For the rooms above: adapter and auth. */
export function edgeOf<Data extends object>(sessions: { of(request: object): Session<Data> }): Edge<Data> {
  const edge = edges.get(sessions)
  if (edge === undefined) {
    throw new UsageError(
      'SESSION_NOT_ATTACHED',
      'Cannot use these sessions: found something that createSessions did not make',
    )
  }
  return edge as unknown as Edge<Data>
}
