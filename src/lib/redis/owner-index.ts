/**
 * Which rows an owner has.
 *
 * In: owners, keys and times. Out: candidates; each must be compared with its row. Must not know sessions.
 *
 * One sorted set for each owner; in a cluster it lives at another node than the rows, so no command writes both. What holds
 * at every instant, whoever crashes where: a row with an owner bears a listId, and that owner's index has a member of
 * listId and key that stays as long as the row can live.
 *
 * - The member is written first, the row after it. A crash between leaves a member without a row.
 * - Each time under a new listId. So what a row once bore and bears no more, no late writer can still be about to write:
 *   removing it takes nothing from anybody.
 * - A row that is over is written first, its member removed after. A crash between leaves the member; the row still bears
 *   its listId, and a listing that sees both removes it.
 * - A row may live until `listedUntil`, its score in the set. Past that a new member comes first, the later end after it.
 *   The lead is a day, so that a session in use costs that at most once a day.
 * - Members whose time is over go with the next one that is added, the whole set by expiry, whose end only moves later.
 *
 * @module
 */

import type { Held } from '../store-rules.ts'
import { type RedisLink, replyList, replyText } from './link.ts'
import { keyOfPlain, type Names, plainOfKey } from './names.ts'
import { freshId, ID_LENGTH, listing, type Row } from './row.ts'
import { runScript } from './run.ts'
import { ENLIST } from './scripts.ts'

const HOUR = 3_600_000
/** How much longer than its row's end a member is good for. */
const LEAD = 24 * HOUR
/** Members and sets stay this much longer still: the clocks of two servers may differ by that. */
const SLACK = HOUR
/** Rows read at once. */
const BATCH = 64

/** The index of every owner. Owners come as `ownerText` of row.ts. */
export interface OwnerIndexes {
  /** To be called before the row is written. Out: listId and listedUntil for the row. */
  enlist(owner: string, key: string, expiresAt: number, now: number): Promise<string>
  /** Takes what a script left: listId and owner. Nobody waits for it: what stays is found by the next listing. */
  strike(left: string, key: string): void
  /** The live rows of an owner. */
  rows(ownerId: string, owner: string): AsyncIterable<{ key: string; entry: Held }>
}

/** The indexes beside the rows that `readRow` reads. */
export function ownerIndexes(
  link: RedisLink,
  names: Names,
  readRow: (key: string) => Promise<Row | null>,
): OwnerIndexes {
  async function remove(owner: string, member: string): Promise<void> {
    const index = names.ownerIndex(owner)
    await link.send(index, ['zrem', index, member])
  }

  async function members(owner: string): Promise<readonly string[]> {
    const index = names.ownerIndex(owner)
    return replyList(await link.send(index, ['zrange', index, '0', '-1'])).map(replyText)
  }

  return {
    async enlist(owner, key, expiresAt, now) {
      const listId = freshId()
      const until = expiresAt + LEAD
      const ttl = Math.max(1, until - now + SLACK)
      const args = [listId + plainOfKey(key), String(until), String(ttl), String(now - SLACK)]
      await runScript(link, ENLIST, names.ownerIndex(owner), args)
      return listing(listId, until)
    },

    strike(left, key) {
      if (left === '') return
      remove(left.slice(ID_LENGTH), left.slice(0, ID_LENGTH) + plainOfKey(key)).catch(() => {})
    },

    async *rows(ownerId, owner) {
      const seen = new Set<string>()
      const candidates = await members(owner)
      for (let start = 0; start < candidates.length; start += BATCH) {
        const batch = candidates.slice(start, start + BATCH).map((member) => ({
          member,
          listId: member.slice(0, ID_LENGTH),
          key: keyOfPlain(member.slice(ID_LENGTH)),
        }))
        const rows = await Promise.all(batch.map(({ key }) => readRow(key)))
        for (const [n, { member, listId, key }] of batch.entries()) {
          const row = rows[n] ?? null
          // No row: it may be about to be written. Another listId: that may be about to be written.
          if (row === null) continue
          const { entry } = row
          if (entry.ownerId === ownerId && !entry.grave) {
            if (!seen.has(key)) yield { key, entry }
            seen.add(key)
          } else if (row.listId === listId) {
            remove(owner, member).catch(() => {})
          }
        }
      }
    },
  }
}
