/**
 * Why a text from outside did not open. Shared by everything here that opens one.
 *
 * The two answers are made once and handed out to all: a flood of bad cookies allocates nothing.
 *
 * @module
 */

/** `undecodable`: not our format at all. `forged`: our format, but not made by this app for this cookie. */
export interface Refusal {
  readonly ok: false
  readonly reason: 'forged' | 'undecodable'
}

export const FORGED: Refusal = Object.freeze({ ok: false, reason: 'forged' })

export const UNDECODABLE: Refusal = Object.freeze({ ok: false, reason: 'undecodable' })
