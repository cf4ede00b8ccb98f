/**
 * Keeps entries in a table of Amazon DynamoDB: for any number of processes and machines of one region.
 *
 * In: an aggregated client of the AWS SDK, by its shape, and the calls of `Store`. Out: their answers; what the server
 * refuses is a `StoreError`. Must not know sessions, the time, or how the client connects.
 *
 * @module
 */
import { type DynamodbClient, requireDynamodb, requireTable } from '../lib/dynamodb/client.ts'
import { tableEntries } from '../lib/dynamodb/entries.ts'
import { ownerItems } from '../lib/dynamodb/owner-index.ts'
import { tableOf } from '../lib/dynamodb/table.ts'
import type { Enumerable, OwnerIndex, Store } from './store.ts'

export type { DynamodbClient } from '../lib/dynamodb/client.ts'

/** Where a DynamoDB store keeps its entries. */
export interface DynamodbStoreOptions {
  /** The name of the table, or its ARN. `sojourn_sessions` unless told. */
  readonly table?: string
  /**
   * Make the table when it is first missed, paid by use, with its time to live switched on; takes some seconds. Otherwise
   * make it before: partition key `pk` and sort key `sk`, both strings, and `ttl` as the attribute of its time to live.
   */
  readonly create?: boolean
}

/**
 * A store in a table, through `new DynamoDB({ … })` of `@aws-sdk/client-dynamodb`. Nothing else may write to the table.
 *
 * **Switch on the table's time to live, attribute `ttl`**: nothing else removes what has ended. It costs nothing and is
 * done within days; what has ended serves nobody meanwhile.
 *
 * `find`, `replace`, `extend` and `bury` are one command, and strongly consistent. An entry with an owner costs one more
 * where it begins, changes its owner or ends, and where it is extended after a day; a refused write costs one more where
 * the server does not say what refused it. All sessions of one owner share a partition: 1,000 changes of its index in a
 * second. In a global table with several writing regions two of them may both win: use the store in one region, or a
 * table with strong consistency between regions.
 *
 * Rejects with `STORE_VALUE_TOO_LARGE` where an entry is above 400 KB, names and numbers included, and with
 * `STORE_FAILED` otherwise: the client's error as `cause`, its name as `details.serverCode`. How often the client tries
 * again where it is throttled is its own setting.
 *
 * @throws ConfigError `OPTION_INVALID` where `client` is no such client or `table` is no name for a table.
 */
export function dynamodbStore(
  client: DynamodbClient,
  options: DynamodbStoreOptions = {},
): Store & OwnerIndex & Enumerable {
  requireDynamodb(client)
  const table = tableOf(client, requireTable(options.table), options.create === true)
  const owners = ownerItems(table)
  const { epochOf, raiseEpoch } = owners
  return { ...tableEntries(table, owners), epochOf, raiseEpoch }
}
