/**
 * SQL servers that are killed with -9 while a store writes to them, and start again on the same folder.
 *
 * In: how often, and how much is written in between. Out: tests: what was acknowledged is there, what was under way is
 * there as a whole or not at all, and no grave is undone. Must not know how a server keeps its promises.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import { mysqlStore } from '../../src/store/mysql.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import type { Entry } from '../../src/store/store.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import type { ServerProcess } from '../support/servers/server-process.ts'
import type { SqlStore } from '../support/sql-stories.ts'

export interface SqlFaults {
  readonly kills: number
  /** Acknowledged changes before each kill. */
  readonly changes: number
}

const WRITERS = 8
const NOW = Date.UTC(2026, 0, 1)
const ENDS = NOW + 3_600_000

/** Starts both servers and registers a test for each that is installed. */
export async function sqlFaults({ kills, changes }: SqlFaults): Promise<void> {
  const postgres = await startPostgres()
  const mariadb = await startMariadb()
  const create = true
  describe(`after ${kills} times kill -9 in the middle of writes, all that was acknowledged is there`, () => {
    const timeout = 30_000 + kills * (10_000 + changes * 20)
    test('PostgreSQL', { timeout }, ({ skip }) => {
      if (postgres === null) return skip('not installed here')
      return story(postgres, () => postgresStore(postgres.pool(), { create }), kills, changes)
    })
    test('MariaDB', { timeout }, ({ skip }) => {
      if (mariadb === null) return skip('not installed here')
      return story(mariadb, () => mysqlStore(mariadb.pool(), { create }), kills, changes)
    })
  })
}

/** What a writer knows of a key: what it was told, and what it asked for and was not told. */
interface Known {
  readonly sure: Entry | null
  readonly asked?: Entry
}

type Server = Pick<ServerProcess, 'kill' | 'start'>

async function story(server: Server, open: () => SqlStore, kills: number, changes: number): Promise<void> {
  const writers = [...Array(WRITERS).keys()].map((n) => createWriter(`owner ${n}`))
  // Made before the first kill: half a table is the server's affair.
  await open().find('nothing')
  for (let kill = 0; kill < kills; kill++) {
    const store = open()
    let left = changes
    let killed: Promise<void> | null = null
    const acknowledged = () => {
      if (--left === 0) killed = server.kill()
    }
    const ends = await Promise.allSettled(writers.map((writer) => writer.writeUntilItFails(store, acknowledged)))
    await killed
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED' } })
    await server.start()
    const restarted = open()
    for (const writer of writers) await writer.check(restarted)
  }
}

function createWriter(ownerId: string) {
  const known = new Map<string, Known>()
  let epoch: { sure: number; asked: number } = { sure: 0, asked: 0 }
  let steps = 0

  async function change(key: string, asked: Entry, call: Promise<unknown>, yes: unknown): Promise<void> {
    known.set(key, { sure: known.get(key)?.sure ?? null, asked })
    const answer = await call
    expect(answer).toBe(yes)
    known.set(key, { sure: asked })
  }

  /** A session's life: created, written, extended; every other one is buried. */
  async function step(store: SqlStore): Promise<void> {
    const n = steps++
    const key = `${ownerId}/${Math.floor(n / 6)}`
    const sure = known.get(key)?.sure ?? null
    // Long enough for several pages, so that half of it would be seen.
    const next: Entry = {
      value: `${n} `.repeat(5_000),
      version: (sure?.version ?? 0) + 1,
      expiresAt: (sure?.expiresAt ?? ENDS) + 1,
      ownerId,
    }
    if (sure === null) return change(key, next, store.create(key, next, NOW), true)
    if (sure.grave) return
    if (n % 12 === 5) {
      const grave: Entry = { value: 'ended', version: sure.version, expiresAt: ENDS, grave: true }
      return change(key, grave, store.bury(key, 'ended', ENDS, NOW), undefined)
    }
    if (n % 3 === 1) {
      const extended = { ...sure, expiresAt: next.expiresAt }
      return change(key, extended, store.extend(key, next.expiresAt, NOW), true)
    }
    return change(key, next, store.replace(key, next, sure.version, NOW), 'done')
  }

  return {
    async writeUntilItFails(store: SqlStore, acknowledged: () => void): Promise<never> {
      for (;;) {
        await step(store)
        acknowledged()
        if (steps % 10 !== 0) continue
        epoch.asked = epoch.sure + 1
        expect(await store.raiseEpoch(ownerId, 0)).toBe(epoch.asked)
        epoch.sure = epoch.asked
      }
    },

    async check(store: SqlStore): Promise<void> {
      for (const [key, { sure, asked }] of known) {
        const found = await store.find(key)
        expect([sure, asked], `${key}, which was ${asked ? 'under way' : 'acknowledged'}`).toContainEqual(found)
        known.set(key, { sure: found })
      }
      const raised = await store.epochOf(ownerId)
      expect([epoch.sure, epoch.asked]).toContain(raised)
      epoch = { sure: raised, asked: raised }
      const listed: [string, Known][] = []
      for await (const { key, entry } of store.listByOwner(ownerId)) listed.push([key, { sure: entry }])
      expect(new Map(listed)).toEqual(new Map([...known].filter(([, { sure }]) => sure !== null && !sure.grave)))
    },
  }
}
