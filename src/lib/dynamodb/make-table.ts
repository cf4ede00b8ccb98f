/**
 * Makes the table of the store: two keys, paid by use, and the server's own expiry switched on.
 *
 * In: a client and a name. Out: a table that takes requests, whoever of several processes made it; or the server's own
 * error. Must not know what the table is for.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import type { DynamodbClient } from './client.ts'
import { nameOf } from './explain.ts'

/** A new table is ready after some seconds: so often it is asked, with so many milliseconds between. */
const LOOKS = 600
const PAUSE = 100

/** The attribute by which the server removes what has ended. */
const TTL = 'ttl'

/** Resolves when the table is there. */
export async function makeTable(client: DynamodbClient, name: string): Promise<void> {
  const create = client.createTable({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((key) => ({ AttributeName: key, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  })
  // Another process may be making it at this moment.
  await exceptFor(['ResourceInUseException'], create)
  for (let looks = 1; !(await isReady(client, name)); looks++) {
    if (looks >= LOOKS) throw new Error('The table is still not ready')
    await setTimeout(PAUSE)
  }
  const expire = client.updateTimeToLive({
    TableName: name,
    TimeToLiveSpecification: { Enabled: true, AttributeName: TTL },
  })
  // An imitation of the server may have no expiry at all. What is switched on already, the server calls invalid.
  await exceptFor(['UnknownOperationException', 'ValidationException'], expire)
}

async function isReady(client: DynamodbClient, name: string): Promise<boolean> {
  const missing = { Table: undefined }
  const { Table } =
    (await exceptFor(['ResourceNotFoundException'], client.describeTable({ TableName: name }))) ?? missing
  return Table?.TableStatus === 'ACTIVE'
}

async function exceptFor<Answer>(names: readonly string[], call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call
  } catch (error) {
    if (names.includes(nameOf(error))) return undefined
    throw error
  }
}
