import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { type DynamodbClient, dynamodbStore } from '../../src/store/dynamodb.ts'
import type { Entry, OwnerIndex } from '../../src/store/store.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { startDynamodb } from '../support/servers/dynamodb.ts'

const NOW = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ENDS = NOW + 30 * MINUTE

const server = await startDynamodb(20)
const client = server.connect()
const create = true

describe('dynamodb', () => {
  const store = dynamodbStore(client, { create })
  test.each(storeContract)('$name', ({ run }) => run(store))
})

describe('dynamodb that says what refused a write, as the one of Amazon does', () => {
  const store = dynamodbStore(telling(client), { create })
  test.each(storeContract.filter(({ needs }) => needs === undefined))('$name', ({ run }) => run(store))
})

describe('what a call costs', () => {
  const sent: Sent[] = []
  const store = dynamodbStore(
    through(telling(client), (command, send) => {
      sent.push(command)
      return send()
    }),
    { create },
  )
  const costOf = async (call: Promise<unknown>) => {
    await call
    return sent.splice(0).map(({ name }) => name)
  }

  test('one command for an entry without an owner', async () => {
    await store.find('key')
    sent.length = 0
    expect(await costOf(store.create('visitor', live(), NOW))).toEqual(['putItem'])
    expect(await costOf(store.create('visitor', live(), NOW))).toEqual(['putItem'])
    expect(await costOf(store.find('visitor'))).toEqual(['getItem'])
    expect(await costOf(store.replace('visitor', live({ version: 2 }), 1, NOW))).toEqual(['putItem'])
    expect(await costOf(store.replace('visitor', live({ version: 2 }), 1, NOW))).toEqual(['putItem'])
    expect(await costOf(store.extend('visitor', ENDS + 1, NOW))).toEqual(['updateItem'])
    expect(await costOf(store.bury('visitor', '', ENDS, NOW))).toEqual(['updateItem'])
  })

  test('one more where an owner begins, changes or ends, and none between', async () => {
    expect(await costOf(store.create('owned', live({ ownerId: 'eve' }), NOW))).toEqual(['putItem', 'putItem'])
    expect(await costOf(store.replace('owned', live({ version: 2, ownerId: 'eve' }), 1, NOW))).toEqual(['updateItem'])
    expect(await costOf(store.extend('owned', ENDS + 1, NOW))).toEqual(['updateItem'])
    const moved = live({ version: 3, ownerId: 'mallory' })
    expect(await costOf(store.replace('owned', moved, 2, NOW))).toEqual([
      'updateItem',
      'putItem',
      'putItem',
      'deleteItem',
    ])
    expect(await costOf(store.replace('owned', live({ version: 4, grave: true }), 3, NOW))).toEqual([
      'putItem',
      'deleteItem',
    ])
    expect(await costOf(store.raiseEpoch('eve', NOW))).toEqual(['updateItem'])
  })

  test('every read is strongly consistent', async () => {
    await store.create('read', live({ ownerId: 'ada' }), NOW)
    await keysOf(store.listByOwner('ada'))
    await keysOf(store.entries())
    await store.epochOf('ada')
    const reads = sent.splice(0).filter(({ name }) => /get|query|scan/i.test(name))
    expect(new Set(reads.map(({ name }) => name))).toEqual(new Set(['getItem', 'batchGetItem', 'query', 'scan']))
    for (const { command } of reads) expect(JSON.stringify(command)).toContain('"ConsistentRead":true')
  })
})

