/**
 * What is special to a store in a SQL server, told once for all of them.
 *
 * In: a server, and how its store is opened. Out: tests. Must not know the server: what only one of them has is in the
 * test file of that store.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import type { StoreError } from '../../src/errors.ts'
import type { Entry, Enumerable, OwnerIndex, Store, Sweepable } from '../../src/store/store.ts'
import { type RemoteStore, startRemoteStore } from './remote-store.ts'

export type SqlStore = Store & Sweepable & OwnerIndex & Enumerable

export interface SqlBench {
  readonly kind: 'postgres' | 'mysql'
  readonly connection: object
  /** A store over a pool of its own. */
  open(options?: { table?: string; create?: boolean }): SqlStore
  /** The same as a user that may do less, or over a connection that does not write. */
  openAs(role: 'reader' | 'read-only', table: string): Promise<SqlStore>
  /** A store over a client that was closed, or over a port where nobody answers. */
  openBroken(how: 'pool ended' | 'client ended' | 'nobody there'): Promise<SqlStore>
  /** A store that waits for `act` before each statement that matches. */
  openBefore(pattern: RegExp, act: () => Promise<unknown>, table: string): SqlStore
  query(sql: string): Promise<unknown>
  /** The first column of each index, sorted. */
  indexedColumns(table: string): Promise<string[]>
  schemaOf(table: string): string
  quote(name: string): string
}

export const NOW = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const SWEEP_AT = NOW + 10 * MINUTE

export function entry(facts: Partial<Entry> = {}): Entry {
  return { value: 'value', version: 1, expiresAt: NOW + 60 * MINUTE, ...facts }
}

export async function rejectionOf(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => expect.fail('the call was answered'),
    (rejection: StoreError) => rejection,
  )
  expect(error.name).toBe('StoreError')
  return error
}

