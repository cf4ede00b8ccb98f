/**
 * Where things live below the root of a file store, and walks over them.
 *
 * In: keys, owner ids, folders. Out: paths. Keys and owner ids never become paths themselves, only their SHA-256 does.
 * Must not know what is in a folder.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { toPlainText } from '../plain-text.ts'
import type { Disk } from './disk.ts'

/** The place of a key or an owner id: 64 hex digits. */
export function digestOf(text: string): string {
  return createHash('sha256').update(toPlainText(text)).digest('hex')
}

/** Its folder below `base`: two levels of 256 folders, so that none of them grows long. */
export function folderOf(base: string, digest: string): string {
  return join(base, digest.slice(0, 2), digest.slice(2, 4), digest)
}

/** Every such folder, in the order of the digests; those after `after` only. */
export async function* foldersBelow(base: string, disk: Disk, after = ''): AsyncGenerator<string> {
  for (const outer of await named(base, /^[0-9a-f]{2}$/, disk)) {
    if (outer < after.slice(0, 2)) continue
    for (const inner of await named(join(base, outer), /^[0-9a-f]{2}$/, disk)) {
      if (outer + inner < after.slice(0, 4)) continue
      const folder = join(base, outer, inner)
      for (const digest of await named(folder, /^[0-9a-f]{64}$/, disk)) if (digest > after) yield join(folder, digest)
    }
  }
}

/** The names in a folder that have that form, in order. */
export async function named(folder: string, pattern: RegExp, disk: Disk): Promise<string[]> {
  return ((await disk.list(folder)) ?? []).filter((name) => pattern.test(name)).sort()
}

/** Makes a folder below `root`. `durable`: its name, and those of all above it, have survived a power cut. */
export async function makeFolder(folder: string, root: string, durable: boolean, disk: Disk): Promise<void> {
  await disk.make(folder)
  for (let at = folder; durable && at !== dirname(root); ) {
    at = dirname(at)
    await disk.sync(at)
  }
}
