/**
 * Why a request was taken for a forged one.
 *
 * @module
 */

export type CsrfReason =
  /** Another site sent it. */
  | 'cross-origin'
  /** It came with a session and does not say from where. */
  | 'no-origin'
  /** There is no token in it, as far as was looked. */
  | 'missing'
  /** The token was not made by this app, or is cut off. */
  | 'malformed'
  /** The token belongs to another session: one that has ended, or somebody else's. */
  | 'other-session'
  /** The form was shown before the login: the one refusal to expect. */
  | 'before-login'

export interface CsrfRefusal {
  readonly reason: CsrfReason
  /** The header that decided; `null` where it was the token. */
  readonly header: 'Sec-Fetch-Site' | 'Origin' | null
}
