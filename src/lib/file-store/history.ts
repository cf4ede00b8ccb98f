/**
 * The history of one key: a folder in which every change is the next numbered file.
 *
 * In: a key's folder and bytes to add. Out: the highest version, and whether a change was the one that followed it.
 * Must not know what the bytes mean, nor any time.
 *
 *     <root>/ab/cd/<sha-256 of the key>/<random name>/0000000000000007     a history and its versions
 *     <root>/epochs/                                                       the same for epochs of owners
 *     <root>/owners/                                                       which keys an owner may have (owner-marks.ts)
 *     <root>/tmp/      files and folders being written       <root>/trash/     histories being removed
 *
 * Why this is a compare-and-swap between processes. A change is written aside, then linked under the number that
 * follows the one its writer looked at. A link is made once: of two writers that saw 7, one gets 8. Graves, extended
 * ends and the mark that closes a history are numbers like any other, so each of them beats or loses to every writer
 * in the same way. Four things could break it, because numbers below the highest are removed:
 *
 *   1. A writer that saw 7 sleeps until 8 and 9 were written and 8 was removed, and then gets 8. Therefore numbers are
 *      removed from below, and 7 is not removed while the file of 8 has a second name, which its writer keeps (in tmp)
 *      until it has looked for 7 again. It finds the very file it saw: its 8 was the first, whatever came after. It
 *      does not: its 8 is late, it takes it back, and nothing has happened.
 *   2. A reader meets a late 8 before it is taken back, while its listing just misses 9 and 10 coming and going. A late
 *      file has two names as long as it is there, so a file with two is believed only if another listing, begun while
 *      it was there, shows nothing higher and it is still there after. Whoever removed 9 listed the folder after
 *      writing 10; the second listing shows 10, or 10 was written after that listing began, and then the remover saw 8
 *      too and removed it before 9.
 *   3. A swept history comes back. It is closed by a number of its own first, so a writer either comes before, and the
 *      sweep leaves it, or finds its number taken. A closed history is moved away under its random name, which no other
 *      history ever has. A new one appears whole, by moving a folder with its first version to the key's place: the
 *      system refuses that where any other is.
 *   4. A process is killed between two steps. Whatever it leaves in tmp or trash is nobody's, a late file left behind
 *      is below the highest, a closed history is removed by whoever meets it. No step leaves a lock.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Disk } from './disk.ts'
import { makeFolder } from './places.ts'

/** The highest version of a history, held open until the caller is done with it. */
export interface Head {
  readonly log: string
  readonly number: number
  readonly identity: string
  readonly bytes: Buffer
  close(): Promise<void>
}

/** What `look` finds: the highest version, nothing, or a folder that only people can put in order. */
export type Look = Head | 'absent' | 'foreign'

/** Which version of which history. No other version ever has the same place, but for one that is taken back. */
export interface Place {
  readonly history: string
  readonly number: number
}

/** Runs when a change is written aside, before anybody can see it in its place. */
export type Prepare = (place: Place) => Promise<void>

/** The histories below one root folder. */
export interface Histories {
  look(folder: string): Promise<Look>
  /** Adds the version after `head`. `false`: another change came first, and nothing has happened. */
  append(head: Head, bytes: Buffer, prepare?: Prepare): Promise<boolean>
  /** Begins a history where there is none. `false`: there is one. */
  publish(folder: string, bytes: Buffer, prepare?: Prepare): Promise<boolean>
  /** Removes the history that `head` closed; with `wait`, only once every writer before it knows its outcome. */
  discard(head: Head, patience: 'wait' | 'none'): Promise<void>
}

/** How often a look may be overtaken before the folder counts as foreign. */
const LOOKS = 1_000

/** The folder of a history cannot be used: something else lives there, or others are writing without end. */
export class NoProgress extends Error {}

/** The writer was stopped for so long that its traces are gone, and whether its change counted cannot be known. */
export class OutcomeUnknown extends Error {}

