import callbacks from 'mysql2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MysqlClient, mysqlSchema, mysqlStore } from '../../src/store/mysql.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { type MariadbServer, startMariadb } from '../support/servers/mariadb.ts'
import { freePort } from '../support/servers/server-process.ts'
import { entry, keysOf, NOW, rejectionOf, type SqlStore, sqlStories } from '../support/sql-stories.ts'

// Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
const server = await startMariadb(['max-connections=300', 'innodb-flush-log-at-trx-commit=0'])
if (server === null) test('a MariaDB to test with', ({ skip }) => skip('MariaDB is not installed here'))
else await stories(server)

async function stories({ connection, pool, client }: MariadbServer): Promise<void> {
  const admin = pool()
  const query = async (sql: string) => (await admin.query(sql))[0]
  const create = true
  const isolation = async (level: string) => {
    const one = await client()
    await one.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
    return one
  }

  const forms = { rowsAsArray: true, supportBigNumbers: true, bigNumberStrings: true }
  const rowsOfAnotherForm = callbacks.createPool({ ...connection, ...forms })
  afterAll(() => rowsOfAnotherForm.end())

  const stores = [
    ['over a pool', mysqlStore(pool(), { create })],
    ['over a connection', mysqlStore(await client(), { create })],
    [
      'over latin1 and without FOUND_ROWS',
      mysqlStore(pool({ charset: 'latin1_swedish_ci', flags: ['-FOUND_ROWS'] }), { create }),
    ],
    ['where transactions are serializable', mysqlStore(await isolation('SERIALIZABLE'), { create })],
    ['where reads are committed', mysqlStore(await isolation('READ COMMITTED'), { create })],
    [
      'over a pool with callbacks, with rows of another form, in a table with quotes',
      mysqlStore(rowsOfAnotherForm.promise(), { create, table: 'sojourn.Sess`ions of "us' }),
    ],
  ] as const
  describe.each(stores)('%s', (_, store) => {
    test.each(storeContract)('$name', ({ run }) => run(store))
  })

  sqlStories({
    kind: 'mysql',
    connection,
    query,
    quote: (name) => `\`${name.replaceAll('`', '``')}\``,
    schemaOf: mysqlSchema,
    async indexedColumns(table) {
      const indexes = (await query(`SHOW INDEX FROM ${table} WHERE Seq_in_index = 1`)) as { Column_name: string }[]
      return indexes.map(({ Column_name: name }) => name).sort()
    },
    open: (options) => mysqlStore(pool(), options),
    openBefore: (pattern, act, table) => mysqlStore(before(admin, pattern, act), { table }),
    async openAs(role, table) {
      if (role === 'read-only') {
        const reader = await client()
        await reader.query('SET SESSION TRANSACTION READ ONLY')
        return mysqlStore(reader, { table })
      }
      await query("CREATE OR REPLACE USER reader@'%'")
      await query(`GRANT SELECT ON ${connection.database}.${table} TO reader@'%'`)
      return mysqlStore(pool({ user: 'reader' }), { table, create })
    },
    async openBroken(how) {
      const broken =
        how === 'client ended' ? await client() : pool(how === 'nobody there' ? { port: await freePort() } : {})
      if (how !== 'nobody there') await broken.end()
      return mysqlStore(broken)
    },
  })

  test('owners that differ in case, accents or blanks at the end are different owners', async () => {
    const store = mysqlStore(admin, { table: 'folding', create })
    const owners = ['ada', 'Ada', 'ada ', 'ada  ', 'adá', 'ada\t', 'ad\u00adа']
    for (const ownerId of owners) await store.create(`of ${ownerId}`, entry({ ownerId }), NOW)
    for (const ownerId of owners) expect(await keysOf(store.listByOwner(ownerId))).toEqual([`of ${ownerId}`])
    for (const ownerId of owners) expect(await store.find(`of ${ownerId}`)).toEqual(entry({ ownerId }))
  })

  test('texts are readable in the table, whatever character set the connection has', async () => {
    const store = mysqlStore(pool({ charset: 'latin1_swedish_ci' }), { table: 'readable', create })
    await store.create('key', entry({ value: 'né 🦊', ownerId: 'é 🦊' }), NOW)
    await store.bury('grave', 'né 🦊', NOW + 1, NOW)
    expect(await query('SELECT value, owner_text FROM readable ORDER BY `key`')).toEqual([
      { value: 'né 🦊', owner_text: null },
      { value: 'né 🦊', owner_text: 'é 🦊' },
    ])
  })

  test.each(['SET autocommit = 0', 'START TRANSACTION'])('after %s every change is refused', async (sql) => {
    const busy = await client()
    await busy.query(sql)
    const store = mysqlStore(busy, { table: 'readable' })
    for (const call of [
      store.create('other', entry(), NOW),
      store.extend('key', NOW, NOW),
      store.raiseEpoch('ada', 1),
    ]) {
      expect((await rejectionOf(call)).message).toMatch(
        /in the middle of a transaction.+Give the store a pool or a client of its own, with autocommit on$/,
      )
    }
    await busy.query('ROLLBACK')
    expect(await mysqlStore(admin, { table: 'readable' }).find('other')).toBeNull()
  })

  describe('an entry larger than max_allowed_packet is refused as such, and the one before stays', () => {
    const MEBI = 1024 * 1024
    const large = (size: number) => entry({ value: 'x'.repeat(size), version: 2 })
    const found =
      'Cannot replace an entry in MySQL: the entry is larger than max_allowed_packet. Store less, or raise that'

    beforeAll(async () => {
      await mysqlStore(admin, { table: 'packets', create }).create('key', entry(), NOW)
    })

    async function isRefused(store: SqlStore, size: number): Promise<void> {
      const { code, message, details } = await rejectionOf(store.replace('key', large(size), 1, NOW))
      expect({ code, message, details }).toEqual({
        code: 'STORE_VALUE_TOO_LARGE',
        message: found,
        details: { serverCode: 1153 },
      })
    }

    async function whileItIs(size: number, tell: () => Promise<void>): Promise<void> {
      const rows = (await query('SELECT @@GLOBAL.max_allowed_packet AS most')) as [{ most: number }]
      await query(`SET GLOBAL max_allowed_packet = ${size}`)
      try {
        await tell()
      } finally {
        await query(`SET GLOBAL max_allowed_packet = ${rows[0].most}`)
      }
    }

    test('before it is sent, on a connection that lives on', async () => {
      const one = await client()
      const store = mysqlStore(one, { table: 'packets' })
      for (const size of [16 * MEBI, 17 * MEBI, 40 * MEBI]) await isRefused(store, size)
      expect((await store.find('key'))?.version).toBe(1)
    })

    // The server hangs up while it is sent: what the client sees first is a matter of luck.
    test('where the server takes less than it did', async () => {
      let connected: MysqlClient = admin
      const store = mysqlStore({ execute: (...call) => connected.execute(...call) }, { table: 'packets' })
      await store.bury('large', 'x'.repeat(MEBI), NOW + 1, NOW)
      await whileItIs(2 * MEBI, async () => {
        connected = pool()
        for (let time = 0; time < 20; time++) await isRefused(store, 15 * MEBI)
      })
      expect((await mysqlStore(admin, { table: 'packets' }).find('key'))?.version).toBe(1)
    })

    test('where it takes less than is ever asked for', async () => {
      await whileItIs(16 * 1024, async () => {
        const store = mysqlStore(pool(), { table: 'packets' })
        for (let time = 0; time < 20; time++) await isRefused(store, 60 * 1024)
      })
      expect((await mysqlStore(admin, { table: 'packets' }).find('key'))?.version).toBe(1)
    })

    test('and one that just fits is kept, after one question in the life of a store', async () => {
      const asked: string[] = []
      const store = mysqlStore(
        before(admin, /@@/, (sql) => asked.push(sql)),
        { table: 'packets' },
      )
      expect(await store.create('small', large(60 * 1024), NOW)).toBe(true)
      expect(asked).toHaveLength(0)
      for (const n of [1, 2]) expect(await store.create(`large ${n}`, large(16 * MEBI - 1024), NOW)).toBe(true)
      expect(asked).toHaveLength(1)
      expect((await store.find('large 2'))?.value).toHaveLength(16 * MEBI - 1024)
    })
  })

  test('a connection that was cut fails one call, and the pool goes on', async () => {
    const one = pool({ connectionLimit: 1 })
    const store = mysqlStore(one, { table: 'readable' })
    const [rows] = await one.query('SELECT CONNECTION_ID() AS id')
    const [{ id }] = rows as [{ id: number }]
    const holder = await client()
    await holder.query('START TRANSACTION')
    await holder.query("SELECT 1 FROM readable WHERE `key` = 'key' FOR UPDATE")
    const waiting = rejectionOf(store.extend('key', NOW + 1, NOW))
    const working = `SELECT 1 FROM information_schema.processlist WHERE id = ${id} AND command = 'Execute'`
    while (((await query(working)) as unknown[]).length === 0);
    await query(`KILL ${id}`)
    expect((await waiting).message).toMatch(
      /the connection was cut\. The change may have been made or not: read again$/,
    )
    await holder.query('ROLLBACK')
    expect((await store.find('key'))?.version).toBe(1)
  })

  test('a create over an ended row that is swept meanwhile still creates', async () => {
    const store = mysqlStore(admin, { table: 'swept', create })
    await store.create('key', entry({ expiresAt: NOW + 1 }), NOW)
    const between = mysqlStore(
      before(admin, /^UPDATE/, () => store.sweep(NOW + 120_000)),
      { table: 'swept' },
    )
    expect(await between.create('key', entry({ value: 'second' }), NOW + 120_000)).toBe(true)
    expect((await store.find('key'))?.value).toBe('second')
  })

  test.each([1213, 1205, 1020])(
    'a statement that lost seven times (%i) is run again, and gives up after the eighth',
    async (errno) => {
      const store = (failures: number) => mysqlStore(losing(admin, failures, errno), { table: 'readable' })
      expect((await store(7).find('key'))?.version).toBe(1)
      expect((await rejectionOf(store(8).find('key'))).message).toMatch(/it lost to other writes again and again/)
    },
  )

  test('each read is one statement by primary key', async () => {
    const asked: string[] = []
    const store = mysqlStore(
      before(admin, /^/, (sql) => asked.push(sql)),
      { table: 'readable' },
    )
    expect((await store.find('key'))?.version).toBe(1)
    expect(asked).toHaveLength(1)
    const [plan] = await admin.execute(`EXPLAIN ${asked[0]}`, ['key'])
    expect(plan).toMatchObject([{ type: 'const', key: 'PRIMARY' }])
  })
}

function before(inner: MysqlClient, pattern: RegExp, act: (sql: string) => unknown): MysqlClient {
  return {
    async execute(statement, values) {
      if (pattern.test(statement.sql)) await act(statement.sql)
      return inner.execute(statement, values)
    },
  }
}

function losing(inner: MysqlClient, failures: number, errno: number): MysqlClient {
  let left = failures
  return {
    async execute(statement, values) {
      if (left-- > 0) throw Object.assign(new Error('lost'), { errno })
      return inner.execute(statement, values)
    },
  }
}
