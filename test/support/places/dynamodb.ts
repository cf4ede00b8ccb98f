/**
 * Places on a dynalite of the test file's own: a table for each world.
 *
 * @module
 */
import type { AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb'
import { rowKey } from '../../../src/lib/dynamodb/item.ts'
import { dynamodbStore } from '../../../src/store/dynamodb.ts'
import { startDynamodb } from '../servers/dynamodb.ts'
import { lasting, type OpenPlace, removeEnded, worldName } from './place.ts'

export async function dynamodbPlaces(): Promise<OpenPlace> {
  const server = await startDynamodb()
  const client = lasting(async (): Promise<DynamoDB> => server.connect())

  return () => {
    const table = worldName()
    let processes = 0
    return {
      connect: async () => dynamodbStore(await client(processes++), { table, create: true }),
      async bytesKept() {
        const { Items: items } = await (await client(0)).scan({ TableName: table })
        return JSON.stringify(items)
      },
      async expire(now) {
        const one = await client(0)
        const store = dynamodbStore(one, { table, create: true })
        await removeEnded(store, now, (key) => {
          return one.deleteItem({ TableName: table, Key: rowKey(key) as Record<string, AttributeValue> })
        })
      },
      async close() {
        await (await client(0)).deleteTable({ TableName: table }).catch(ignoreMissing)
      },
    }
  }
}

/** A story that stored nothing made no table. */
function ignoreMissing(error: unknown): void {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error
}
