/**
 * Places on a dynalite of the test file's own.
 *
 * @module
 */
import type { AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb'
import { rowKey } from '../../../src/lib/dynamodb/item.ts'
import { dynamodbStore } from '../../../src/store/dynamodb.ts'
import { startDynamodb } from '../servers/dynamodb.ts'
import { type OpenPlace, removeEnded } from './place.ts'
import { tablePlaces } from './tables.ts'

export async function dynamodbPlaces(): Promise<OpenPlace> {
  const server = await startDynamodb()
  const store = (client: DynamoDB, table: string) => dynamodbStore(client, { table, create: true })
  return tablePlaces({
    connect: async () => server.connect(),
    store,
    rowsOf: async (client, table) => JSON.stringify((await client.scan({ TableName: table })).Items),
    // A story that stored nothing made no table.
    drop: (client, table) => client.deleteTable({ TableName: table }).catch(ignoreMissing),
    async expire(client, table, now) {
      await removeEnded(store(client, table), now, (key) => {
        return client.deleteItem({ TableName: table, Key: rowKey(key) as Record<string, AttributeValue> })
      })
    },
  })
}

function ignoreMissing(error: unknown): void {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error
}