describe('the index of an owner', () => {
  test('where it cannot be written, no row is', async () => {
    const store = newStore('unwritten', (command, send) => (isIndexItem(command) ? outage() : send()))
    await expect(store.create('key', live({ ownerId: 'ada' }), NOW)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(await store.find('key')).toBeNull()
    await store.create('key', live(), NOW)
    await expect(store.replace('key', live({ version: 2, ownerId: 'ada' }), 1, NOW)).rejects.toBeInstanceOf(StoreError)
    expect(await store.find('key')).toEqual(live())
  })

  test('a listing between index and row takes nothing away from the row that is on its way', async () => {
    const others = newStore('between')
    const listed: string[][] = []
    const store = newStore('between', async ({ command }, send) => {
      if (isRow(command)) listed.push(await keysOf(others.listByOwner('ada')))
      return send()
    })
    expect(await store.create('key', live({ ownerId: 'ada' }), NOW)).toBe(true)
    expect(await store.replace('key', live({ version: 2, ownerId: 'bob' }), 1, NOW)).toBe('done')
    expect(listed).toEqual([[], ['key'], ['key']])
    expect(await keysOf(others.listByOwner('ada'))).toEqual([])
    expect(await keysOf(others.listByOwner('bob'))).toEqual(['key'])
  })

  test('always outlasts its row by the expiry of the server, however often and far that is extended', async () => {
    const store = newStore('outlasting')
    let now = NOW
    await store.create('key', live({ ownerId: 'ada' }), now)
    for (const [n, step] of [1, 20, 60 * 47, 60 * 47, 60 * 24 * 30, 5, 60, 60 * 24 * 40].entries()) {
      now = (await store.find('key'))?.expiresAt ?? 0
      if (n % 2 === 0) expect(await store.extend('key', now + step * MINUTE, now - 1)).toBe(true)
      else {
        const next = live({ version: 1, ownerId: 'ada', expiresAt: now + step * MINUTE })
        expect(await store.replace('key', next, 1, now - 1)).toBe('done')
      }
      const { row, index } = await itemsOf('outlasting')
      expect(index).toHaveLength(1)
      expect(index[0]?.sk).toBe(`key/key/${row[0]?.index}`)
      expect(Number(index[0]?.ttl)).toBeGreaterThanOrEqual(Number(row[0]?.ttl))
    }
  })

  test('an entry whose index item is renewed while a listing runs is still listed once', async () => {
    const store = newStore('renewed')
    const keys = [...Array(150).keys()].map((n) => `key ${n}`)
    await Promise.all(keys.map((key) => store.create(key, live({ ownerId: 'ada' }), NOW)))
    const met: string[] = []
    for await (const { key } of store.listByOwner('ada')) {
      if (met.length === 0) await Promise.all(keys.map((one) => store.extend(one, ENDS + 9 * DAY, NOW)))
      met.push(key)
    }
    expect(met.toSorted()).toEqual(keys.toSorted())
  })

  test('keeps nothing of what is refused, buried, replaced or taken over', async () => {
    const store = newStore('tidy')
    const owned = live({ ownerId: 'ada' })
    for (const key of ['buried', 'replaced', 'ended', 'held']) await store.create(key, owned, NOW)
    await store.bury('buried', '', ENDS, NOW)
    await store.replace('replaced', live({ version: 2 }), 1, NOW)
    await store.create('ended', live(), ENDS)
    expect(await store.create('held', owned, NOW)).toBe(false)
    expect(await store.replace('held', live({ version: 9, ownerId: 'bob' }), 8, NOW)).toBe('stale')
    const { index } = await itemsOf('tidy')
    expect(index.map(({ entry }) => entry)).toEqual(['held'])
  })

  test('that could not be tidied does not fail the change that was made', async () => {
    const store = newStore('untidy', ({ name }, send) => (name === 'deleteItem' ? outage() : send()))
    await store.create('key', live({ ownerId: 'ada' }), NOW)
    await store.bury('key', 'successor', ENDS, NOW)
    expect((await store.find('key'))?.grave).toBe(true)
    expect(await keysOf(store.listByOwner('ada'))).toEqual([])
  })

  test('is read to its end where the server gives only some rows at a time', async () => {
    const store = newStore('by sevens', (sent, send) => (sent.name === 'batchGetItem' ? bySevens(sent) : send()))
    const keys = [...Array(30).keys()].map((n) => `key ${n}`)
    for (const key of keys) await store.create(key, live({ ownerId: 'ada' }), NOW)
    expect((await keysOf(store.listByOwner('ada'))).toSorted()).toEqual(keys.toSorted())
  })
})

describe('a client whose first answer is lost sends the same write again', () => {
  const twice: Hook = async ({ name }, send) => {
    if (/put|update/.test(name)) await send().catch(() => {})
    return send()
  }

  test('and every call still knows its own', async () => {
    const store = newStore('twice', twice)
    expect(await store.create('key', live({ ownerId: 'ada' }), NOW)).toBe(true)
    expect(await store.replace('key', live({ version: 2, ownerId: 'ada' }), 1, NOW)).toBe('done')
    expect(await store.replace('key', live({ version: 3, ownerId: 'bob' }), 2, NOW)).toBe('done')
    expect(await store.extend('key', ENDS + 9 * DAY, NOW)).toBe(true)
    expect(await keysOf(store.listByOwner('bob'))).toEqual(['key'])
    await store.bury('key', 'successor', ENDS, NOW)
    expect(await store.find('key')).toMatchObject({ value: 'successor', version: 3, grave: true })
    expect(await store.raiseEpoch('ada', NOW)).toBeGreaterThanOrEqual(NOW)
  })

  test('and where another one wrote over it meanwhile, that one is still listed', async () => {
    const others = newStore('overtaken')
    const store = newStore('overtaken', async ({ command }, send) => {
      if (!isRow(command)) return send()
      await send()
      await others.replace('key', live({ value: 'of another', version: 2, ownerId: 'ada' }), 1, NOW)
      return send()
    })
    expect(await store.create('key', live({ ownerId: 'ada' }), NOW)).toBe(false)
    expect((await store.find('key'))?.value).toBe('of another')
    expect(await keysOf(store.listByOwner('ada'))).toEqual(['key'])
  })
})

test('what has ended is left to the server a minute late, rounded up to its seconds; epochs are not', async () => {
  const store = newStore('expiry')
  await store.create('key', live({ expiresAt: NOW + 1 }), NOW)
  await store.raiseEpoch('ada', NOW)
  const { row, epoch } = await itemsOf('expiry')
  expect(row.map(({ ttl }) => ttl)).toEqual([String(NOW / 1000 + 61)])
  expect(epoch).toEqual([{ pk: 'owner/ada', sk: 'epoch', epoch: String(NOW) }])
})

describe('an entry that is too large', () => {
  const LARGEST = 400 * 1024
  const store = newStore('large')

  test('is refused before anything is written, with its size', async () => {
    const large = live({ value: 'x'.repeat(LARGEST), ownerId: 'ada' })
    const refusal = { code: 'STORE_VALUE_TOO_LARGE', details: { maxBytes: LARGEST } }
    await expect(store.create('large', large, NOW)).rejects.toMatchObject(refusal)
    await store.create('small', live({ ownerId: 'ada' }), NOW)
    await expect(store.replace('small', { ...large, version: 2 }, 1, NOW)).rejects.toMatchObject(refusal)
    await expect(store.bury('small', large.value, ENDS, NOW)).rejects.toMatchObject(refusal)
    await expect(store.create('x'.repeat(LARGEST), live(), NOW)).rejects.toMatchObject(refusal)
    expect(await store.find('small')).toEqual(live({ ownerId: 'ada' }))
    const { index } = await itemsOf('large')
    expect(index.map(({ entry }) => entry)).toEqual(['small'])
  })

  test('and the largest that is not refused is one the server takes', async () => {
    const largest = async (facts: Partial<Entry>) => {
      const probe = store.create('probe', live({ ...facts, value: 'é'.repeat(LARGEST) }), NOW)
      const { details } = (await probe.catch((error: unknown) => error)) as StoreError
      const rest = LARGEST - (Number(details.bytes) - 2 * LARGEST)
      return live({ ...facts, value: 'é'.repeat(Math.floor(rest / 2)) })
    }
    const facts = { version: Number.MAX_SAFE_INTEGER, expiresAt: Number.MAX_SAFE_INTEGER, ownerId: 'ada\n' }
    const entry = await largest(facts)
    expect(await store.create('probe', entry, NOW)).toBe(true)
    expect(await store.find('probe')).toEqual(entry)
    const larger = live({ ...facts, value: `${entry.value}é` })
    await expect(store.create('probe', larger, NOW)).rejects.toMatchObject({ code: 'STORE_VALUE_TOO_LARGE' })
  })
})

describe('the table', () => {
  test('is made once by however many first miss it, paid by use, with its time to live switched on', async () => {
    const made: Sent[] = []
    const watched = through(client, async (sent, send) => {
      const answer = await send()
      if (/createTable|TimeToLive/.test(sent.name)) made.push(sent)
      return answer
    })
    const stores = [1, 2].map(() => dynamodbStore(watched, { table: 'made.once', create }))
    const calls = stores.flatMap((store) => [1, 2, 3].map((n) => store.create(`${n}`, live(), NOW)))
    expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(3)
    expect(made.map(({ name }) => name)).toEqual(['createTable'])
    const { Table } = await client.describeTable({ TableName: 'made.once' })
    expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST')
    expect(Table?.KeySchema?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType])).toEqual([
      ['pk', 'HASH'],
      ['sk', 'RANGE'],
    ])
  })

  test('gets its time to live by the attribute ttl, and a refusal of that is told', async () => {
    const asked: unknown[] = []
    const able = newStore('able', ({ name, command }, send) => {
      if (name !== 'updateTimeToLive') return send()
      asked.push(command)
      return Promise.resolve({})
    })
    await able.find('key')
    expect(asked).toEqual([{ TableName: 'able', TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }])
    const denied = newStore('denied', ({ name }, send) =>
      name === 'updateTimeToLive' ? Promise.reject(failure('AccessDeniedException')) : send(),
    )
    await expect(denied.find('key')).rejects.toThrow(/^Cannot make the table in DynamoDB: .+UpdateTimeToLive$/)
  })

  test('is not made where nobody asked for it, and the message says how it must look', async () => {
    const store = dynamodbStore(client, { table: 'nowhere' })
    const attempt = store.create('key', live({ ownerId: 'ada' }), NOW)
    await expect(attempt).rejects.toBeInstanceOf(StoreError)
    await expect(attempt).rejects.toMatchObject({
      code: 'STORE_FAILED',
      details: { serverCode: 'ResourceNotFoundException' },
      message: expect.stringMatching(/"nowhere" is not there.+create: true.+pk and the sort key sk.+ttl/),
    })
  })

  test.each([['entries'], ['listByOwner']] as const)('%s, too, rejects where it is missing', async (method) => {
    const store = dynamodbStore(client, { table: 'nowhere' })
    await expect(keysOf(store[method]('ada'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  test('with other keys is not taken for one of this store', async () => {
    await client.createTable({
      TableName: 'other.keys',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    })
    const table = dynamodbStore(client, { table: 'other.keys' })
    const made = async () => (await client.describeTable({ TableName: 'other.keys' })).Table?.TableStatus === 'ACTIVE'
    while (!(await made()));
    await expect(table.find('key')).rejects.toThrow(/See that the table has the partition key pk and the sort key sk/)
  })
})

describe('a failure', () => {
  test.each([
    ['ProvisionedThroughputExceededException', /takes no more for now.+Raise the capacity/],
    ['ThrottlingException', /takes no more for now/],
    ['AccessDeniedException', /may not do that with the table\. Allow them GetItem/],
    ['UnrecognizedClientException', /did not let this client in\. See that its credentials/],
    ['InternalServerError', /trouble of its own\. Try again later/],
    ['SomethingNewException', /failed \(SomethingNewException\)\. Its own error is the cause/],
  ])('of the kind %s says what was found and what to do, and keeps its cause', async (name, message) => {
    const cause = failure(name)
    const store = newStore('failing', () => Promise.reject(cause))
    const attempt = store.create('key of ada', live({ value: 'secret', ownerId: 'ada' }), NOW)
    await expect(attempt).rejects.toMatchObject({ code: 'STORE_FAILED', cause, details: { serverCode: name } })
    await expect(attempt).rejects.toThrow(message)
    await expect(attempt).rejects.not.toThrow(/ada|secret/)
  })

  test('of the network is told from one of the client', async () => {
    const nobody = dynamodbStore(server.connect({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 }))
    await expect(nobody.find('key')).rejects.toThrow(/cannot be reached.+host and port/)
    const nowhere = dynamodbStore(
      server.connect({ region: () => Promise.reject<string>(new Error('Region is missing')) }),
    )
    await expect(nowhere.find('key')).rejects.toThrow(/the client failed before it asked\. See that it has a region/)
  })

  test.each(['TransactionConflictException', 'ReplicatedWriteConflictException'])('%s is tried again', async (name) => {
    let failures = 0
    const store = newStore('conflict', ({ name: sent }, send) =>
      sent === 'updateItem' && ++failures <= 3 ? Promise.reject(failure(name)) : send(),
    )
    await store.find('key')
    expect(await store.raiseEpoch(name, NOW)).toBe(NOW)
    expect(failures).toBe(4)
  })
})

test.each([
  ['the bare client', new DynamoDBClient({ region: 'us-east-1' }), /found a client with send but without getItem/],
  ['a client of the SDK before', { getItem() {}, makeRequest() {} }, /found a client of the AWS SDK version 2/],
  ['its class', DynamoDBClient, /found a function, perhaps the class of a driver/],
  ['nothing', undefined, /found a value of type undefined/],
])('%s is refused at once, and the message names the right one', (_, wrong, message) => {
  const open = () => dynamodbStore(wrong as unknown as DynamodbClient)
  expect(open).toThrow(ConfigError)
  expect(open).toThrow(message)
  expect(open).toThrow(/new DynamoDB\(/)
})

test.each([[''], ['ab'], ['a table'], ['é'.repeat(3)], ['x'.repeat(256)], [7]])('the table %j is refused', (table) => {
  const open = () => dynamodbStore(client, { table: table as string })
  expect(open).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'table' } }))
})

type Command = Readonly<Record<string, unknown>>
interface Sent {
  readonly name: string
  readonly command: Command
}
type Hook = (sent: Sent, send: () => Promise<unknown>) => Promise<unknown>

function live(facts: Partial<Entry> = {}): Entry {
  return { value: 'value', version: 1, expiresAt: ENDS, ...facts }
}

/** The same client, with every command going through `hook`. */
function through(inner: DynamodbClient, hook: Hook): DynamodbClient {
  return new Proxy(inner, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (command: Command) => hook({ name: String(name), command }, () => Reflect.apply(method, target, [command]))
    },
  })
}

