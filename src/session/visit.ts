/**
 * One request's dealings with its session: opened once, changed by operations, committed once.
 *
 * In: cookies, what the handler does, the status of its answer. Out: headers for the answer, and a failure that must
 * replace it where the session could not be kept. Must not know: frameworks, or which transport it has.
 *
 * @module
 */

import type { CsrfReason } from '../csrf/refusal.ts'
import type { Draft, Login, Operation } from '../record/operations.ts'
import { emptyRecord, type Flash, type SessionRecord } from '../record/record.ts'
import type { Held, Opened } from '../transport/transport.ts'
import type { Channel } from './channel.ts'
import { type Committed, committed, type Finished } from './committed.ts'
import { type EndListener, tellSoon } from './ends.ts'
import type { RequestFacts } from './facts.ts'
import { FormTokens } from './form-tokens.ts'
import { alreadyCommitted, destroyed, notOwned, skipped } from './misuse.ts'
import type { Settings } from './options.ts'
import { Recording } from './recording.ts'
import { type Settled, settle } from './settlement.ts'
import { newSeed } from './visitors.ts'

const NOTHING: Settled = { setCookies: [], failure: null, held: null }

/** Who is told of the first touch; it throws where that comes too late. */
export interface Touched {
  touched(): void
}

export class Visit {
  readonly facts: RequestFacts
  readonly openedAt: number
  /** The option `skip` said that the request has no session. */
  readonly skipped: boolean
  /** Told once, when the handler first touches the session. */
  onTouch: Touched | null = null

  readonly #settings: Settings
  readonly #channel: Channel
  #opened: Opened | null
  #recording: Recording | null = null
  #touched = false
  #ownerRead = false
  #held: Held | null = null
  #result: Settled | Promise<Settled> | null = null
  #failureTold = false
  #formTokens: FormTokens | null = null
  /** The headers of the answer are settled. */
  #isAnswered = false
  #afterLogin: ((id: string) => Promise<void>) | null = null
  /** A logout that also asks the browser to forget what it keeps of this site. */
  #clearsSite = false

  /** `opened` is `null` where it waits for the first touch. */
  constructor(settings: Settings, channel: Channel, facts: RequestFacts, opened: Opened | null, skipped: boolean) {
    this.#settings = settings
    this.#channel = channel
    this.facts = facts
    this.#opened = opened
    this.skipped = skipped
    this.openedAt = settings.clock()
  }

  /** Whether it is a visit to the sessions that have these settings. */
  isOf(settings: Settings): boolean {
    return this.#settings === settings
  }

  /** The record as the handler sees it: what was opened, with its own changes. */
  read(): Draft {
    return this.#read().draft
  }

  #read(): Recording {
    this.#touch()
    const opened = this.#open()
    if (opened.type === 'failed') throw opened.error
    if (this.#recording !== null) return this.#recording
    if (opened.type === 'live') this.#held = opened.held
    this.#recording = new Recording(this.#held?.record ?? emptyRecord(this.openedAt))
    return this.#recording
  }

  /** The same, for what makes the answer a person's own: law 11 then forbids storing it at all. */
  readOwner(): SessionRecord {
    this.#ownerRead = true
    return this.read().record()
  }

  /** The live session: as it was found, or as it was committed. `null` while there is none. */
  held(): Held | null {
    this.read()
    return this.#held
  }

  /**
   * The live session, if it is that owner's.
   *
   * @throws UsageError EXCEPT_NOT_OWNED otherwise: to spare somebody else's session would be a mistake.
   */
  heldBy(ownerId: string): Held {
    // By now, too: in a request that logged somebody else in, the epoch would become that other user's.
    const isOwned = this.#changeable().record().ownerId === ownerId
    const held = this.#held
    if (held !== null && held.record.ownerId === ownerId && isOwned) return held
    throw notOwned()
  }

  /** Whether there was no live session when the request came. */
  isNew(): boolean {
    this.read()
    return this.#opened?.type !== 'live'
  }

  /** Whether this request made a login, which is nobody's before it is kept. */
  isLoggingIn(): boolean {
    return this.#recording?.login === true
  }

  isCommitted(): boolean {
    return this.#result !== null
  }

  record(operation: Operation): void {
    const recording = this.#changeable()
    if (recording.destroyed) throw destroyed()
    recording.add(operation)
  }

  takeFlashes(taken: readonly Flash[]): void {
    this.#changeable().takeFlashes(taken, this.#held?.record.flashCount ?? 0)
  }

  rotate(): void {
    this.#changeable().rotate = true
  }

  /**
   * A login always takes a new id and a new seed; after a destroy in the same request it starts from nothing.
   * @param after Run once the new session is kept, with its id, before the answer leaves.
   */
  login(login: Omit<Login, 'type' | 'seed'>, after: ((id: string) => Promise<void>) | null = null): void {
    const recording = this.#changeable()
    if (recording.destroyed) this.abandon()
    recording.rotate = true
    recording.login = true
    this.#afterLogin = after
    this.record({ type: 'login', seed: newSeed(), ...login })
  }