export function sqlStories(bench: SqlBench): void {
  const { open, query, quote } = bench
  let tables = 0
  const freshTable = () => `table_${++tables}`

  function remotes(count: number, table: string): Promise<RemoteStore[]> {
    return Promise.all(numbers(count).map(() => startRemoteStore(bench.kind, bench.connection, table)))
  }

  describe('tables', () => {
    test('a missing table is an error that prints the SQL to run; after it the store works', async () => {
      const table = freshTable()
      const store = open({ table })
      const { code, message, cause } = await rejectionOf(store.find('key'))
      expect(code).toBe('STORE_FAILED')
      expect(message).toMatch(/^Cannot read an entry in \w+: its tables are not there\. Pass create: true, or run:/)
      expect(message).toContain(bench.schemaOf(table))
      expect(cause).toBeInstanceOf(Error)
      for (const sql of bench.schemaOf(table).split(';\n')) await query(sql)
      expect(await store.create('key', entry(), NOW)).toBe(true)
      expect(await store.raiseEpoch('ada', NOW)).toBe(NOW)
    })

    test('stores that miss the table at the same moment make it once, and each goes on', async () => {
      for (const table of numbers(4).map(freshTable)) {
        const stores = numbers(6).map(() => open({ table, create: true }))
        const created = await Promise.all(stores.map((store) => store.create('key', entry(), NOW)))
        expect(created.filter(Boolean)).toEqual([true])
      }
    })

    test('there is one table of entries, with an index on the owner and one on the end', async () => {
      const table = freshTable()
      await open({ table, create: true }).find('key')
      expect(await bench.indexedColumns(table)).toEqual(['expires_at', 'key', 'owner'])
    })

    test('a table that is dropped under a running store is made again', async () => {
      const table = freshTable()
      const store = open({ table, create: true })
      await store.create('key', entry(), NOW)
      await query(`DROP TABLE ${quote(table)}`)
      expect(await store.find('key')).toBeNull()
      expect(await store.create('key', entry(), NOW)).toBe(true)
    })

    test('a name is taken as it is written, whatever is in it', async () => {
      const names = [
        'Quo"ted',
        'quo"ted',
        "it's",
        'a`b',
        'a; DROP TABLE x; --',
        ':value @entries',
        'select',
        'ключ 🦊'.slice(0, 4),
      ]
      for (const [n, table] of names.entries()) {
        const store = open({ table, create: true })
        expect(await store.create('key', entry({ value: table, ownerId: 'ada' }), NOW)).toBe(true)
        expect(await store.raiseEpoch('ada', NOW + n)).toBe(NOW + n)
      }
      for (const table of names) {
        const store = open({ table })
        expect((await store.find('key'))?.value).toBe(table)
        expect(await keysOf(store.listByOwner('ada'))).toEqual(['key'])
      }
    })

    test('a dot parts the schema from the table', async () => {
      await query(`CREATE SCHEMA ${quote('Sch"ema')}`)
      const store = open({ table: 'Sch"ema.Table', create: true })
      await store.create('key', entry(), NOW)
      expect(await query(`SELECT version FROM ${quote('Sch"ema')}.${quote('Table')}`)).toHaveLength(1)
    })

    test('a table of somebody else is not written to', async () => {
      const table = freshTable()
      await query(`CREATE TABLE ${quote(table)} (id INT)`)
      const { message } = await rejectionOf(open({ table, create: true }).create('key', entry(), NOW))
      expect(message).toContain('the table is another one')
    })
  })

  describe('between two statements', () => {
    test('a replace that is refused, and then meets the version it asked for, is made', async () => {
      const table = freshTable()
      const store = open({ table, create: true })
      let meetings = 0
      async function createOnce(): Promise<void> {
        if (++meetings === 1) await store.create('key', entry(), NOW)
      }
      await store.find('key')
      const between = bench.openBefore(/^SELECT version/, createOnce, table)
      expect(await between.replace('key', entry({ version: 2 }), 1, NOW)).toBe('done')
      expect(meetings).toBe(1)
      expect(await store.find('key')).toEqual(entry({ version: 2 }))
    })

    test('a listing of more unusual keys than a page holds gives each of them once', async () => {
      const store = open({ table: freshTable(), create: true })
      const keys = numbers(450).map((n) => `key ${n}`)
      await Promise.all(keys.map((key) => store.create(key, entry({ ownerId: 'ada' }), NOW)))
      expect((await keysOf(store.listByOwner('ada'))).toSorted()).toEqual(keys.toSorted())
      expect((await keysOf(store.entries())).toSorted()).toEqual(keys.toSorted())
    })
  })

  describe('processes', () => {
    test('of three processes that make and create at once, one creates; of all that swap one version, one does', async () => {
      const table = freshTable()
      const [first, ...others] = await remotes(3, table)
      const everyone = first === undefined ? [] : [first, ...others]
      for (const round of numbers(5)) {
        const key = `key ${round}`
        const created = await Promise.all(
          everyone.map((each, n) => each.all([['create', key, entry({ value: `${n}` }), NOW]])),
        )
        expect(created.flat().filter(Boolean)).toEqual([true])
        const swaps = await Promise.all(
          everyone.map((each, n) =>
            each.all(
              numbers(8).map((m) => ['replace', key, entry({ value: `${n} ${m}`, version: 2 }), 1, NOW] as const),
            ),
          ),
        )
        const winners = swaps.flatMap((answers, n) =>
          answers.flatMap((answer, m) => (answer === 'done' ? [`${n} ${m}`] : [])),
        )
        expect(winners).toHaveLength(1)
        expect(swaps.flat().filter((answer) => answer === 'stale')).toHaveLength(23)
        expect(await open({ table }).find(key)).toEqual(entry({ value: winners[0] ?? '', version: 2 }))
      }
      const raised = await Promise.all(
        everyone.map((each) => each.all(numbers(8).map(() => ['raiseEpoch', 'ada', NOW] as const))),
      )
      expect(new Set(raised.flat()).size).toBe(24)
      expect(await open({ table }).epochOf('ada')).toBe(NOW + 23)
    })

    test('two processes sweep 5,000 rows at once, each row once, and nobody who reads or writes notices', async () => {
      const table = freshTable()
      const store = open({ table, create: true })
      const kept = numbers(50).map((n) => `kept ${n}`)
      for (const key of kept) await store.create(key, entry({ ownerId: 'ada' }), NOW)
      await query(manyEnded(bench, table, 5_000))
      const [one, other] = await remotes(2, table)
      const sweeps = Promise.all([one?.all([['sweep', SWEEP_AT]]), other?.all([['sweep', SWEEP_AT]])])
      let over = false
      const removed = sweeps.finally(() => {
        over = true
      })
      let read = 0
      for (let round = 0; !over || round < 2; round++) {
        for (const key of kept) expect((await store.find(key))?.version).toBe(1 + round)
        await Promise.all(
          kept.map((key) => store.replace(key, entry({ version: 2 + round, ownerId: 'ada' }), 1 + round, NOW)),
        )
        read += kept.length
      }
      const counts = (await removed).flat().map(Number)
      expect(counts.reduce((sum, count) => sum + count)).toBe(5_000)
      expect(read).toBeGreaterThanOrEqual(100)
      expect(await keysOf(store.entries())).toHaveLength(50)
    })
  })

  describe('failures say what was found and what to do', () => {
    test('a user without the right to write can read, and is told what to grant', async () => {
      const table = freshTable()
      await open({ table, create: true }).create('key', entry({ value: 'secret value' }), NOW)
      const store = await bench.openAs('reader', table)
      expect((await store.find('key'))?.value).toBe('secret value')
      const { code, message } = await rejectionOf(store.bury('key', 'secret value', NOW + MINUTE, NOW))
      expect(code).toBe('STORE_FAILED')
      expect(message).toMatch(/^Cannot bury an entry in \w+: this user may not do that.+Grant it/)
      expect(message).not.toContain('secret value')
    })

    test('on a read-only connection reads work and writes say so', async () => {
      const table = freshTable()
      await open({ table, create: true }).create('key', entry(), NOW)
      const store = await bench.openAs('read-only', table)
      expect((await store.find('key'))?.version).toBe(1)
      const calls = {
        create: () => store.create('other', entry(), NOW),
        replace: () => store.replace('key', entry({ version: 2 }), 1, NOW),
        extend: () => store.extend('key', NOW + 90 * MINUTE, NOW),
        bury: () => store.bury('key', '', NOW + MINUTE, NOW),
        raiseEpoch: () => store.raiseEpoch('ada', NOW),
      }
      for (const call of Object.values(calls)) {
        expect((await rejectionOf(call())).message).toMatch(/read-only, as a replica is\. Connect to the primary$/)
      }
      expect(await open({ table }).find('key')).toEqual(entry())
    })

    test.each([
      ['pool ended', /the client gave up before the server answered/],
      ['client ended', /the client gave up before the server answered/],
      ['nobody there', /the server cannot be reached/],
    ] as const)('%s', async (how, found) => {
      const store = await bench.openBroken(how)
      for (const call of [store.find('key'), store.create('key', entry(), NOW), store.sweep(NOW)]) {
        const { code, message, cause } = await rejectionOf(call)
        expect(code).toBe('STORE_FAILED')
        expect(message).toMatch(found)
        expect(cause).toBeInstanceOf(Error)
      }
    })
  })
}

function manyEnded({ kind, quote }: SqlBench, table: string, count: number): string {
  const columns = `${kind === 'mysql' ? '`key`' : 'key'}, value, version, expires_at, grave`
  const series = kind === 'mysql' ? `seq_1_to_${count}` : `generate_series(1, ${count}) AS seq`
  const name = kind === 'mysql' ? "CONCAT('ended', seq)" : "'ended' || seq"
  return `INSERT INTO ${quote(table)} (${columns}) SELECT ${name}, 'value', 1, ${NOW} + seq, FALSE FROM ${series}`
}

export async function keysOf(listing: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listing) keys.push(key)
  return keys
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
