/**
 * What the DynamoDB store asks of a client, and of a table's name.
 *
 * In: whatever a developer passed. Out: nothing, or a ConfigError that says what was found. Must not know the SDK: the
 * shape is all there is.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import { requireClient } from '../sql/client-shape.ts'
import { DEFAULT_TABLE } from '../sql/table-name.ts'

/** A value as DynamoDB writes it; numbers are texts. The store uses these three types. */
export interface AttributeValue {
  readonly S?: string
  readonly N?: string
  readonly BOOL?: boolean
}

/** An item, or the part of one that is its key. */
export type Item = Record<string, AttributeValue>

/** What an expression refers to. */
export interface References {
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
}

/** What the store says to one table. All optional, as the SDK has it: otherwise its methods would not fit. */
export interface Command extends References {
  readonly TableName?: string
  readonly Key?: Item
  readonly Item?: Item
  readonly ConsistentRead?: boolean
  readonly ConditionExpression?: string
  readonly UpdateExpression?: string
  readonly KeyConditionExpression?: string
  readonly FilterExpression?: string
  readonly ReturnValues?: string
  readonly ReturnValuesOnConditionCheckFailure?: string
  readonly Limit?: number
  readonly ExclusiveStartKey?: Item
}

/** Some of the items asked for, and where to go on. */
export interface Page {
  readonly Items?: Item[]
  readonly LastEvaluatedKey?: Item
}

/**
 * What the store needs of a client: the aggregated client `DynamoDB` of `@aws-sdk/client-dynamodb` has this shape; its
 * bare `DynamoDBClient` has not. No SDK is imported.
 */
export interface DynamodbClient {
  getItem(command: Command): Promise<{ readonly Item?: Item }>
  batchGetItem(command: { readonly RequestItems?: KeysByTable }): Promise<{
    readonly Responses?: Record<string, Item[]>
    readonly UnprocessedKeys?: KeysByTable
  }>
  putItem(command: Command): Promise<{ readonly Attributes?: Item }>
  updateItem(command: Command): Promise<{ readonly Attributes?: Item }>
  deleteItem(command: Command): Promise<unknown>
  query(command: Command): Promise<Page>
  scan(command: Command): Promise<Page>
  createTable(command: {
    readonly TableName?: string
    readonly BillingMode?: string
    readonly AttributeDefinitions?: { AttributeName?: string; AttributeType?: string }[]
    readonly KeySchema?: { AttributeName?: string; KeyType?: string }[]
  }): Promise<unknown>
  describeTable(command: {
    readonly TableName?: string
  }): Promise<{ readonly Table?: { readonly TableStatus?: string } }>
  updateTimeToLive(command: {
    readonly TableName?: string
    readonly TimeToLiveSpecification?: { Enabled?: boolean; AttributeName?: string }
  }): Promise<unknown>
}

type KeysByTable = Record<string, { Keys?: Item[]; ConsistentRead?: boolean }>

/** @throws ConfigError `OPTION_INVALID` where `client` has not the methods of the aggregated client. */
export function requireDynamodb(client: unknown): void {
  const bare = typeof client === 'object' && client !== null && 'send' in client && !('getItem' in client)
  requireClient('dynamodbStore', client, {
    method: 'getItem',
    foreign: bare
      ? { send: 'a client with send but without getItem, perhaps DynamoDBClient or a document client' }
      : { makeRequest: 'a client of the AWS SDK version 2' },
    advice: 'Pass the aggregated client of @aws-sdk/client-dynamodb: new DynamoDB({ … })',
  })
}

/**
 * A table's name as the server takes it: its own letters, or an ARN.
 *
 * @throws ConfigError `OPTION_INVALID` where no table can have it.
 */
export function requireTable(table: unknown = DEFAULT_TABLE): string {
  if (typeof table === 'string' && /^([A-Za-z0-9_.-]{3,255}|arn:[!-~]{1,1020})$/.test(table)) return table
  const found =
    typeof table === 'string'
      ? `a text of ${table.length} characters that no table can have as its name`
      : `a value of type ${table === null ? 'null' : typeof table}`
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option table of dynamodbStore: found ${found}. Pass 3 to 255 letters, digits, "_", "." or "-", or an ARN`,
    { details: { option: 'table' } },
  )
}
