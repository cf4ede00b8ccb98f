/**
 * The CSRF tokens of one request: those it may bring, and those its answer shows.
 *
 * In: the seed of a login, or none; what the browser sent. Out: tokens, a verdict, and the cookie of a visitor who needs one.
 * Must not know: how a session is read, where a token stands in a request.
 *
 * @module
 */

import type { CsrfReason } from '../csrf/refusal.ts'
import { UsageError } from '../errors.ts'
import type { Channel } from './channel.ts'
import type { RequestFacts } from './facts.ts'

export class FormTokens {
  readonly #channel: Channel
  readonly #facts: RequestFacts
  readonly #now: number
  /** A visitor's seed that the browser has not got yet, with the cookie that brings it. */
  #newVisitor: { readonly seed: string; readonly setCookie: string } | null = null

  /** `now` in milliseconds since the epoch. */
  constructor(channel: Channel, facts: RequestFacts, now: number) {
    this.#channel = channel
    this.#facts = facts
    this.#now = now
  }

  /** Why a token does not belong to this browser; `null` where it does. `seed`: of the login it is in, if it is in one. */
  judge(token: string | null, seed: string | null, sameOrigin: boolean): CsrfReason | null {
    return this.#channel.csrfTokens.judge(token, { session: seed, visitor: this.#broughtSeed(), sameOrigin })
  }

  /**
   * A token for a form of this answer. `loggedOut`: the browser loses the visitor's cookie it brought. `settled`: the headers
   * of the answer are, and no cookie can be added.
   * @throws UsageError SESSION_COMMITTED where the browser needs a cookie that cannot be sent any more.
   */
  make(seed: string | null, { loggedOut, settled }: { loggedOut: boolean; settled: boolean }): string {
    const { csrfTokens } = this.#channel
    if (seed !== null) return csrfTokens.make('session', seed)
    const brought = loggedOut ? null : this.#broughtSeed()
    return csrfTokens.make('visitor', brought ?? this.#newSeed(settled))
  }

  /** The answer's cookies with the visitor's. One that a logout clears and a form of the same answer needs is set, not both. */
  withVisitor(setCookies: readonly string[]): readonly string[] {
    if (this.#newVisitor === null) return setCookies
    const { setCookie } = this.#newVisitor
    const name = setCookie.slice(0, setCookie.indexOf('=') + 1)
    return [...setCookies.filter((cookie) => !cookie.startsWith(name)), setCookie]
  }

  #broughtSeed(): string | null {
    return this.#channel.visitors.seedOf(this.#facts.headers.get('cookie'), this.#now)
  }

  #newSeed(settled: boolean): string {
    if (this.#newVisitor === null) {
      if (settled) {
        throw new UsageError(
          'SESSION_COMMITTED',
          'Cannot make a CSRF token: the headers of the answer are settled, and this browser needs a cookie with its token. Make the token before the answer begins',
        )
      }
      this.#newVisitor = this.#channel.visitors.make(this.#now)
    }
    return this.#newVisitor.seed
  }
}
