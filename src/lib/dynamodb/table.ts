/**
 * Commands on one table: made when it is missed, refusals as answers, failures in our words.
 *
 * In: keys, items and expressions. Out: what the server answers; that a condition did not hold is an answer like any
 * other. Every read is strongly consistent. Must not know what the items mean.
 *
 * @module
 */
import { attempt, once, type Server } from '../sql/attempt.ts'
import type { AttributeValue, Command, DynamodbClient, Item, Page } from './client.ts'
import { explainDynamodb, nameOf } from './explain.ts'
import { referencesOf } from './expression.ts'
import { makeTable } from './make-table.ts'

/** What a write hangs on. `what` is for the message of a failure, after "Cannot". */
export interface Guard {
  readonly what: string
  readonly condition: string
  readonly values: Readonly<Record<string, AttributeValue>>
}

/** Done, with the attributes that were asked for; or refused, with the item that refused it. */
export type Outcome =
  | { readonly done: true; readonly attributes: Item | null }
  | { readonly done: false; readonly found: Item | null }

/** A table with a partition key `pk` and a sort key `sk`. */
export interface Table {
  get(what: string, key: Item): Promise<Item | null>
  /** At most 100 keys, no two alike; the items come in any order, without those that are not there. */
  getMany(what: string, keys: readonly Item[]): Promise<Item[]>
  /** Writes a whole item, whatever is there. */
  set(what: string, item: Item): Promise<void>
  /** Writes a whole item; the attributes are those it took the place of. */
  put(item: Item, guard: Guard): Promise<Outcome>
  update(key: Item, update: string, guard: Guard, returns?: 'ALL_OLD' | 'UPDATED_NEW'): Promise<Outcome>
  remove(what: string, key: Item): Promise<void>
  /** The items of one partition whose sort keys begin so, in the order of these. */
  query(what: string, pk: string, prefix: string): AsyncGenerator<readonly Item[]>
  /** All items that have the attribute, from after a key on; pages may be empty. */
  scan(what: string, attribute: string, after: Item | undefined): AsyncGenerator<readonly Item[]>
}

/** As many items as one command may read by their keys. */
const PAGE = 100

/** Commands on the table `name`. With `create` it is made when it is first missed. */
export function tableOf(client: DynamodbClient, name: string, create: boolean): Table {
  const TableName = name
  const ConsistentRead = true
  const server: Server = { name: 'DynamoDB', explain: explainDynamodb(name), setUp: create ? once(setUp) : null }

  function setUp(): Promise<void> {
    return attempt({ ...server, setUp: null }, 'make the table', () => makeTable(client, name))
  }

  function write(key: Item, what: string, send: () => Promise<{ readonly Attributes?: Item }>): Promise<Outcome> {
    return attempt(server, what, async () => {
      try {
        const { Attributes: attributes = null } = await send()
        return { done: true, attributes }
      } catch (error) {
        if (nameOf(error) !== 'ConditionalCheckFailedException') throw error
        return { done: false, found: refusedBy(error) ?? (await read(key)) }
      }
    })
  }

  async function read(Key: Item): Promise<Item | null> {
    const { Item: item = null } = await client.getItem({ TableName, Key, ConsistentRead })
    return item
  }

  function guarded({ condition, values }: Guard, update = ''): Command {
    const references = referencesOf([condition, update], values)
    const ReturnValuesOnConditionCheckFailure = 'ALL_OLD'
    return { TableName, ConditionExpression: condition, ...references, ReturnValuesOnConditionCheckFailure }
  }

  return {
    get: (what, key) => attempt(server, what, () => read(key)),

    async getMany(what, keys) {
      const found: Item[] = []
      for (let Keys = [...keys]; Keys.length > 0; ) {
        const RequestItems = { [TableName]: { Keys, ConsistentRead } }
        const answer = await attempt(server, what, () => client.batchGetItem({ RequestItems }))
        found.push(...Object.values(answer.Responses ?? {}).flat())
        // What is above 16 MB has to be asked for again. One item at least is always given, or the command fails.
        Keys = Object.values(answer.UnprocessedKeys ?? {}).flatMap((rest) => rest.Keys ?? [])
      }
      return found
    },

    async set(what, item) {
      await attempt(server, what, () => client.putItem({ TableName, Item: item }))
    },

    put(item, guard) {
      const { pk = {}, sk = {} } = item
      const input = { Item: item, ...guarded(guard), ReturnValues: 'ALL_OLD' }
      return write({ pk, sk }, guard.what, () => client.putItem(input))
    },

    update(key, update, guard, returns = 'ALL_OLD') {
      const input = { Key: key, UpdateExpression: update, ...guarded(guard, update), ReturnValues: returns }
      return write(key, guard.what, () => client.updateItem(input))
    },

    async remove(what, Key) {
      await attempt(server, what, () => client.deleteItem({ TableName, Key }))
    },

    query(what, pk, prefix) {
      const KeyConditionExpression = '#pk = :pk AND begins_with(#sk, :prefix)'
      const references = referencesOf([KeyConditionExpression], { pk: { S: pk }, prefix: { S: prefix } })
      const input = { TableName, KeyConditionExpression, ...references, ConsistentRead, Limit: PAGE }
      return pages(undefined, (from) => attempt(server, what, () => client.query({ ...input, ...from })))
    },

    scan(what, attribute, after) {
      const FilterExpression = `attribute_exists(#${attribute})`
      const input = { TableName, FilterExpression, ...referencesOf([FilterExpression], {}), ConsistentRead }
      return pages(after, (from) => attempt(server, what, () => client.scan({ ...input, ...from })))
    },
  }
}

async function* pages(
  after: Item | undefined,
  read: (from: { ExclusiveStartKey?: Item }) => Promise<Page>,
): AsyncGenerator<readonly Item[]> {
  let from = after
  do {
    const { Items, LastEvaluatedKey } = await read(from === undefined ? {} : { ExclusiveStartKey: from })
    yield Items ?? []
    from = LastEvaluatedKey
  } while (from !== undefined)
}

// The server says what refused a write: nothing where nothing was there, and imitations of it never.
function refusedBy(error: unknown): Item | null {
  return error instanceof Error && 'Item' in error && error.Item !== undefined ? (error.Item as Item) : null
}
