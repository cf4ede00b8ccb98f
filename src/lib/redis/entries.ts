/**
 * The calls of a store, made of scripts.
 *
 * In: a link, names, the owners' indexes and the calls of `Store`. Out: their answers, or the client's own error. Must not
 * know what a client's errors mean, nor sessions.
 *
 * @module
 */
import { toPlainText } from '../plain-text.ts'
import { type Held, SWEEP_AFTER } from '../store-rules.ts'
import { type RedisLink, replyTextOrNull } from './link.ts'
import { keyOfPlain, type Names, plainOfKey } from './names.ts'
import { ownerIndexes } from './owner-index.ts'
import { decodeRow, freshId, ID_LENGTH, numberText, ownerLine, ownerText, type Row, rowHead, UNLISTED } from './row.ts'
import { type Confirmation, runConfirmed, runScript, type ScriptReply } from './run.ts'
import { BURY, CREATE, EXTEND, RAISE_EPOCH, REPLACE, type Script } from './scripts.ts'
import { walkKeys } from './walk.ts'

/** The calls of a store behind `link`. `confirmation`: what logouts wait for. */
export function redisEntries(link: RedisLink, names: Names, confirmation: Confirmation | null) {
  const owners = ownerIndexes(link, names, readRow)

  async function readRow(key: string): Promise<Row | null> {
    const row = names.row(key)
    return decodeRow(replyTextOrNull(await link.send(row, ['get', row])))
  }

  function run(script: Script, key: string, args: readonly string[]): Promise<ScriptReply> {
    return runScript(link, script, key, args)
  }

  /** For writes that end something: scripts learn by the last argument whether somebody waits for the replicas. */
  function runEnding(script: Script, key: string, args: readonly string[], ends: boolean): Promise<ScriptReply> {
    if (confirmation === null || !ends) return run(script, key, [...args, ''])
    return runConfirmed(link, script, key, [...args, '1'], confirmation)
  }

  async function enlisted(key: string, entry: Held, now: number): Promise<string> {
    return isListed(entry) ? owners.enlist(ownerText(entry.ownerId), key, entry.expiresAt, now) : UNLISTED
  }

  return {
    async find(key: string): Promise<Held | null> {
      return (await readRow(key))?.entry ?? null
    },

    async create(key: string, entry: Held, now: number): Promise<boolean> {
      const listing = await enlisted(key, entry, now)
      const tail = ownerLine(entry.ownerId) + toPlainText(entry.value)
      const args = [String(now), freshId(), rowHead(entry), listing, tail, ttl(entry.expiresAt, now)]
      const { answer, left } = await runEnding(CREATE, names.row(key), args, entry.grave === true)
      owners.strike(left, key)
      return answer === 'done'
    },

    async replace(key: string, entry: Held, version: number, now: number): Promise<'done' | 'stale' | 'gone'> {
      const writeId = freshId()
      const swap = async (listing: string): Promise<string> => {
        const head = [String(now), writeId, numberText(version), rowHead(entry), listing]
        const args = [...head, ownerLine(entry.ownerId), toPlainText(entry.value), ttl(entry.expiresAt, now)]
        const { answer, left } = await runEnding(REPLACE, names.row(key), args, entry.grave === true)
        owners.strike(left, key)
        return answer
      }
      const first = await swap(isListed(entry) ? 'same' : 'none')
      const answer = first === 'unlisted' ? await swap(await enlisted(key, entry, now)) : first
      return answer === 'done' || answer === 'stale' ? answer : 'gone'
    },

    async extend(key: string, expiresAt: number, now: number): Promise<boolean> {
      const args = [String(now), numberText(expiresAt), ttl(expiresAt, now)]
      let listed: readonly [string, string] = ['same', '']
      // A turn more where the row needs its index to last longer, and for each change of its owner meanwhile.
      for (;;) {
        const { answer, left } = await run(EXTEND, names.row(key), [...args, ...listed])
        if (answer !== 'unlisted') {
          owners.strike(left, key)
          return answer === 'done'
        }
        const owner = left.slice(ID_LENGTH)
        listed = [await owners.enlist(owner, key, expiresAt, now), `@${owner}\n`]
      }
    },

    async bury(key: string, value: string, until: number, now: number): Promise<void> {
      const over = rowHead({ value, version: 1, expiresAt: until, grave: true })
      const tail = ownerLine(undefined) + toPlainText(value)
      const args = [String(now), freshId(), numberText(until), ttl(until, now), tail, over, UNLISTED]
      const { left } = await runEnding(BURY, names.row(key), args, true)
      owners.strike(left, key)
    },

    async *all(after?: string): AsyncGenerator<{ key: string; entry: Held }> {
      for await (const plainKeys of walkKeys(link, names, after === undefined ? null : plainOfKey(after))) {
        const keys = plainKeys.map(keyOfPlain)
        const rows = await Promise.all(keys.map(readRow))
        for (const [n, key] of keys.entries()) {
          const entry = rows[n]?.entry
          // Its expiry may have come since it was seen.
          if (entry !== undefined) yield { key, entry }
        }
      }
    },

    listByOwner: (ownerId: string) => owners.rows(ownerId, ownerText(ownerId)),

    async epochOf(ownerId: string): Promise<number> {
      const epoch = names.epoch(ownerText(ownerId))
      return Number(replyTextOrNull(await link.send(epoch, ['get', epoch])) ?? 0)
    },

    async raiseEpoch(ownerId: string, now: number): Promise<number> {
      return Number((await runEnding(RAISE_EPOCH, names.epoch(ownerText(ownerId)), [String(now)], true)).left)
    },
  }
}

// What an index lists: graves serve nobody, so nobody is to find them there.
function isListed(entry: Held): entry is Held & { ownerId: string } {
  return entry.ownerId !== undefined && !entry.grave
}

/** Redis' own expiry: garbage collection, a minute later than the judge. */
function ttl(expiresAt: number, now: number): string {
  return String(Math.max(1, expiresAt - now + SWEEP_AFTER))
}