/** Histories below `root`, on `disk`. `durable`: a change has survived a power cut before it is answered. */
export function histories(root: string, durable: boolean, disk: Disk): Histories {
  const tmp = join(root, 'tmp')
  const trash = join(root, 'trash')

  async function look(folder: string): Promise<Look> {
    for (let looks = 0; looks < LOOKS; looks++) {
      const [name] = ((await disk.list(folder)) ?? []).filter(isHistoryName)
      if (name === undefined) return 'absent'
      const log = join(folder, name)
      const number = highest(await disk.list(log))
      // After a power cut a folder can be left without its files. If files are there after all, it is not removed.
      if (number === 0) await quietly(disk.removeEmpty(log))
      const file = number === 0 ? null : await disk.read(join(log, versionName(number)))
      if (file === null) continue
      if (await isHead(log, number, file.identity)) return { log, number, ...file }
      await file.close()
    }
    return 'foreign'
  }

  async function isHead(log: string, number: number, identity: string): Promise<boolean> {
    const path = join(log, versionName(number))
    // Asked by name: an open file whose name is being taken back has one name left as well, but not this one.
    const facts = await disk.facts(path)
    if (facts?.identity !== identity) return false
    if (facts.links === 1) return true
    return highest(await disk.list(log)) === number && (await disk.facts(path))?.identity === identity
  }

  async function append(head: Head, bytes: Buffer, prepare?: Prepare): Promise<boolean> {
    const { history, number } = placeAfter(head)
    const aside = await writeAside(bytes)
    try {
      await prepare?.({ history, number })
      const target = join(head.log, versionName(number))
      if (!(await disk.link(aside, target))) return false
      const before = await disk.facts(join(head.log, versionName(head.number)))
      if (before?.identity !== head.identity) {
        // Only while the second name stands does the missing predecessor prove anything.
        if ((await disk.facts(aside)) === null) throw new OutcomeUnknown()
        await disk.remove(target)
        return false
      }
    } finally {
      await disk.remove(aside)
    }
    if (durable) await disk.sync(head.log)
    await quietly(removeBelow(head.log, number))
    return true
  }

  async function writeAside(bytes: Buffer): Promise<string> {
    const aside = join(tmp, unique())
    try {
      if (await disk.write(aside, bytes, durable)) return aside
      await disk.make(tmp)
      await disk.write(aside, bytes, durable)
      return aside
    } catch (error) {
      await quietly(disk.remove(aside))
      throw error
    }
  }

  // The listing must begin after `own` was written, and lower numbers must go first: reasons 1 and 2 above.
  /** Whether all are gone: those that a writer still asks for stay. */
  async function removeBelow(log: string, own: number): Promise<boolean> {
    const lower = ((await disk.list(log)) ?? []).map(versionNumber).filter((number) => number > 0 && number < own)
    for (const number of lower.sort((one, other) => one - other)) {
      const next = number + 1 === own ? null : await disk.facts(join(log, versionName(number + 1)))
      if (next !== null && next.links > 1) return false
      await disk.remove(join(log, versionName(number)))
    }
    return true
  }

  async function publish(folder: string, bytes: Buffer, prepare?: Prepare): Promise<boolean> {
    const stage = join(tmp, unique())
    const history = randomBytes(8).toString('hex')
    const log = join(stage, history)
    try {
      await disk.make(log)
      if (!(await disk.write(join(log, versionName(1)), bytes, durable))) return false
      if (durable) for (const written of [log, stage]) await disk.sync(written)
      await prepare?.({ history, number: 1 })
      let moved = await disk.move(stage, folder)
      if (moved === 'missing') {
        await makeFolder(dirname(folder), root, durable, disk)
        moved = await disk.move(stage, folder)
      }
      if (moved !== 'done') return false
      if (durable) await disk.sync(dirname(folder))
      return true
    } finally {
      await quietly(disk.removeAll(stage))
    }
  }

  async function discard(head: Head, patience: 'wait' | 'none'): Promise<void> {
    if (patience === 'wait' && !(await isSettled(head))) return
    const away = join(trash, unique())
    if ((await disk.move(head.log, away)) === 'missing') {
      await disk.make(trash)
      await disk.move(head.log, away)
    }
    await disk.removeEmpty(dirname(head.log))
    await quietly(disk.removeAll(away))
  }

  // Somebody may have written just before the history was closed, and must still be able to see that it counted.
  async function isSettled({ log, number }: Head): Promise<boolean> {
    const closing = await disk.facts(join(log, versionName(number)))
    return closing !== null && closing.links === 1 && (await removeBelow(log, number))
  }

  return { look, append, publish, discard }
}

/** The place of what was looked at. */
export function placeOf({ log, number }: Head): Place {
  return { history: basename(log), number }
}

/** The place of the change that follows it. */
export function placeAfter(head: Head): Place {
  return { history: basename(head.log), number: head.number + 1 }
}

/** A name nobody else uses, in any process. */
export function unique(): string {
  return `${process.pid}-${randomBytes(8).toString('hex')}`
}

export function isHistoryName(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name)
}

/** A number as a name: names sort as the numbers do. */
export function versionName(number: number): string {
  return String(number).padStart(16, '0')
}

function versionNumber(name: string): number {
  return /^[0-9]{16}$/.test(name) ? Number(name) : 0
}

function highest(names: readonly string[] | null): number {
  return (names ?? []).reduce((top, name) => Math.max(top, versionNumber(name)), 0)
}

/** For tidying after the work is done: what stays behind is found by the next write or the next sweep. */
export async function quietly(tidying: Promise<unknown>): Promise<void> {
  try {
    await tidying
  } catch {}
}
