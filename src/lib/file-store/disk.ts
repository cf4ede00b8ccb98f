/**
 * The few things the file store asks of a file system, each one system call that happens as a whole or not at all.
 *
 * In: paths. Out: what was found, with the expected refusals as values; anything else (no space, no permission) is
 * thrown as the system gave it. Must not know keys, versions or entries.
 *
 * @module
 */
import type { BigIntStats } from 'node:fs'
import { link, lstat, mkdir, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'

/** An open file. While it is open its identity belongs to nobody else, even after its last name was removed. */
export interface OpenFile {
  readonly bytes: Buffer
  readonly identity: string
  close(): Promise<void>
}

/** What a name stands for at this moment. */
export interface FileFacts {
  readonly identity: string
  /** How many names it has. */
  readonly links: number
  /** When its content or its names last changed, by the clock of the file system, in milliseconds. */
  readonly changedAt: number
}

/** The file system, as the file store sees it. Tests pass one that stops at chosen points. */
export type Disk = typeof disk

export const disk = {
  /** The names in a folder in any order; `null` where there is no such folder. */
  list: (folder: string): Promise<string[] | null> => orElse(readdir(folder), ['ENOENT', 'ENOTDIR'], null),

  /** The whole file; `null` where there is none. What is not a file reads as empty. */
  async read(path: string): Promise<OpenFile | null> {
    const handle = await orElse(open(path, 'r'), ['ENOENT', 'ENOTDIR'], null)
    if (handle === null) return null
    try {
      const stats = await handle.stat({ bigint: true })
      const bytes = await orElse(handle.readFile(), ['EISDIR'], Buffer.alloc(0))
      return { bytes, identity: factsOf(stats).identity, close: () => handle.close() }
    } catch (error) {
      await handle.close()
      throw error
    }
  },

  /** `null` where the name stands for nothing. */
  async facts(path: string): Promise<FileFacts | null> {
    const stats = await orElse(lstat(path, { bigint: true }), ['ENOENT', 'ENOTDIR'], null)
    return stats === null ? null : factsOf(stats)
  },

  /** Writes a file that must be new. `false`: its folder is not there. */
  async write(path: string, bytes: Buffer, durable: boolean): Promise<boolean> {
    const handle = await orElse(open(path, 'wx', 0o600), ['ENOENT'], null)
    if (handle === null) return false
    try {
      await handle.writeFile(bytes)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  },

  /** Gives a file a second name. `false`: the name is taken, or one of the folders is gone. */
  link: (from: string, to: string): Promise<boolean> => did(link(from, to), ['EEXIST', 'ENOENT', 'ENOTDIR']),

  /** Moves a folder. `taken`: something is in the way; an empty folder is not. `missing`: it or its new parent is not there. */
  async move(from: string, to: string): Promise<'done' | 'taken' | 'missing'> {
    const moved = rename(from, to).then(() => 'done' as const)
    return orElse(orElse(moved, ['ENOENT'], 'missing' as const), ['EEXIST', 'ENOTEMPTY', 'ENOTDIR'], 'taken' as const)
  },

  /** Removes one name of a file, if it is there. */
  remove: (path: string): Promise<boolean> => did(unlink(path), ['ENOENT', 'ENOTDIR']),

  /** Removes a folder if it is empty; the system sees to it that nothing can arrive meanwhile. */
  removeEmpty: (folder: string): Promise<boolean> => did(rmdir(folder), ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST']),

  /** Removes whatever is there and all below it. */
  removeAll: (path: string): Promise<void> => rm(path, { recursive: true, force: true }),

  /** Makes a folder and those above it, for this user only. */
  async make(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  },

  /** Puts the names in a folder beyond a power cut. `false`: there is no such folder. */
  async sync(folder: string): Promise<boolean> {
    const handle = await orElse(open(folder, 'r'), ['ENOENT', 'ENOTDIR'], null)
    if (handle === null) return false
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  },
}

function factsOf(stats: BigIntStats): FileFacts {
  return { identity: `${stats.dev}:${stats.ino}`, links: Number(stats.nlink), changedAt: Number(stats.ctimeMs) }
}

async function orElse<Answer, Other>(
  call: Promise<Answer>,
  expected: readonly string[],
  other: Other,
): Promise<Answer | Other> {
  try {
    return await call
  } catch (error) {
    if (expected.includes(codeOf(error))) return other
    throw error
  }
}

async function did(call: Promise<void>, expected: readonly string[]): Promise<boolean> {
  return orElse(
    call.then(() => true),
    expected,
    false,
  )
}

/** The system's name for what went wrong, `ENOSPC` for one; empty where it gave none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
