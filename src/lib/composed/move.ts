/**
 * Moves entries from one store to another while any number of processes use them.
 *
 * In: both stores, a key, the caller's time. Out: where its entry counts at this moment, and one careful step towards
 * moving it. Must not know why it is moved.
 *
 * `from` decides. Until it holds a mark, what is in `to` is a draft and counts for nothing; from then on `to` counts
 * alone. The mark is put by compare-and-swap over the very version that was drafted. So at every instant one store counts,
 * a process may die between any two steps, and whoever comes next sees where it stopped.
 *
 * @module
 */
import { type Held, isLive } from '../store-rules.ts'
import { freshFind, type Inner } from './inner.ts'
import { draftOf, isCommitted, isMark, isSame, movedMark, readDraft } from './transit.ts'

/** Where the entry of a key counts. */
export interface Located {
  readonly in: 'from' | 'to'
  /** The entry that counts. */
  readonly entry: Held | null
  /** What `to` holds where that is not confirmed: the entry itself on its way, a copy in the making, or a leftover. */
  readonly draft: Held | null
}

export interface Mover {
  locate(key: string): Promise<Located>
  /** As `locate`, after the entry was confirmed where only that was missing. */
  settle(key: string, now: number): Promise<Located>
  /** Brings a live entry of `from` one step further. Whether it came so far is for the next look to tell. */
  move(key: string, located: Located, now: number): Promise<void>
  /** Writes over a draft, unless it was written over or confirmed meanwhile. */
  overwrite(key: string, draft: Held, entry: Held, now: number): Promise<boolean>
}

export function createMover(from: Inner, to: Inner): Mover {
  // A copy of a moment ago could show an entry in neither store.
  const findFrom = freshFind(from)
  const findTo = freshFind(to)

  async function locate(key: string): Promise<Located> {
    const first = await findTo(key)
    if (first !== null && readDraft(first) === null) return { in: 'to', entry: first, draft: null }
    const held = await findFrom(key)
    if (!isMark(held)) return { in: 'from', entry: held, draft: first }
    // It has moved, perhaps since the first look; what `to` has after the mark is what counts.
    const second = await findTo(key)
    const draft = readDraft(second)
    if (draft === null) return { in: 'to', entry: second, draft: null }
    return { in: 'to', entry: isCommitted(draft, held) ? draft.entry : null, draft: second }
  }

  async function settle(key: string, now: number): Promise<Located> {
    for (;;) {
      const located = await locate(key)
      const { entry, draft } = located
      if (located.in === 'from' || entry === null || draft === null) return located
      await overwrite(key, draft, entry, now)
    }
  }

  async function overwrite(key: string, draft: Held, entry: Held, now: number): Promise<boolean> {
    // Also one that has ended: by its version it is known to be this one.
    return (await to.replace(key, entry, draft.version, Math.min(now, draft.expiresAt - 1))) === 'done'
  }

  /** A draft in `to` that says what `from` says; `null` where somebody else was faster. */
  async function draftIn(key: string, entry: Held, old: Held | null, now: number): Promise<Held | null> {
    // `locate` has read the draft first and `from` after it: no draft is ever written over by an older one.
    const draft = readDraft(old)
    if (draft !== null && isSame(draft.entry, entry)) return old
    const fresh = draftOf(entry, draft)
    const written = old === null ? await to.create(key, fresh, now) : await overwrite(key, old, fresh, now)
    // A later end leaves the version as it is, so the swap would not notice. Whoever moves the end of an entry in `from`
    // looks for a draft afterwards, and we look at `from` after the draft: one of the two sees the other.
    return written && isSame(await findFrom(key), entry) ? fresh : null
  }

  async function move(key: string, { entry, draft: old }: Located, now: number): Promise<void> {
    if (!isLive(entry, now)) return
    const draft = await draftIn(key, entry, old, now)
    if (draft === null) return
    const swapped = await from.replace(key, movedMark(entry, draft), entry.version, now)
    // Of an entry in `from` that was extended after we looked, the draft is another by now, or its end is seen to later.
    if (swapped === 'done') await overwrite(key, draft, entry, now)
  }

  return { locate, settle, move, overwrite }
}
