/**
 * The calls of a store, made of histories.
 *
 * In: a root folder and the calls of `Store`. Out: their answers, or the file system's own error. Must not know how a
 * change comes to be one step (history.ts) nor what a file looks like (format.ts).
 *
 * @module
 */
import { basename } from 'node:path'
import { graveOver, type Held, isLive, isSweepable, isTaken, ownerOf, refusal } from '../store-rules.ts'
import type { Disk } from './disk.ts'
import { encodeClosed, encodeVersion, type Version } from './format.ts'
import { type Head, histories, NoProgress, type Prepare, placeAfter, placeOf, quietly } from './history.ts'
import { ownerMarks } from './owner-marks.ts'
import { digestOf, folderOf, foldersBelow } from './places.ts'
import { leftBehindBefore, removeLeftovers } from './sweep.ts'
import { withHead } from './with-head.ts'

/** What to do about what is held: nothing but answer, or answer once `write` is in its place. */
type Step<Answer> = { answer: Answer; write?: Held }

/** Others can win this often against one change before it gives up. */
const ATTEMPTS = 1_000

interface Listed {
  readonly key: string
  readonly entry: Held
}

/** The calls of a store below `root`. */
export function fileEntries(root: string, durable: boolean, disk: Disk) {
  const { look, append, publish, discard } = histories(root, durable, disk)
  const owners = ownerMarks(root, durable, disk)

  async function find(key: string): Promise<Held | null> {
    return withHead(look, folderOf(root, digestOf(key)), async (_head, version) => heldIn(version, key))
  }

  async function change<Answer>(key: string, decide: (held: Held | null) => Step<Answer>): Promise<Answer> {
    const digest = digestOf(key)
    const folder = folderOf(root, digest)
    for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
      const settled = await withHead(look, folder, async (head, version) => {
        const held = heldIn(version, key)
        const step = decide(held)
        if (step.write === undefined) return step
        const bytes = encodeVersion(key, step.write)
        if (head === 'foreign') throw new NoProgress()
        const [before, after] = [ownerOf(held), ownerOf(step.write)]
        const marked = before === after ? undefined : after
        if (head === 'absent')
          return (await withMark(marked, digest, (mark) => publish(folder, bytes, mark))) ? step : null
        if (version?.kind !== 'closed') {
          if (!(await withMark(marked, digest, (mark) => append(head, bytes, mark)))) return null
          if (before !== after) await unmark(before, digest, head)
          return step
        }
        // A writer that died may never ask for its outcome: nobody waits for it for ever.
        await discard(head, attempts < ATTEMPTS / 2 ? 'wait' : 'none')
        return null
      })
      if (settled !== null) return settled.answer
    }
    throw new NoProgress()
  }

  async function withMark(
    ownerId: string | undefined,
    digest: string,
    write: (mark?: Prepare) => Promise<boolean>,
  ): Promise<boolean> {
    return ownerId === undefined ? write() : owners.around(ownerId, digest, write)
  }

  /** After a change that followed `head` and took the entry from its owner. It is made, whatever happens here. */
  async function unmark(ownerId: string | undefined, digest: string, head: Head): Promise<void> {
    if (ownerId !== undefined) await quietly(owners.removeUpTo(ownerId, digest, placeAfter(head)))
  }

  async function removeIfOver(folder: string, now: number): Promise<boolean> {
    const closed = await withHead(look, folder, async (head, version) => {
      if (head === 'absent') await disk.removeEmpty(folder)
      // What cannot be read says no end, and may be of a later format: it stays for people to look at.
      if (typeof head === 'string' || version === null || version.kind === 'unreadable') return 'not'
      if (version.kind === 'closed') return 'before'
      if (!isSweepable(version.held, now) || !(await append(head, encodeClosed()))) return 'not'
      await unmark(ownerOf(version.held), basename(folder), head)
      return 'now'
    })
    if (closed === 'not') return false
    await withHead(look, folder, async (head, version) => {
      if (typeof head !== 'string' && version?.kind === 'closed') await discard(head, 'wait')
    })
    return closed === 'now'
  }

  return {
    find,

    create: (key: string, entry: Held, now: number): Promise<boolean> =>
      change(key, (held) => (isTaken(held, now) ? { answer: false } : { answer: true, write: entry })),

    replace: (key: string, entry: Held, version: number, now: number): Promise<'done' | 'stale' | 'gone'> =>
      change(key, (held) => {
        const refused = refusal(held, version, now)
        return refused === null ? { answer: 'done', write: entry } : { answer: refused }
      }),

    // A version of its own with the same content: the only way in which it can lose to a grave and not to another extend.
    extend: (key: string, expiresAt: number, now: number): Promise<boolean> =>
      change(key, (held) => {
        if (!isLive(held, now)) return { answer: false }
        return expiresAt <= held.expiresAt ? { answer: true } : { answer: true, write: { ...held, expiresAt } }
      }),

    bury: (key: string, value: string, until: number, now: number): Promise<void> =>
      change(key, (held) => {
        const grave = graveOver(held, value, until, now)
        return grave === held ? { answer: undefined } : { answer: undefined, write: grave }
      }),

    async sweep(now: number): Promise<number> {
      let removed = 0
      for await (const folder of foldersBelow(root, disk)) if (await removeIfOver(folder, now)) removed++
      const before = await leftBehindBefore(root, disk)
      await removeLeftovers(root, disk, before)
      await owners.removeLeftovers(before)
      return removed
    },

    async *listByOwner(ownerId: string): AsyncGenerator<Listed> {
      for (const [digest, marks] of await owners.of(ownerId)) {
        const listed = await withHead(look, folderOf(root, digest), async (head, version) => {
          const found = listedIn(version, digest)
          if (found !== null && ownerOf(found.entry) === ownerId) return found
          // What cannot be read may still be the owner's, for those who can.
          if (head === 'foreign' || version?.kind === 'unreadable') return null
          await quietly(owners.removeNeedless(marks, head === 'absent' ? null : placeOf(head)))
          return null
        })
        if (listed !== null) yield listed
      }
    },

    async *entries(after?: string): AsyncGenerator<Listed> {
      for await (const folder of foldersBelow(root, disk, after === undefined ? undefined : digestOf(after))) {
        const listed = await withHead(look, folder, async (_head, version) => listedIn(version, basename(folder)))
        if (listed !== null) yield listed
      }
    },
  }
}

// Unreadable counts as absent, never as the version before it: what was lost may have been a grave.
function heldIn(version: Version | null, key: string): Held | null {
  return version?.kind === 'held' && version.key === key ? version.held : null
}

function listedIn(version: Version | null, digest: string): Listed | null {
  if (version?.kind !== 'held' || digestOf(version.key) !== digest) return null
  return { key: version.key, entry: version.held }
}
