import { expect, test } from 'vitest'
import { ConfigError, type ErrorCode } from '../errors.ts'
import { type MysqlClient, mysqlSchema, mysqlStore } from './mysql.ts'

const KEY = 'the key of a session'

function failing(error: unknown): MysqlClient {
  return { execute: () => Promise.reject(error) }
}

test.each([
  ['mysql://localhost/app', 'a text, perhaps the address of a server'],
  [class Pool {}, 'a function, perhaps the class of a driver'],
  [undefined, 'a value of type undefined'],
  [Promise.resolve({}), 'a promise'],
  [{ query() {} }, 'an object without execute'],
  [{ execute() {}, promise() {} }, 'a client of mysql2 that takes callbacks'],
])('%s is no client, and the message says what was found', (client, found) => {
  const open = () => mysqlStore(client as unknown as MysqlClient)
  expect(open).toThrow(ConfigError)
  expect(open).toThrow(
    `Cannot use the client of mysqlStore: found ${found}. Pass a pool or a connection of mysql2/promise`,
  )
})

test('a bad table is refused by the store and by the schema', () => {
  expect(() => mysqlStore(failing(null), { table: 'a.b.c' })).toThrow(
    'option table of mysqlStore: found a text with 2 dots',
  )
  expect(() => mysqlSchema('a.b.c')).toThrow('option table of mysqlSchema: found a text with 2 dots')
})

test.each<[number, ErrorCode, RegExp]>([
  [1290, 'STORE_FAILED', /read-only, as a replica is/],
  [1792, 'STORE_FAILED', /read-only, as a replica is/],
  [1142, 'STORE_FAILED', /may not do that.+Grant it/],
  [1045, 'STORE_FAILED', /did not let this user in/],
  [1046, 'STORE_FAILED', /no database is chosen/],
  [1040, 'STORE_FAILED', /no connection left/],
  [1021, 'STORE_FULL', /its disk is full/],
  [1114, 'STORE_FULL', /its disk is full/],
  [1030, 'STORE_FAILED', /storage engine failed/],
  [1153, 'STORE_VALUE_TOO_LARGE', /larger than max_allowed_packet/],
  [1406, 'STORE_FAILED', /another one: columns are missing or too short/],
  [1054, 'STORE_FAILED', /another one: columns are missing or too short/],
  [1461, 'STORE_FAILED', /max_prepared_stmt_count/],
  [1927, 'STORE_FAILED', /connection was cut/],
  [9999, 'STORE_FAILED', /the server failed \(9999\)/],
])('error %i of the server is %s', async (errno, code, message) => {
  await fails({ errno, code: 'ER_SOMETHING' }, errno, code, message)
})

test.each<[string, RegExp]>([
  ['ECONNREFUSED', /cannot be reached/],
  ['ECONNRESET', /connection was cut/],
  ['PROTOCOL_CONNECTION_LOST', /connection was cut/],
  ['', /the client gave up/],
])('error %s of the client says so', async (code, message) => {
  await fails({ errno: -1, code }, code, 'STORE_FAILED', message)
})

async function fails(facts: object, serverCode: unknown, code: ErrorCode, message: RegExp): Promise<void> {
  const cause = Object.assign(new Error(`${KEY}: what the server says`), facts)
  const error = await mysqlStore(failing(cause))
    .find(KEY)
    .catch((rejection: unknown) => rejection)
  expect(error).toMatchObject({ name: 'StoreError', code, cause, details: { serverCode } })
  expect(error).toHaveProperty('message', expect.stringMatching(/^Cannot read an entry in MySQL: .+[^.]$/))
  expect(error).toHaveProperty('message', expect.stringMatching(message))
  expect(error).not.toHaveProperty('message', expect.stringContaining(KEY))
}
