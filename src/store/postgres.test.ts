import { expect, test } from 'vitest'
import { ConfigError, type ErrorCode } from '../errors.ts'
import { type PostgresClient, postgresSchema, postgresStore } from './postgres.ts'

const KEY = 'the key of a session'

function failing(error: unknown): PostgresClient {
  return { query: () => Promise.reject(error) }
}

function coded(code: string): Error {
  return Object.assign(new Error(`${KEY}: what the server says`), { code })
}

test.each([
  ['postgres://localhost/app', 'a text, perhaps the address of a server'],
  [class Pool {}, 'a function, perhaps the class of a driver'],
  [undefined, 'a value of type undefined'],
  [null, 'a value of type null'],
  [Promise.resolve({}), 'a promise'],
  [{}, 'an object without query'],
  [{ query() {}, execute() {} }, 'a client with execute, perhaps of mysql2'],
  [{ query() {}, exec() {} }, 'a client with exec, perhaps of PGlite'],
])('%s is no client, and the message says what was found', (client, found) => {
  const open = () => postgresStore(client as unknown as PostgresClient)
  expect(open).toThrow(ConfigError)
  expect(open).toThrow(`Cannot use the client of postgresStore: found ${found}. Pass a Pool of pg`)
})

test('a bad table is refused by the store and by the schema', () => {
  expect(() => postgresStore(failing(null), { table: 'a.b.c' })).toThrow(
    'option table of postgresStore: found a text with 2 dots',
  )
  expect(() => postgresSchema('a.b.c')).toThrow('option table of postgresSchema: found a text with 2 dots')
})

test.each<[string, ErrorCode, RegExp]>([
  ['25006', 'STORE_FAILED', /read-only, as a replica is/],
  ['42501', 'STORE_FAILED', /may not do that.+Grant it/],
  ['53100', 'STORE_FULL', /its disk is full/],
  ['53300', 'STORE_FAILED', /no connection left/],
  ['54000', 'STORE_VALUE_TOO_LARGE', /larger than the server takes/],
  ['28P01', 'STORE_FAILED', /did not let this user in/],
  ['57P01', 'STORE_FAILED', /connection was cut/],
  ['08006', 'STORE_FAILED', /connection was cut/],
  ['57P03', 'STORE_FAILED', /starting up or shutting down/],
  ['57014', 'STORE_FAILED', /cancelled/],
  ['26000', 'STORE_FAILED', /pooler.+prepare: false/],
  ['42P05', 'STORE_FAILED', /pooler.+prepare: false/],
  ['42703', 'STORE_FAILED', /another one: columns are missing/],
  ['3F000', 'STORE_FAILED', /schema is not there/],
  ['22P05', 'STORE_FAILED', /encoding UTF8/],
  ['XX000', 'STORE_FAILED', /the server failed \(XX000\)/],
  ['EPIPE', 'STORE_FAILED', /connection was cut/],
  ['ECONNREFUSED', 'STORE_FAILED', /cannot be reached/],
  ['ENOTFOUND', 'STORE_FAILED', /cannot be reached/],
  ['', 'STORE_FAILED', /the client gave up/],
])('%s is %s', async (serverCode, code, message) => {
  const cause = coded(serverCode)
  const error = await postgresStore(failing(cause))
    .find(KEY)
    .catch((rejection: unknown) => rejection)
  expect(error).toMatchObject({ name: 'StoreError', code, cause, details: { serverCode } })
  expect(error).toHaveProperty('message', expect.stringMatching(/^Cannot read an entry in PostgreSQL: .+[^.]$/))
  expect(error).toHaveProperty('message', expect.stringMatching(message))
  expect(error).not.toHaveProperty('message', expect.stringContaining(KEY))
})

test('without prepare no statement has a name', async () => {
  const names: unknown[] = []
  const client: PostgresClient = {
    async query(query) {
      names.push('name' in query)
      return { rows: [], rowCount: 0 }
    },
  }
  await postgresStore(client, { prepare: false }).find(KEY)
  await postgresStore(client).find(KEY)
  expect(names).toEqual([false, true])
})