  /** Ends the session; what is recorded afterwards starts a new one. */
  abandon(): void {
    this.#changeable().startOver(this.#settings.clock())
  }

  destroy({ clearSite = false } = {}): void {
    this.#refuseAfterCommit()
    this.#clearsSite = clearSite
    // Without `read`: a logout must be possible while the store cannot be read.
    this.#touch()
    if (this.#open().type === 'failed') this.#recording ??= new Recording(emptyRecord(this.openedAt))
    const recording = this.#recording ?? this.#read()
    recording.destroy(this.openedAt)
  }

  /** A token for a form of this answer. A browser without a login gets a small cookie with it, where it has none yet. */
  csrfToken(): string {
    const { seed } = this.read().record()
    if (seed !== null) this.#ownerRead = true
    return this.#forms().make(seed, { loggedOut: this.#isDestroyed(), settled: this.#isAnswered })
  }

  /**
   * Why a token does not belong to this browser; `null` where it does. No touch: it is the door that asks.
   * @throws what reading the session threw.
   */
  judgeCsrfToken(token: string | null, sameOrigin: boolean): CsrfReason | null {
    const opened = this.#open()
    if (opened.type === 'failed') throw opened.error
    return this.#forms().judge(token, opened.type === 'live' ? opened.held.record.seed : null, sameOrigin)
  }

  #forms(): FormTokens {
    this.#formTokens ??= new FormTokens(this.#channel, this.facts, this.openedAt)
    return this.#formTokens
  }

  /** Calls the listener once, when the session has ended; at once where there is none. Returns what stops it. */
  watch(listener: EndListener, every: number): () => void {
    const held = this.held()
    if (held === null) {
      const opened = this.#open()
      return tellSoon(listener, opened.type === 'refused' ? opened.reason : 'unknown')
    }
    const { ends, transport } = this.#channel
    return ends.watch(held, listener, () => transport.recheck(held, this.#settings.clock()), every)
  }

  /** Whether the session still lives where it is kept, past every copy. Rejects where the store fails. */
  async isStillLive(): Promise<boolean> {
    const held = this.held()
    return held !== null && (await this.#channel.transport.recheck(held, this.#settings.clock())) === null
  }

  /** Commits on behalf of the handler, which is told of a failure by a throw and answers for itself. */
  async commit(): Promise<Committed> {
    const finished = await this.#finish(null)
    if (finished.failure !== null) {
      this.#failureTold = true
      throw finished.failure
    }
    return finished
  }

  /** Commits on behalf of an adapter, which knows the status of the answer. Never throws or rejects. */
  finish(status: number | null): Finished | Promise<Finished> {
    this.#isAnswered = true
    return this.#finish(status)
  }

  #finish(status: number | null): Finished | Promise<Finished> {
    this.#result ??= this.#settle(status)
    const result = this.#result
    return result instanceof Promise ? result.then((value) => this.#finished(value)) : this.#finished(result)
  }

  #finished({ setCookies, failure }: Settled): Finished {
    // An answer that is replaced has no form in it, and law 4 wants it without a cookie. A handler that was told of the
    // failure answers for itself.
    const isReplaced = failure !== null && !this.#failureTold
    const withVisitor = isReplaced ? setCookies : this.#formTokens?.withVisitor(setCookies)
    const use = {
      touched: this.#touched,
      ownerRead: this.#ownerRead,
      // Only with the cookie: a second logout must not clear what a login set in between.
      clearsSite: this.#clearsSite && this.#isDestroyed() && setCookies.length > 0,
    }
    return committed(withVisitor ?? setCookies, use, isReplaced ? failure : null)
  }

  #touch(): void {
    if (this.#touched) return
    if (this.skipped) throw skipped()
    // First: where it throws, the next touch must be told as well.
    this.onTouch?.touched()
    this.#touched = true
  }

  #open(): Opened {
    if (this.#opened === null) {
      // Only transports that do not wait are opened at first touch.
      this.#opened = this.#channel.open(this.facts) as Opened
    }
    return this.#opened
  }

  #isDestroyed(): boolean {
    return this.#recording?.destroyed === true
  }

  #changeable(): Recording {
    this.#refuseAfterCommit()
    return this.#read()
  }

  #refuseAfterCommit(): void {
    if (this.#result !== null) throw alreadyCommitted()
  }

  #settle(status: number | null): Settled | Promise<Settled> {
    if (!this.#touched) return NOTHING
    const opened = this.#open()
    // None where it was touched and could not be read.
    const recorded = this.#recording ?? new Recording(emptyRecord(this.openedAt))
    const { facts } = this
    const afterLogin = this.#afterLogin
    const visited = { settings: this.#settings, channel: this.#channel, facts, opened, recorded, afterLogin }
    const settled = settle(visited, status)
    return settled instanceof Promise ? settled.then((value) => this.#take(value)) : this.#take(settled)
  }

  /** From here on the handler sees what is kept, not what it hoped for. */
  #take(settled: Settled): Settled {
    if (settled.failure === null) {
      this.#held = settled.held
      if (settled.held !== null) this.#recording?.show(settled.held.record)
    }
    return settled
  }
}
