/**
 * Keeps entries in Redis or Valkey: standalone, behind Sentinel, or in a cluster.
 *
 * In: a client, by its shape, and the calls of `Store`. Out: their answers; what the server refuses is a `StoreError`.
 * Must not know sessions, the time, or which client it was given. Every change of an entry is one script over its one key.
 *
 * @module
 */
import { attempt, attemptEach } from '../lib/redis/attempt.ts'
import { linkTo, type RedisClient } from '../lib/redis/client.ts'
import { redisEntries } from '../lib/redis/entries.ts'
import { evictionCheck } from '../lib/redis/eviction.ts'
import { namesUnder } from '../lib/redis/names.ts'
import { requireConfirmation, requirePrefix } from '../lib/redis/options.ts'
import type { Enumerable, OwnerIndex, Store } from './store.ts'

export type { RedisClient } from '../lib/redis/client.ts'

/** Where a Redis store keeps its entries, and how well. */
export interface RedisStoreOptions {
  /** In front of every key. `sojourn:` unless told. Without braces: sessions spread over all nodes of a cluster. */
  readonly prefix?: string
  /**
   * How many replicas must have a logout (a grave, a raised epoch) before it counts, and how many milliseconds they get:
   * 1,000 unless told. Left out: the master's word is enough, and a failover may undo the last moments.
   *
   * It holds up the connection while it waits, and every other call that shares it.
   */
  readonly waitReplicas?: number | { readonly count: number; readonly timeout?: number }
}

/**
 * A store at the server or servers of `client`, which the caller connects and closes. Needs Redis 5 or later, or Valkey.
 *
 * Each call is one command or script. Three exceptions: an entry with an owner is first listed in its owner's index, one
 * command more, at `create`, at a change of owner, and once a day of use; what leaves an index is removed without anybody
 * waiting for it; and a script the server does not know is sent once more, as text. `listByOwner` reads the index and each
 * entry in it, `entries` scans every master.
 *
 * Before its first write it asks every master for `maxmemory` and `maxmemory-policy`, and refuses to write where graves
 * could be evicted. Where CONFIG and INFO are both forbidden it warns once by `process.emitWarning`.
 *
 * Rejects with `STORE_FULL` where memory is full and with `STORE_FAILED` otherwise, the client's error as `cause`. Where
 * the connection was lost or too few replicas answered, the write may have been made.
 *
 * @throws ConfigError `OPTION_INVALID` where `client` is no such client, reads from replicas, or an option cannot work.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store & OwnerIndex & Enumerable {
  const link = linkTo(client)
  const names = namesUnder(link.missingPrefix + requirePrefix(options.prefix ?? 'sojourn:'), link.addedPrefix)
  const entries = redisEntries(link, names, requireConfirmation(options.waitReplicas))
  const checkEviction = evictionCheck(link)

  function change<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
    return attempt(what, async () => {
      const check = checkEviction()
      if (check !== null) await check
      return call()
    })
  }

  return {
    find: (key) => attempt('read an entry', () => entries.find(key)),
    create: (key, entry, now) => change('create an entry', () => entries.create(key, entry, now)),
    replace: (key, entry, version, now) => change('replace an entry', () => entries.replace(key, entry, version, now)),
    extend: (key, expiresAt, now) => change('extend an entry', () => entries.extend(key, expiresAt, now)),
    bury: (key, value, until, now) => change('bury an entry', () => entries.bury(key, value, until, now)),

    listByOwner: (ownerId) => attemptEach('list the entries of an owner', entries.listByOwner(ownerId)),
    epochOf: (ownerId) => attempt('read an epoch', () => entries.epochOf(ownerId)),
    raiseEpoch: (ownerId, now) => change('raise an epoch', () => entries.raiseEpoch(ownerId, now)),

    entries: (after) => attemptEach('list all entries', entries.all(after)),
  }
}
