/**
 * The epochs of owners, made of histories: every raise is the next number, so no two processes are told the same.
 *
 * In: owner ids and the caller's time. Out: epochs, or the file system's own error. Must not know what an epoch is for.
 *
 * The file is a version like an entry's: the key is the owner id, the version is the epoch. No sweep comes by here.
 *
 * @module
 */
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { encodeVersion, type Version } from './format.ts'
import { histories, NoProgress } from './history.ts'
import { digestOf, folderOf } from './places.ts'
import { withHead } from './with-head.ts'

/** The file of an epoch is no version of it. Unlike an entry's it may not count as absent: that would revive the revoked. */
export class EpochUnreadable extends Error {}

/** Others can win this often against one raise before it gives up. */
const ATTEMPTS = 1_000

/** The epochs below `root`. */
export function fileEpochs(root: string, durable: boolean, disk: Disk) {
  const { look, append, publish } = histories(root, durable, disk)

  function folderOfOwner(ownerId: string): string {
    return folderOf(join(root, 'epochs'), digestOf(ownerId))
  }

  return {
    epochOf(ownerId: string): Promise<number> {
      return withHead(look, folderOfOwner(ownerId), async (head, version) => {
        if (head === 'absent') return 0
        const epoch = epochIn(version, ownerId)
        if (epoch === null) throw new EpochUnreadable()
        return epoch
      })
    },

    async raiseEpoch(ownerId: string, now: number): Promise<number> {
      const folder = folderOfOwner(ownerId)
      for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
        const raised = await withHead(look, folder, async (head, version) => {
          if (head === 'foreign') throw new NoProgress()
          // Over an unreadable epoch `now` is the best there is, and the way to make it readable again.
          const epoch = Math.max((epochIn(version, ownerId) ?? 0) + 1, now)
          const bytes = encodeVersion(ownerId, { value: '', version: epoch, expiresAt: 0 })
          return (await (head === 'absent' ? publish(folder, bytes) : append(head, bytes))) ? epoch : null
        })
        if (raised !== null) return raised
      }
      throw new NoProgress()
    },
  }
}

function epochIn(version: Version | null, ownerId: string): number | null {
  return version?.kind === 'held' && version.key === ownerId ? version.held.version : null
}