function newStore(table: string, hook?: Hook) {
  const name = table.replaceAll(' ', '_')
  return dynamodbStore(hook === undefined ? client : through(client, hook), { table: name, create })
}

/** What dynalite leaves out. */
function telling(inner: DynamodbClient): DynamodbClient {
  return through(inner, ({ command }, send) =>
    send().catch(async (error: Error) => {
      if (error.name !== 'ConditionalCheckFailedException') throw error
      if (command.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') throw error
      const { pk, sk } = (command.Key ?? command.Item) as { pk: { S: string }; sk: { S: string } }
      const { Item } = await client.getItem({
        TableName: String(command.TableName),
        Key: { pk, sk },
        ConsistentRead: true,
      })
      throw Object.assign(error, { Item })
    }),
  )
}

async function bySevens({ command }: Sent): Promise<unknown> {
  const requests = command.RequestItems as Record<string, { Keys: never[] }>
  const [[table, { Keys }]] = Object.entries(requests) as [[string, { Keys: never[] }]]
  const { Responses } = await client.batchGetItem({ RequestItems: { [table]: { Keys: Keys.slice(0, 7) } } })
  return { Responses, UnprocessedKeys: Keys.length > 7 ? { [table]: { Keys: Keys.slice(7) } } : {} }
}

function isIndexItem({ command }: Sent): boolean {
  return JSON.stringify(command.Item ?? '').includes('"sk":{"S":"key/')
}

function isRow(command: Command): boolean {
  return (
    JSON.stringify(command.Item ?? command.Key ?? '').includes('"sk":{"S":"entry"}') && 'ConditionExpression' in command
  )
}

/** All items of a table by their kind, with plain values. */
async function itemsOf(table: string) {
  const { Items = [] } = await client.scan({ TableName: table, ConsistentRead: true })
  const items = Items.map((item) => Object.entries(item).map(([name, value]) => [name, Object.values(value)[0]]))
  const plain = items.map((fields): Record<string, unknown> => Object.fromEntries(fields))
  return {
    row: plain.filter(({ sk }) => sk === 'entry'),
    epoch: plain.filter(({ sk }) => sk === 'epoch'),
    index: plain.filter(({ sk }) => String(sk).startsWith('key/')),
  }
}

async function keysOf(listing: ReturnType<OwnerIndex['listByOwner']>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listing) keys.push(key)
  return keys
}

function failure(name: string): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: 400 } })
}

function outage(): Promise<never> {
  return Promise.reject(failure('InternalServerError'))
}
