/**
 * What an app can ask of a login. `auth.ts` answers it.
 *
 * @module
 */

import type { GuardDecision } from '../session/decision.ts'
import type { Sessions } from '../session/sessions.ts'
import type { SessionInfo } from '../transport/owners.ts'
import type { Attempt } from './attempts.ts'
import type { Maybe } from './options.ts'
import type { Requirement } from './requirement.ts'

export interface LoginOptions {
  /** The login outlives the browser and the app's limits, and is never fresh until it is confirmed. */
  readonly remember?: boolean
  /** The second factor is still due: nobody is logged in until `complete`. */
  readonly pending?: boolean
  /** Where it was, as coarse as the app likes, for the list of devices: "Vienna". */
  readonly place?: string
}

/** One of the sessions a user has. */
export interface Device extends SessionInfo {
  /** The one this request came with. */
  readonly current: boolean
}

/** Login for the sessions of one app. `request` is whatever `sessions.of` takes. */
export interface Auth<User, Data extends object = object> {
  /** The sessions it stands on. */
  readonly sessions: Sessions<Data>
  /**
   * Makes the session the user's: always a new id and a new CSRF seed, never the data of somebody else, both limits start
   * anew. Written when the session is committed.
   *
   * @throws UsageError USER_ID_INVALID for a user without a usable id; SojournError TOO_MANY_SESSIONS where
   *   `maxSessionsPerOwner` refuses; StoreError where the owner's epoch could not be read.
   */
  login(request: object, user: User, options?: LoginOptions): Promise<void>
  /** Who gave a password in this session and no second factor yet; `null` where nobody did, or too long ago. */
  pendingUser(request: object): Promise<User | null>
  /**
   * The second factor was right: logs the pending user in, under a new id again. `null`: there is none (any more).
   * @throws as `login`.
   */
  complete(request: object, options?: Pick<LoginOptions, 'remember'>): Promise<User | null>
  /**
   * The user entered the password once more: the login is fresh again, under a new id. Data and limits stay.
   *
   * @param user As changed by this request, where its `stamp` is another by now: a new password ends every session but
   *   this one.
   * @throws UsageError USER_NOT_LOADED where nobody is logged in, or somebody else.
   */
  confirm(request: object, user?: User): Promise<void>
  /**
   * Ends the session, on the server too; a copy of its cookie opens nothing any more (server-side sessions).
   * @throws UsageError LOGOUT_ON_SAFE_METHOD for a GET: a link or a picture of another site could log people out.
   */
  logout(request: object): Promise<void>
  /**
   * Tries a name and a password, no oftener than the limiters allow. `verify` gives the user, or nothing; it is run for a
   * locked account as well, so that all failures cost the same. `null` for every failure alike.
   *
   * @throws SojournError TOO_MANY_ATTEMPTS (429) where the address is over its limit; LIMITER_FAILED (503); what `verify`
   *   throws.
   */
  attempt(attempt: Attempt, verify: () => Maybe<User> | Promise<Maybe<User>>): Promise<User | null>
  /** The address of the browser, as far as `trustProxy` lets it be known. */
  addressOf(request: object): string | null
  /** The user, found once a request; `null` when nobody is logged in. A user who is gone ends the session. */
  currentUser(request: object): Promise<User | null>
  /**
   * The user, without waiting, behind `loginRequired` or after `await currentUser`.
   *
   * @throws UsageError USER_NOT_LOADED anywhere else.
   */
  userOf(request: object): User
  /** Where to go after a login: `?next=` if it stays on this origin, else `/`. */
  nextUrl(request: object): string
  /** What a guard should do with the request. Adapters answer it. Rejects where the store or `findUser` fails. */
  guard(request: object, requirement?: Requirement<User>): Promise<GuardDecision>
  /**
   * From now on every request needs a login, but for `except`: paths ("/", "/assets/*"). The login page is excepted by
   * itself. A path that could be read in two ways ("//", "%2f", "..;") is none of them.
   *
   * @throws ConfigError OPTION_INVALID
   */
  requireEverywhere(options?: { readonly except?: readonly string[] }): void
  /** The sessions of whoever is logged in, for a page of their own devices. @throws as `sessions.list`. */
  devices(request: object): Promise<Device[]>
  /** Ends one of one's own sessions; `false` for any other id. This one is logged out. @throws as `sessions.revoke`. */
  revoke(request: object, publicId: string): Promise<boolean>
  /** Ends all of one's own sessions but this one. @throws as `sessions.revokeAll`. */
  revokeOthers(request: object): Promise<void>
}
