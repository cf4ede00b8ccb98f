/**
 * Law 3: a new id for a session, and the old one a grave that names it.
 *
 * In: a live row, what the request recorded. Out: the new row, or nothing: where the old row was ended by somebody else,
 * carrying its data on would undo that. The new row is created first, so that there is no moment without a session; it
 * counts once the old one is swapped. Must not know: cookies.
 *
 * @module
 */

import { applyOperations } from '../record/operations.ts'
import { emptyRecord, type SessionRecord } from '../record/record.ts'
import { createPatience } from './patience.ts'
import type { Rows, StoredHeld } from './rows.ts'
import type { Change } from './transport.ts'

type Rotate = Extract<Change, { type: 'rotate' }>

export interface RotationOptions {
  readonly rows: Rows
  /** Whether the sessions of its owner were all revoked since the login that a row goes back to. */
  readonly isRevoked: (row: StoredHeld) => Promise<boolean>
  /** The longest to go on retrying, in milliseconds. */
  readonly commitTimeout: number
}

/**
 * A login is never dropped: where the old session is gone it starts from an empty one.
 *
 * @returns the new row, or `null` where the old one was ended, or all sessions of the owner, meanwhile.
 */
export async function rotate(
  { rows, isRevoked, commitTimeout }: RotationOptions,
  old: StoredHeld,
  { operations, login, active }: Pick<Rotate, 'operations' | 'login' | 'active'>,
  now: number,
): Promise<StoredHeld | null> {
  function successorOf(base: SessionRecord): SessionRecord {
    return { ...applyOperations(base, operations), predecessor: old.id }
  }

  const patience = createPatience(commitTimeout)
  const lastEndOf = (row: StoredHeld) => (active || login ? null : row.expiresAt)
  let { version } = old
  let made = await rows.add(successorOf(old.record), lastEndOf(old), now)
  try {
    // After the new row is there, for the reason in stored-owners.ts; before the old one ends, so that a store which fails
    // here ends nothing.
    if (await isRevoked(made)) {
      await rows.bury(made.id, now)
      return null
    }
    for (;;) {
      if ((await rows.entomb(old.id, version, made.id, now)) === 'done') return made
      await patience.pause()
      const opened = await rows.look(old.token, now)
      const live = opened.type === 'live' ? opened.held : null
      if (live === null && !login) {
        await rows.bury(made.id, now)
        return null
      }
      // What the old session holds by now; or nothing of it, for who ended it may have been somebody else.
      const base = live?.record ?? emptyRecord(now)
      const lastEnd = live === null ? null : lastEndOf(live)
      const next = rows.next(made.token, successorOf(base), made.version + 1, lastEnd, now)
      // Nobody but who revokes all can have found the new row yet.
      if ((await rows.swap(next, made.version, now)) !== 'done') return null
      made = next
      if (live === null) return made
      version = live.version
    }
  } catch (error) {
    // The swap may have been made and only its answer lost. Then the old id opens nothing any more, so the new one must.
    const found = await rows.look(old.token, now).catch(() => null)
    if (found?.type === 'refused' && found.successor === made.id) return made
    // Best effort: nobody ever saw the new id, and the error that brought us here is the one to tell.
    await rows.bury(made.id, now).catch(() => undefined)
    throw error
  }
}
