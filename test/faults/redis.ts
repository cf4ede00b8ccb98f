/**
 * A master of a Redis cluster is killed while sessions are written.
 *
 * In: how to connect, how many sessions, how often to kill. Out: what was promised and what became of it; asserts nothing
 * itself. Must not know a test runner.
 *
 * Every session is a row under a key of its own. Writers take them one by one and count in them, log out, and log owners
 * out everywhere, while a master dies, its replica takes over, and the dead one comes back as a replica.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { StoreError } from '../../src/errors.ts'
import { type RedisClient, redisStore } from '../../src/store/redis.ts'
import type { Entry, OwnerIndex, Store } from '../../src/store/store.ts'
import { type RedisCluster, type RedisServer, until } from '../support/servers/redis.ts'

export interface MasterKilledOptions {
  /** Sessions that are there, and on every replica, before anything dies. */
  readonly sessions: number
  /** How often a master is killed, and comes back. */
  readonly kills: number
  readonly writers: number
}

export interface MasterKilled {
  /** Sessions that were acknowledged before the first kill and are neither there nor logged out. */
  readonly lost: readonly string[]
  /** Logouts that were acknowledged, counted, and those after which the session was live again. */
  readonly logouts: number
  readonly undone: readonly string[]
  /** Epochs that were acknowledged, counted, and the owners whose epoch is a smaller one. */
  readonly epochs: number
  readonly lowered: readonly string[]
  /** Owners' sessions that are there and that the owner's list does not show. */
  readonly unlisted: readonly string[]
  /** Calls that failed as they should, with STORE_FAILED, or that nobody answered within the patience of a request. */
  readonly refused: number
  /** Anything else that a call rejected with. */
  readonly strange: readonly unknown[]
  /** Writers that got through again after the last failover. */
  readonly recovered: number
}

const NOW = Date.UTC(2026, 0, 1)
const ENDS = NOW + 3_600_000
const OWNERS = 10
/** How long a request would wait for its store, in milliseconds. */
const PATIENCE = 2_000

/** Kills masters of `cluster` under load, and says what held. */
export async function masterKilledUnderLoad(
  cluster: RedisCluster,
  client: RedisClient,
  { sessions, kills, writers }: MasterKilledOptions,
): Promise<MasterKilled> {
  const store = redisStore(client, { waitReplicas: { count: 1, timeout: 500 } })
  const ownerOf = (n: number) => `owner ${n % OWNERS}`
  const keys = Array.from({ length: sessions }, (_, n) => `session ${n}`)
  for (const [n, key] of keys.entries()) {
    await store.create(key, { value: '0', version: 1, expiresAt: ENDS, ownerId: ownerOf(n) }, NOW)
  }
  await replicated(cluster)

  const loggedOut = new Set<string>()
  const epochs = new Map<string, number>()
  const strange: unknown[] = []
  let refused = 0
  let running = true
  let settledAt = Number.POSITIVE_INFINITY
  const recovered = new Set<number>()

  async function tried(writer: number, call: () => Promise<void>): Promise<void> {
    const began = performance.now()
    try {
      const answered = await Promise.race([call().then(() => true), setTimeout(PATIENCE, false)])
      if (!answered) refused++
      else if (began > settledAt) recovered.add(writer)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_FAILED') refused++
      else strange.push(error)
    }
  }

  async function write(writer: number): Promise<void> {
    // A logout for every twenty writes, so that there are sessions left in the end.
    for (let n = writer; running; n += writers) {
      const key = keys[(n * 7) % keys.length] ?? ''
      await tried(writer, () => count(store, key))
      if (n % 20 === writer % 20 && loggedOut.size < sessions / 2) {
        await tried(writer, async () => {
          await store.bury(key, 'logged out', ENDS, NOW)
          loggedOut.add(key)
        })
      }
      if (n % 30 === 0) {
        const owner = ownerOf(n / 30)
        await tried(writer, async () => {
          const epoch = await store.raiseEpoch(owner, NOW)
          epochs.set(owner, Math.max(epochs.get(owner) ?? 0, epoch))
        })
      }
    }
  }

  const load = Array.from({ length: writers }, (_, writer) => write(writer))
  for (let kill = 0; kill < kills; kill++) {
    const masters = await cluster.masters()
    const victim = masters[kill % masters.length]
    if (victim === undefined) throw new Error('Cannot kill a master: the cluster has none')
    await victim.kill()
    await cluster.settled()
    await victim.start()
    await cluster.settled()
  }
  settledAt = performance.now()
  // Longer than any call that is under way, and bounded: a writer that never gets through again is what is looked for.
  await until('all writers got through again', async () => recovered.size === writers).catch(() => {})
  running = false
  await Promise.all(load)

  return {
    ...(await whatIsLeft(store, keys, ownerOf, loggedOut, epochs)),
    logouts: loggedOut.size,
    epochs: epochs.size,
    refused,
    strange,
    recovered: recovered.size,
  }
}

async function count(store: Store, key: string): Promise<void> {
  const entry = await store.find(key)
  if (entry === null || entry.grave) return
  const next: Entry = { ...entry, value: String(Number(entry.value) + 1), version: entry.version + 1 }
  await store.replace(key, next, entry.version, NOW)
}

async function whatIsLeft(
  store: Store & OwnerIndex,
  keys: readonly string[],
  ownerOf: (n: number) => string,
  loggedOut: ReadonlySet<string>,
  epochs: ReadonlyMap<string, number>,
) {
  const [lost, undone, lowered, unlisted]: [string[], string[], string[], string[]] = [[], [], [], []]
  const listed = new Set<string>()
  for (let owner = 0; owner < OWNERS; owner++) {
    for await (const { key } of store.listByOwner(ownerOf(owner))) listed.add(key)
  }
  for (const key of keys) {
    const entry = await store.find(key)
    if (entry === null) lost.push(key)
    if (loggedOut.has(key) && !entry?.grave) undone.push(key)
    if (entry !== null && !entry.grave && !listed.has(key)) unlisted.push(key)
  }
  for (const [owner, epoch] of epochs) if ((await store.epochOf(owner)) < epoch) lowered.push(owner)
  return { lost, undone, lowered, unlisted }
}

/** Resolves when every replica has all that its master has. */
async function replicated(cluster: RedisCluster): Promise<void> {
  const masters = await cluster.masters()
  await until('the replicas have everything', async () => {
    for (const master of masters) if (!(await hasEverything(master))) return false
    return true
  })
}

async function hasEverything(master: RedisServer): Promise<boolean> {
  const info = await master.cli('info', 'replication')
  const offset = /master_repl_offset:(\d+)/.exec(info)?.[1]
  const replicas = [...info.matchAll(/^slave\d+:.*offset=(\d+)/gm)]
  return replicas.length > 0 && replicas.every(([, reached]) => reached === offset)
}
