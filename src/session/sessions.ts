/**
 * The edge of the request: where sessions are opened, found again and committed.
 *
 * In: options once, requests ever after. Out: sessions for handlers, headers for answers. Must not know: frameworks.
 *
 * @module
 */

import { createKeyring } from '../crypto/keyring.ts'
import { UsageError } from '../errors.ts'
import { createCompanions } from '../lib/companions.ts'
import { type DeepReadonly, deepFreeze, type Json, type Storable } from '../record/json.ts'
import type { Listing, SessionInfo } from '../transport/owners.ts'
import type { Opened } from '../transport/transport.ts'
import { type Channel, createChannel } from './channel.ts'
import type { Committed, Finished } from './committed.ts'
import { createDoor } from './door.ts'
import { setEdge } from './edge.ts'
import { createEnds } from './ends.ts'
import type { Emit } from './events.ts'
import { factsOf, type HeadersInput, type RequestFacts, type RequestInput } from './facts.ts'
import { resolveOptions, type SessionsOptions, type Settings } from './options.ts'
import { unwrapRequest } from './request.ts'
import { Session, visitBehind } from './session.ts'
import { Visit } from './visit.ts'
import { createWiring } from './wiring.ts'

/** What `peek` shows: a session, without being a visit of it. */
export interface Glance<Data extends object> {
  readonly publicId: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly ownerId: string | null
  readonly authenticatedAt: number | null
  readonly data: DeepReadonly<Partial<Data>>
}

/** The sessions of one app. Made once, by `createSessions`. */
export interface Sessions<Data extends object> {
  /** Where the sessions live. */
  readonly mode: 'client-side' | 'server-side'

  /**
   * The session of a request: Node's or Express' `req`, Hono's `c`, Koa's `ctx`, Fastify's `request`, h3's `event`, or a
   * web `Request`. Synchronous and free: nothing is read or marked as read before the session is touched.
   *
   * @throws UsageError SESSION_NOT_ATTACHED where no middleware ran for this very request: a copy of it is not it.
   */
  of(request: object): Session<Data>

  /**
   * Opens a session outside an adapter: for a WebSocket, a job, an adapter of your own. Server-side it costs one read,
   * none without a cookie. A read that fails is thrown when the session is first touched. What says that
   * another site sent it, an upgrade or a request that would change something, finds no session.
   */
  open(request: RequestInput | HeadersInput): Promise<Session<Data>>

  /**
   * Commits a session that `open` gave, and tells what the answer must carry.
   *
   * @param answer The status of the answer, where there is one: a 5xx saves nothing but a destroy.
   * @throws as `session.commit()`.
   */
  commit(session: Session<Data>, answer?: { readonly status?: number }): Promise<Committed>

  /**
   * Ends every session of a user whose login began before the call: after a changed password, for "log out everywhere".
   *
   * @param options `except`: the session of this very request, which goes on; it is written anew with the answer.
   * @throws UsageError NOT_REVOCABLE where sessions cannot be ended from afar; StoreError where the store failed, and then
   *   call again: what is left is unknown.
   */
  revokeAll(ownerId: string, options?: { readonly except?: Session<Data> }): Promise<void>

  /**
   * The sessions of a user, the last seen first: for a page of one's own devices. Costs one walk over the owner's rows.
   *
   * @throws UsageError NOT_REVOCABLE client-side, where sessions are in browsers only.
   */
  list(ownerId: string): Promise<SessionInfo[]>

  /**
   * Ends one session by its public id. `false`: there was none.
   *
   * @throws UsageError NOT_REVOCABLE client-side.
   */
  revoke(publicId: string): Promise<boolean>

  /** Looks at a session without renewing it; `null` where there is none. Rejects where the store fails. */
  peek(request: RequestInput | HeadersInput): Promise<Glance<Data> | null>
}

/**
 * Sets up the sessions of an app: client-side without a `store`, server-side with one.
 *
 * @throws ConfigError, at once, for options that cannot work; the message says what was found and what to do.
 */
