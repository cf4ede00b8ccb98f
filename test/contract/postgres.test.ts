import { describe, expect, test } from 'vitest'
import { type PostgresClient, postgresSchema, postgresStore } from '../../src/store/postgres.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { type PostgresServer, startPostgres } from '../support/servers/postgres.ts'
import { freePort } from '../support/servers/server-process.ts'
import { entry, NOW, rejectionOf, sqlStories } from '../support/sql-stories.ts'

// Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
const server = await startPostgres(['max_connections=300', 'fsync=off'])
if (server === null) test('a PostgreSQL to test with', ({ skip }) => skip('PostgreSQL is not installed here'))
else await stories(server)

type Query = Parameters<PostgresClient['query']>[0]

async function stories({ connection, pool, client }: PostgresServer): Promise<void> {
  const admin = pool()
  const query = async (sql: string) => (await admin.query(sql)).rows
  const isolation = (level: string) => pool({ options: `-c default_transaction_isolation=${level}` })
  const create = true

  const stores = [
    ['over a pool', postgresStore(pool(), { create })],
    ['over a client', postgresStore(await client(), { create })],
    ['where transactions are serializable', postgresStore(isolation('serializable'), { create, table: 'strict' })],
    ['where reads are repeatable', postgresStore(isolation('repeatable\\ read'), { create })],
    [
      'unprepared, in a schema and a table with quotes',
      postgresStore(pool(), { create, prepare: false, table: 'public.Sess"ions of \'us' }),
    ],
  ] as const
  describe.each(stores)('%s', (_, store) => {
    test.each(storeContract)('$name', ({ run }) => run(store))
  })

  sqlStories({
    kind: 'postgres',
    connection,
    query,
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    schemaOf: postgresSchema,
    async indexedColumns(table) {
      const indexes = (await query(`SELECT indexdef FROM pg_indexes WHERE tablename = '${table}'`)) as {
        indexdef: string
      }[]
      return indexes.map(({ indexdef }) => /\((\w+)/.exec(indexdef)?.[1] ?? indexdef).sort()
    },
    open: (options) => postgresStore(pool(), options),
    openBefore: (pattern, act, table) => postgresStore(before(admin, pattern, act), { table }),
    async openAs(role, table) {
      if (role === 'read-only')
        return postgresStore(pool({ options: '-c default_transaction_read_only=on' }), { table })
      await query(`DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON ${table} TO reader`)
      return postgresStore(pool({ user: 'reader' }), { table, create })
    },
    async openBroken(how) {
      const broken =
        how === 'client ended' ? await client() : pool(how === 'nobody there' ? { port: await freePort() } : {})
      if (how !== 'nobody there') await broken.end()
      return postgresStore(broken)
    },
  })

  test('where the tables are, create: true needs no right to make them', async () => {
    await postgresStore(admin, { table: 'ready', create }).find('key')
    await query(`CREATE ROLE app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ready, ready_epochs TO app`)
    const store = postgresStore(pool({ user: 'app' }), { table: 'ready', create })
    expect(await store.create('key', entry({ ownerId: 'ada' }), NOW)).toBe(true)
    expect(await store.raiseEpoch('ada', NOW)).toBe(NOW)
    const elsewhere = postgresStore(pool({ user: 'app' }), { table: 'not_ready', create })
    expect((await rejectionOf(elsewhere.find('key'))).message).toMatch(/^Cannot make the tables.+let their owner run/)
  })

  test('a client gets one statement at a time', async () => {
    const inner = await client()
    let underWay = 0
    const most: number[] = []
    const strict: PostgresClient = {
      getTransactionStatus: () => inner.getTransactionStatus(),
      async query(query) {
        most.push(++underWay)
        return inner.query(query).finally(() => underWay--)
      },
    }
    const store = postgresStore(strict, { table: 'ready' })
    const calls = [store.find('key'), store.extend('nothing', NOW, NOW), store.epochOf('ada'), store.find('nothing')]
    await Promise.all(calls)
    expect(most).toEqual([1, 1, 1, 1])
  })

  test('a client in the middle of a transaction is refused, before and after an error in it', async () => {
    const busy = await client()
    const store = postgresStore(busy, { table: 'ready' })
    await busy.query('BEGIN')
    const refusal = /in the middle of a transaction.+Give the store a pool or a client of its own/
    expect((await rejectionOf(store.bury('other', '', NOW + 1, NOW))).message).toMatch(refusal)
    await busy.query('SELECT 1 / 0').catch(() => {})
    expect((await rejectionOf(store.find('other'))).message).toMatch(refusal)
    await busy.query('ROLLBACK')
    expect(await store.find('other')).toBeNull()
  })

  test('a connection that was cut fails one call, and the pool goes on', async () => {
    const one = pool({ max: 1 })
    const store = postgresStore(one, { table: 'ready' })
    const { rows } = await one.query('SELECT pg_backend_pid() AS pid')
    const blocked = pool({ max: 1 })
    await blocked.query('BEGIN; LOCK TABLE ready')
    const waiting = rejectionOf(store.find('key'))
    while ((await query('SELECT 1 FROM pg_locks WHERE NOT granted')).length === 0);
    await query(`SELECT pg_terminate_backend(${rows[0].pid})`)
    expect((await waiting).message).toMatch(
      /the connection was cut\. The change may have been made or not: read again$/,
    )
    await blocked.query('ROLLBACK')
    expect((await store.find('key'))?.ownerId).toBe('ada')
  })

  test('a row that somebody holds is left to the next sweep, which does not wait for it', async () => {
    const store = postgresStore(pool(), { table: 'swept', create })
    for (const key of ['held', 'free']) await store.create(key, entry({ expiresAt: NOW + 1 }), NOW)
    const holder = await client()
    await holder.query("BEGIN; SELECT 1 FROM swept WHERE key = 'held' FOR UPDATE")
    expect(await store.sweep(NOW + 60_002)).toBe(1)
    await holder.query('ROLLBACK')
    expect(await store.sweep(NOW + 60_002)).toBe(1)
  })

  test('a statement that lost seven times is run again, and gives up after the eighth', async () => {
    const store = (failures: number) => postgresStore(losing(admin, failures), { table: 'ready' })
    expect((await store(7).find('key'))?.ownerId).toBe('ada')
    expect((await rejectionOf(store(8).find('key'))).message).toMatch(/it lost to other writes again and again/)
  })

  test('each read is one prepared statement by primary key', async () => {
    const asked: Query[] = []
    const listening = before(admin, /^/, (sent) => asked.push(sent))
    const store = postgresStore(listening, { table: 'ready' })
    await store.find('key')
    await store.find('key')
    expect(asked).toHaveLength(2)
    expect(asked[0]?.name).toMatch(/^sojourn_[0-9a-f]{32}$/)
    expect(asked[1]?.name).toBe(asked[0]?.name)
    const other = postgresStore(listening, { table: 'Ready', create })
    await other.find('key')
    expect(asked[2]?.name).not.toBe(asked[0]?.name)
    // The table is too small for an index to be worth it, so the planner is told to look for one.
    const planner = await client()
    await planner.query('SET enable_seqscan = off')
    const { rows } = await planner.query(`EXPLAIN ${asked[0]?.text.replace('$1', "'key'")}`)
    expect(JSON.stringify(rows)).toContain('ready_pkey')
  })
}

function losing(inner: PostgresClient, failures: number): PostgresClient {
  let left = failures
  return {
    query: (query) =>
      left-- > 0 ? Promise.reject(Object.assign(new Error('deadlock'), { code: '40P01' })) : inner.query(query),
  }
}

function before(inner: PostgresClient, pattern: RegExp, act: (query: Query) => unknown): PostgresClient {
  return {
    async query(query) {
      if (pattern.test(query.text)) await act(query)
      return inner.query(query)
    },
  }
}
