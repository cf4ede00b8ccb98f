/**
 * Which keys an owner may have: a folder for each owner, with an empty file, a mark, for each.
 *
 * In: owner ids, places in histories. Out: keys that may be the owner's, to be checked against their entries. Must not
 * know what an entry is.
 *
 *     <root>/owners/ab/cd/<sha-256 of the owner id>/<sha-256 of the key>-<history>-<number>-<random>
 *
 * A mark says that with this number of this history the key may become the owner's. It is made before that number can
 * be, and stays as long as the entry is the owner's, whatever numbers follow. Why it can be removed without a lock:
 *
 *   1. Whoever has seen an entry that is not the owner's, at number 9 of a history, removes marks of that history up to
 *      9. Their writers have long won or lost: those numbers are taken for good. A writer that saw the same 9 and makes
 *      the entry the owner's marks 10.
 *   2. A mark of another history than the one that is there, with a number above 1, can go: its writer saw that history,
 *      so it was there and is removed, and no history comes back. This holds for marks that were listed before the look
 *      at what is there, not for later ones.
 *   3. With number 1 its history may be on its way, written aside and not yet moved to its place. It is written aside
 *      before the mark is made, so once a sweep has removed all that was left aside before some moment, a mark that is
 *      older than this moment, and whose history is still not there, belongs to nobody.
 *   4. Every mark has a name of its own: a writer that loses removes its own mark, never that of the winner.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { isHistoryName, type Place, type Prepare, quietly, versionName } from './history.ts'
import { digestOf, folderOf, foldersBelow, makeFolder } from './places.ts'

/** One file in the folder of an owner. */
export interface Mark extends Place {
  readonly path: string
  /** The digest of the key. */
  readonly key: string
}

/** The marks below one root folder. */
export interface OwnerMarks {
  /** Runs `write` with a mark for the owner, which goes again where nothing was written. */
  around(ownerId: string, key: string, write: (prepare: Prepare) => Promise<boolean>): Promise<boolean>
  /** By the digests of the keys. */
  of(ownerId: string): Promise<ReadonlyMap<string, readonly Mark[]>>
  /** Removes those up to `place`, where the entry was seen, or made, not the owner's: reason 1. */
  removeUpTo(ownerId: string, key: string, place: Place): Promise<void>
  /**
   * Removes those of one key that are needless because the entry was seen at `place`, and not the owner's, or was not
   * there at all. They must have been listed before that: reasons 1 and 2.
   */
  removeNeedless(listed: readonly Mark[], place: Place | null): Promise<void>
  /** Removes what dead processes left. To be called after all that they left aside before that time was removed. */
  removeLeftovers(before: number): Promise<void>
}

/** A sweep may remove a folder between its making and its first file this often. */
const ATTEMPTS = 100

const NAME = /^(?<key>[0-9a-f]{64})-(?<history>[0-9a-f]{16})-(?<number>[0-9]{16})-[0-9a-f]{16}$/

/** Marks below `root`, on `disk`. `durable`: a mark has survived a power cut before its entry is written. */
export function ownerMarks(root: string, durable: boolean, disk: Disk): OwnerMarks {
  const base = join(root, 'owners')

  async function add(ownerId: string, key: string, { history, number }: Place): Promise<string> {
    const folder = folderOf(base, digestOf(ownerId))
    const path = join(folder, `${key}-${history}-${versionName(number)}-${randomBytes(8).toString('hex')}`)
    for (let attempts = 0; !(await disk.write(path, Buffer.alloc(0), false)); attempts++) {
      if (attempts === ATTEMPTS) throw new Error('The folder of an owner is removed again and again')
      await makeFolder(folder, root, durable, disk)
    }
    if (durable) await disk.sync(folder)
    return path
  }

  function marksOf(ownerId: string): Promise<Mark[]> {
    return marksIn(folderOf(base, digestOf(ownerId)))
  }

  async function marksIn(folder: string): Promise<Mark[]> {
    return ((await disk.list(folder)) ?? []).sort().flatMap((name) => {
      const { key = '', history = '', number } = NAME.exec(name)?.groups ?? {}
      return number === undefined ? [] : [{ path: join(folder, name), key, history, number: Number(number) }]
    })
  }

  return {
    async around(ownerId, key, write) {
      const made: string[] = []
      const written = await write(async (place) => {
        made.push(await add(ownerId, key, place))
      })
      if (!written) for (const path of made) await quietly(disk.remove(path))
      return written
    },

    async of(ownerId) {
      const byKey = new Map<string, Mark[]>()
      for (const mark of await marksOf(ownerId)) byKey.set(mark.key, [...(byKey.get(mark.key) ?? []), mark])
      return byKey
    },

    async removeUpTo(ownerId, key, place) {
      for (const mark of await marksOf(ownerId)) {
        if (mark.key === key && isUpTo(mark, place)) await disk.remove(mark.path)
      }
    },

    async removeNeedless(listed, place) {
      for (const mark of listed) {
        const gone = mark.history !== place?.history && mark.number > 1
        if (gone || (place !== null && isUpTo(mark, place))) await disk.remove(mark.path)
      }
    },

    async removeLeftovers(before) {
      for await (const folder of foldersBelow(base, disk)) {
        for (const { path, key, history, number } of await marksIn(folder)) {
          const [there] = ((await disk.list(folderOf(root, key))) ?? []).filter(isHistoryName)
          // The same history: its writers, listings, and the sweep that ends it see to the mark.
          if (there === history) continue
          const facts = number > 1 ? null : await disk.facts(path)
          if (number > 1 || (facts !== null && facts.changedAt < before)) await disk.remove(path)
        }
        await disk.removeEmpty(folder)
      }
    },
  }
}

function isUpTo(mark: Mark, { history, number }: Place): boolean {
  return mark.history === history && mark.number <= number
}
