/**
 * Marks of a move from one store to another.
 *
 * In: an entry on its way. Out: what stands for it in either store, and back. Must not know the order of steps.
 *
 * In the new store an entry that is not yet confirmed is an ordinary one but for two things: its value tells which move it
 * belongs to and the version it is to have, and its own version is random, so that each is confirmed or overwritten by one
 * process only. Owner and end are its own: the index must have it before it counts. In the old store a mark is a grave that
 * says that the new one counts from now on, and which move made it so. No encoded session begins like either.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import type { Held } from '../store-rules.ts'

const DRAFT = /^sojourn-draft:([0-9]+):([0-9]+):([0-9]+):/
const MOVED = 'sojourn-moved:'
const OPENED = 'sojourn-opened'

/** An entry on its way. */
export interface Draft {
  /** The same in every draft of one move; the draft of a process that slept through it has another. */
  readonly move: number
  readonly entry: Held
}

/** The largest range `randomInt` takes. */
const MOST_VERSIONS = 2 ** 48 - 1

/**
 * How much longer than the entry its mark lasts. It is needed until the entry is confirmed, which the next request does;
 * until then the entry cannot be extended but by processes that confirm it.
 */
const MARK_LASTS = 24 * 60 * 60 * 1000

/** What stands for `entry` in the new store until it is confirmed; written over `draft`, where there is one. */
export function draftOf(entry: Held, draft: Draft | null): Held {
  const version = randomInt(1, MOST_VERSIONS)
  const mark = `sojourn-draft:${version}:${draft?.move ?? version}:${entry.version}:`
  return { ...entry, value: mark + entry.value, version }
}

/** What a draft stands for; `null` where `held` is none. */
export function readDraft(held: Held | null): Draft | null {
  const [mark = '', version, move, entryVersion] = DRAFT.exec(held?.value ?? '') ?? []
  if (held === null || Number(version) !== held.version) return null
  return { move: Number(move), entry: { ...held, value: held.value.slice(mark.length), version: Number(entryVersion) } }
}

/** The mark over an entry of the old store whose draft counts from now on. */
export function movedMark(entry: Held, draft: Held): Held {
  return {
    value: `${MOVED}${readDraft(draft)?.move}`,
    version: entry.version,
    expiresAt: entry.expiresAt + MARK_LASTS,
    grave: true,
  }
}

/** The mark where there was nothing: the new store is the place to create in. A draft there is a leftover. */
export function openedMark(until: number): Held {
  return { value: OPENED, version: 1, expiresAt: until + MARK_LASTS, grave: true }
}

/** Whether the new store counts. */
export function isMark(held: Held | null): held is Held {
  return held?.grave === true && (held.value === OPENED || held.value.startsWith(MOVED))
}

/** Whether `mark` made `draft` count. */
export function isCommitted(draft: Draft, mark: Held): boolean {
  return mark.value === MOVED + draft.move
}

/** Whether a draft still says what the old store has. */
export function isSame(one: Held | null, other: Held | null): boolean {
  if (one === null || other === null) return one === other
  const sameText = one.value === other.value && one.ownerId === other.ownerId
  return sameText && one.version === other.version && one.expiresAt === other.expiresAt && one.grave === other.grave
}