export function createSessions<Data extends object & { [K in keyof Data]: Storable<Data[K]> } = Record<string, Json>>(
  options: SessionsOptions<Data>,
): Sessions<Data> {
  const ends = createEnds()
  const settings = heardBy(ends.hear, resolveOptions(options))
  const { secure, plain } = settings.cookies
  const keyring = createKeyring(settings.secrets)
  const transportOf = createWiring(settings, keyring)
  const door = createDoor(settings)
  const channels = {
    secure: secure && createChannel(settings, secure, transportOf(secure.name), keyring, ends),
    plain: plain && createChannel(settings, plain, transportOf(plain.name), keyring, ends),
  }
  // Owners are the store's affair, whichever cookie a session goes by.
  const owners = (channels.secure ?? channels.plain)?.transport.owners ?? null
  const mode = settings.store === null ? 'client-side' : 'server-side'
  /** Which session belongs to which request. */
  const attached = createCompanions<Session<Data>>()

  /** The origin decides how cookies look; only an app that lives on both is asked how the request came. */
  function channelFor(facts: RequestFacts): Channel {
    const channel = facts.secure ? (channels.secure ?? channels.plain) : (channels.plain ?? channels.secure)
    // resolveOrigins refuses an empty list, so there is at least one.
    return channel as Channel
  }

  function begin(facts: RequestFacts): Session<Data> | Promise<Session<Data>> {
    const channel = channelFor(facts)
    const skipped = settings.skip(facts)
    if (skipped || !channel.transport.reads) return sessionOf(channel, facts, null, skipped)
    const opened = channel.open(facts)
    if (opened instanceof Promise) return opened.then((value) => sessionOf(channel, facts, value, false))
    return sessionOf(channel, facts, opened, false)
  }

  function sessionOf(channel: Channel, facts: RequestFacts, opened: Opened | null, skipped: boolean): Session<Data> {
    const visit = new Visit(settings, channel, facts, opened, skipped)
    return new Session<Data>(visit)
  }

  function visitOf(session: Session<Data>): Visit {
    const visit = visitBehind(session)
    if (visit === undefined || !visit.isOf(settings)) {
      throw new UsageError('SESSION_NOT_ATTACHED', 'Cannot commit this session: it is none of these sessions')
    }
    return visit
  }

  function listing(action: string): Listing {
    if (owners?.listing) return owners.listing
    throw notRevocable(action, mode)
  }

  function factsFor(request: RequestInput | HeadersInput): RequestFacts {
    return door.view(factsOf(request, settings.cookies.secure !== null))
  }

  const sessions: Sessions<Data> = {
    mode,

    of(request) {
      // Nearly always it is the very request.
      const session =
        attached.get(request) ?? attached.get(unwrapRequest(request, (found) => attached.get(found) !== undefined))
      if (session !== undefined) return session
      throw new UsageError(
        'SESSION_NOT_ATTACHED',
        'Cannot find the session of this request: no session middleware ran for it, or this is a copy of the request it ran for. Install the middleware before this handler, and pass the request the framework gave you',
      )
    },

    async open(request) {
      const facts = factsFor(request)
      const channel = channelFor(facts)
      // Another site's page may open a socket with our cookies, and no adapter stands before this. Browsers say where an
      // upgrade comes from; a job has nothing to say.
      const isUpgrade = facts.headers.get('upgrade') !== null
      if (door.checkOrigin(facts, isUpgrade ? channel : null) !== null)
        return sessionOf(channel, facts, { type: 'none' }, false)
      return begin(facts)
    },

    async commit(session, { status } = {}) {
      const { failure, ...committed }: Finished = await visitOf(session).finish(status ?? null)
      if (failure !== null) throw failure
      return committed
    },

    async revokeAll(ownerId, { except } = {}) {
      if (owners === null) throw notRevocable('end all sessions of a user', mode)
      const visit = except && visitOf(except)
      const held = visit ? visit.heldBy(ownerId) : null
      const epoch = await owners.revokeAll(ownerId, held, settings.clock())
      visit?.record({ type: 'epoch', epoch })
      settings.emit({ type: 'sessions-revoked', ownerId, exceptId: held?.id ?? null })
    },

    async list(ownerId) {
      return listing('list the sessions of a user').list(ownerId, settings.clock())
    },

    async revoke(publicId) {
      const ended = await listing('end a session by its id').revoke(publicId, settings.clock())
      if (ended !== null) settings.emit({ type: 'session-destroyed', id: ended })
      return ended !== null
    },

    async peek(request) {
      const facts = factsFor(request)
      const opened = await channelFor(facts).open(facts)
      if (opened.type === 'failed') throw opened.error
      if (opened.type !== 'live') return null
      const { id, record, expiresAt } = opened.held
      const { createdAt, ownerId, authenticatedAt } = record
      // Other requests may share it.
      const data = deepFreeze(record.data) as DeepReadonly<Partial<Data>>
      return { publicId: id, createdAt, expiresAt, ownerId, authenticatedAt, data }
    },
  }

  setEdge<Data>(sessions, {
    settings,
    keyring,
    emit: settings.emit,
    owners,
    door,
    channelFor,
    begin,
    visitOf,
    guard: null,
    attach(request, session) {
      if (attached.get(request) !== undefined) {
        throw new UsageError(
          'SESSION_ALREADY_ATTACHED',
          'Cannot attach a session to this request: it has one already. The session middleware is installed twice; remove one',
        )
      }
      attached.set(request, session)
    },
  })
  return sessions
}

/** Whoever watches for ends hears what the app's log hears. */
function heardBy(hear: Emit, settings: Settings): Settings {
  return {
    ...settings,
    emit(event) {
      hear(event)
      settings.emit(event)
    },
  }
}

function notRevocable(action: string, mode: string): UsageError {
  const found =
    mode === 'client-side'
      ? 'client-side sessions are in browsers only. Give createSessions a store, or, to end them all at once, revocation'
      : 'the store has no owner index. Use one that has listByOwner, epochOf and raiseEpoch, as every store of this library'
  return new UsageError('NOT_REVOCABLE', `Cannot ${action}: ${found}`)
}
