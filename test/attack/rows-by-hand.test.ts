/**
 * Rows that somebody wrote by hand, or a later version of this library did: no request fails over one, nobody is somebody
 * else by one, and whoever has the cookie can log in again.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, describe, test } from 'vitest'
import { rowKey } from '../../src/lib/dynamodb/item.ts'
import { dynamodbStore } from '../../src/store/dynamodb.ts'
import { mysqlStore } from '../../src/store/mysql.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { redisStore } from '../../src/store/redis.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/store/sqlite.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import { bodyOf, loggedIn, post, read } from '../support/answers.ts'
import type { StoreName } from '../support/backends.ts'
import { temporaryFolder } from '../support/folders.ts'
import { tellIn } from '../support/laws.ts'
import { startDynamodb } from '../support/servers/dynamodb.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { redisIsHere, startRedis } from '../support/servers/redis.ts'
import { ioredis } from '../support/servers/redis-clients.ts'

interface Hand {
  readonly store: Store & OwnerIndex
  /** Writes over the row of a key, whatever the store makes of it. */
  write(key: string, row: string): Promise<unknown>
  readonly rows: readonly string[]
}

const RECORDS = ['', 'null', '{"v":2,"c":0,"d":{}}', '{"v":1,"c":0,"d":[],"o":"bob"}', `${'['.repeat(50_000)}`]
/** What a SQL server lets somebody put into the columns. */
const SETS = [
  ...RECORDS.map((value) => `value = '${value}'`),
  'version = 0',
  'version = -5',
  'version = 9223372036854775807',
  'expires_at = 9223372036854775807',
  'expires_at = -1',
  "owner = '?bob'",
  "owner = ''",
  'owner = NULL',
  'grave = TRUE',
]

function sqlite(): Hand {
  const database = new DatabaseSync(join(temporaryFolder(), 'store.db'))
  afterAll(() => database.close())
  return {
    store: sqliteStore(database as unknown as SqliteDatabase),
    // The columns are of no fixed type.
    rows: [
      ...RECORDS.map((value) => `value = '${value}'`),
      ...["value = x'ff00'", 'value = 7', "version = 'one'", "expires_at = 'soon'", "owner_id = x'00ff'"],
      'version = 0.5',
    ],
    write: async (key, row) => database.exec(`UPDATE sojourn_entries SET ${row} WHERE key = '${key}'`),
  }
}

async function redis(): Promise<Hand | null> {
  if (!redisIsHere()) return null
  const server = await startRedis()
  afterAll(() => server.stop())
  const { client, close } = await ioredis(server.port)
  afterAll(close)
  const head = (version: string, end: string) => `1l${version}${end}${'-'.repeat(24)}${'0'.repeat(17)}`
  const end = '09999999999999999'.slice(0, 17)
  return {
    store: redisStore(client),
    rows: [
      ...['', 'text', '2l a later version', '1l', '1g', '\0'.repeat(200)],
      `${head('0000000000000000x', end)}\n{}`,
      `${head('00000000000000001', 'never'.padEnd(17))}\n{}`,
      `${head('00000000000000001', end)}@%zz\n{}`,
      `${head('00000000000000001', end)}@bob\n{"v":2}`,
      ...RECORDS.map((value) => `${head('00000000000000001', end)}\n${value}`),
    ],
    write: (key, row) => client.set(`sojourn:s:${key}`, row),
  }
}

async function postgres(): Promise<Hand | null> {
  const server = await startPostgres(['fsync=off'])
  const pool = server?.pool()
  if (pool === undefined) return null
  const store = postgresStore(pool, { create: true })
  return {
    store,
    rows: SETS,
    write: (key, row) => pool.query(`UPDATE sojourn_sessions SET ${row} WHERE key = '${key}'`),
  }
}

async function mysql(): Promise<Hand | null> {
  const server = await startMariadb(['innodb-flush-log-at-trx-commit=0'])
  const pool = server?.pool()
  if (pool === undefined) return null
  const store = mysqlStore(pool, { create: true })
  return {
    store,
    rows: SETS,
    write: (key, row) => pool.query(`UPDATE sojourn_sessions SET ${row} WHERE \`key\` = '${key}'`),
  }
}

async function dynamodb(): Promise<Hand> {
  const client = (await startDynamodb()).connect()
  const items: Record<string, AttributeValue>[] = [
    {},
    { value: { S: '{}' } },
    { value: { N: '7' }, version: { S: 'one' }, expiresAt: { S: 'soon' } },
    { value: { S: '{"v":2}' }, version: { N: '1' }, expiresAt: { N: '9007199254740990' }, owner: { S: 'bob' } },
    { value: { S: '{}' }, version: { N: '0.5' }, expiresAt: { N: '1e90' }, owner: { L: [] }, grave: { S: 'yes' } },
  ]
  return {
    store: dynamodbStore(client, { create: true }),
    rows: items.map((item) => JSON.stringify(item)),
    write: (key, row) =>
      client.putItem({ TableName: 'sojourn_sessions', Item: { ...rowKey(key), ...JSON.parse(row) } }),
  }
}

const HANDS: readonly (readonly [StoreName, Hand | null])[] = [
  ['sqlite', sqlite()],
  ['redis', await redis()],
  ['postgres', await postgres()],
  ['mysql', await mysql()],
  ['dynamodb', await dynamodb()],
]

describe.each(HANDS)('%s', (backend, hand) => {
  if (hand === null) return test('rows by hand', ({ skip }) => skip('its server is not installed here'))
  const { store, write, rows } = hand
  const open = () => ({ connect: async () => store, bytesKept: async () => '', close: async () => {} })

  test.each(rows.map((row) => [row.slice(0, 60), row]))('%j', async (_, row) => {
    await tellIn({ adapter: 'node', backend, open }, async (world) => {
      const browser = await loggedIn(world)
      const { publicId } = (await read(browser, '/facts')) as { publicId: string }
      await write(publicId, row)
      const user = await read(browser, '/me')
      assert.ok(user === null || user === 'ada', `the row made somebody ${user}`)
      for (const path of ['/read', '/keys', '/take']) assert.equal((await browser.get(path)).status, 200, path)
      const wrote = await browser.copy().post('/set?key=theme')
      assert.ok([200, 409].includes(wrote.status), `a write was answered with ${wrote.status}`)
      assert.ok(Array.isArray(await world.sessions.list('ada')))
      assert.equal(await bodyOf(await browser.copy().post('/me')), await read(browser, '/me'))
      await post(browser, '/login')
      assert.equal(await read(browser, '/me'), 'ada')
      await world.sessions.revokeAll('ada')
      assert.equal(await read(browser, '/me'), null)
    })
  })
})
