/**
 * What dead processes left behind in tmp and trash.
 *
 * In: the root folder. Out: leftovers removed. Must not know what a history holds, nor the caller's time: tests pass a
 * time of their own, and files do not follow it.
 *
 * @module
 */
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { unique } from './history.ts'
import { named } from './places.ts'

/** Longer than any write takes; a writer that sleeps longer is told that its outcome is unknown. */
const LEFT_BEHIND_AFTER = 10 * 60_000

/**
 * What has not changed since then, in milliseconds of the file system's clock, is nobody's any more. That clock is read
 * off a file written now; where there is no store yet, nothing is older.
 */
export async function leftBehindBefore(root: string, disk: Disk): Promise<number> {
  const probe = join(root, 'tmp', unique())
  await disk.write(probe, Buffer.alloc(0), false)
  const now = (await disk.facts(probe))?.changedAt ?? 0
  await disk.remove(probe)
  return now - LEFT_BEHIND_AFTER
}

/** Removes what was being written or removed when a process died. Nobody reads in trash, so that goes at once. */
export async function removeLeftovers(root: string, disk: Disk, before: number): Promise<void> {
  const [tmp, trash] = [join(root, 'tmp'), join(root, 'trash')]
  for (const removed of await named(trash, /./, disk)) await disk.removeAll(join(trash, removed))
  for (const aside of await named(tmp, /^[0-9]+-[0-9a-f]{16}$/, disk)) {
    const facts = await disk.facts(join(tmp, aside))
    if (facts !== null && facts.changedAt < before) await disk.removeAll(join(tmp, aside))
  }
}
