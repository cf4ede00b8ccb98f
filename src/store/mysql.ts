/**
 * Keeps entries in a table of MariaDB or MySQL: for any number of processes and machines.
 *
 * In: a promise client of `mysql2`, by its shape, and the calls of `Store`. Out: their answers; what the server refuses
 * is a `StoreError`. Must not know sessions, the time, or how the client connects.
 *
 * @module
 */
import { DUPLICATE_ENTRY, explainMysql, numberOf } from '../lib/mysql/explain.ts'
import { packetLimit, sizeOf } from '../lib/mysql/packet-limit.ts'
import { MYSQL, quoteName, SWEEP_KEYS, schemaOf } from '../lib/mysql/sql.ts'
import { attempt, once, type Server } from '../lib/sql/attempt.ts'
import { requireClient } from '../lib/sql/client-shape.ts'
import { OpenTransaction } from '../lib/sql/finding.ts'
import type { Params, Row } from '../lib/sql/row.ts'
import { compile } from '../lib/sql/statement.ts'
import { quotedTables, requireTable } from '../lib/sql/table-name.ts'
import { type Answer, tableStore } from '../lib/sql/table-store.ts'
import type { Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

/** What the store binds. */
export type MysqlValue = string | number | boolean | null | Buffer

/**
 * What the store needs of a client: `Pool` and `Connection` of `mysql2/promise` have this shape, those of `mysql2`
 * through their `promise()`. No driver is imported.
 */
export interface MysqlClient {
  execute(
    statement: { sql: string; rowsAsArray?: boolean; nestTables?: boolean },
    values: MysqlValue[],
  ): Promise<readonly [answer: unknown, ...rest: unknown[]]>
}

/** Where a MySQL store keeps its entries. */
export interface MysqlStoreOptions {
  /**
   * `table` or `database.table`; `sojourn_sessions` unless told. Taken as it is written, quotes included, but for the
   * one dot between the two. Epochs are kept beside it, in a table whose name ends in `_epochs`.
   */
  readonly table?: string
  /** Make the tables when they are first missed. Otherwise run the SQL of `mysqlSchema` before. */
  readonly create?: boolean
}

/**
 * The SQL that makes both tables, where they are not there, for a migration.
 *
 * @throws ConfigError `OPTION_INVALID` where `table` is no name for a table.
 */
export function mysqlSchema(table?: string): string {
  return joined(schemaOf(requireTable('mysqlSchema', table)))
}

/**
 * A store in the database of `client`: a pool, or a connection that nobody opens transactions on, with autocommit on.
 *
 * Each call is one prepared statement by primary key; a `create` over what has ended is two, a refused one
 * three, a refused `replace` two; the first above 64 KB asks before how much the server takes. A statement that loses to another transaction (deadlock, lock wait timeout) is run again, up
 * to seven times. Call `sweep` from time to time: nothing else removes what has ended. It goes in batches of 200 rows,
 * and any number of processes may sweep at once.
 *
 * Neither the character set of the connection nor its isolation level nor its flag `FOUND_ROWS` changes an answer.
 * Rejects with `STORE_FULL` where the disk is full, with `STORE_VALUE_TOO_LARGE` where an entry does not fit into
 * `max_allowed_packet`, and with `STORE_FAILED` otherwise: the driver's error as `cause`, the server's number as
 * `details.serverCode`.
 *
 * @throws ConfigError `OPTION_INVALID` where `client` is no such client or `table` is no name for a table.
 */
export function mysqlStore(
  client: MysqlClient,
  options: MysqlStoreOptions = {},
): Store & Sweepable & OwnerIndex & Enumerable {
  requireClient('mysqlStore', client, {
    method: 'execute',
    foreign: { promise: 'a client of mysql2 that takes callbacks' },
    advice: 'Pass a pool or a connection of mysql2/promise, or what the method promise() of another one gives',
  })
  const name = requireTable('mysqlStore', options.table)
  const schema = schemaOf(name)
  const statements = compile(MYSQL, quotedTables(name, quoteName), 'in order')
  const server: Server = {
    name: 'MySQL',
    explain: explainMysql(joined(schema)),
    setUp: options.create === true ? once(setUp) : null,
  }

  const send = packetLimit(askLimit)

  async function setUp(): Promise<void> {
    for (const sql of schema)
      await attempt({ ...server, setUp: null }, 'make the tables', () => client.execute({ sql }, []))
  }

  function run(what: string, statement: keyof typeof MYSQL, params: Params): Promise<Answer & { insertId: number }> {
    const { text, valuesOf } = statements[statement]
    const values = valuesOf(asBytes(params))
    return attempt(server, what, async () => {
      const [answer] = await send(sizeOf(values), () => client.execute({ sql: text, ...PLAIN_ROWS }, values))
      return answerOf(answer)
    })
  }

  async function askLimit(): Promise<number> {
    const [rows] = await client.execute({ sql: 'SELECT @@max_allowed_packet AS most', ...PLAIN_ROWS }, [])
    return Number((rows as readonly Row[])[0]?.most)
  }

  async function create(params: Params): Promise<boolean> {
    for (;;) {
      const added = await run('create an entry', 'add', params).catch(nullIfDuplicate)
      if (added !== null || (await run('create an entry', 'takeOver', params)).changed > 0) return true
      const { rows } = await run('create an entry', 'taken', params)
      if (rows.length > 0) return false
      // The row that was in the way had ended, and somebody swept it meanwhile: the key is free, so try again.
    }
  }

  return tableStore({
    run,
    create,
    raiseEpoch: async (params) => (await run('raise an epoch', 'raiseEpoch', params)).insertId,
    async sweepSome(params) {
      const { rows } = await run('sweep', 'ended', params)
      const last = rows.at(-1)
      if (last === undefined) return 0
      // One text for any number of keys: the last one fills up the list.
      const keys = SWEEP_KEYS.map((name, n) => [name, String((rows[n] ?? last).key)])
      return (await run('sweep', 'sweep', { ...params, ...Object.fromEntries(keys) })).changed
    },
  })
}

// Other settings of the client would give rows another form.
const PLAIN_ROWS = { rowsAsArray: false, nestTables: false }

const TEXTS = ['value', 'keyText', 'ownerText']

/** Texts as bytes of UTF-8, which nobody on the way turns into another character set. The rest is ASCII or numbers. */
function asBytes(params: Params): Readonly<Record<string, MysqlValue>> {
  const bytes = TEXTS.map((name) => [name, params[name]]).filter(([, text]) => typeof text === 'string')
  return { ...params, ...Object.fromEntries(bytes.map(([name, text]) => [name, Buffer.from(String(text))])) }
}

/** A bit of the status that comes with every answer to a write. */
const IN_TRANSACTION = 1

function answerOf(answer: unknown): Answer & { insertId: number } {
  if (Array.isArray(answer)) return { rows: answer, changed: 0, insertId: 0 }
  const { affectedRows, insertId, serverStatus } = answer as Row
  if ((Number(serverStatus) & IN_TRANSACTION) !== 0) throw new OpenTransaction()
  return { rows: [], changed: Number(affectedRows), insertId: Number(insertId) }
}

function nullIfDuplicate(error: unknown): null {
  if (error instanceof Error && numberOf(error.cause) === DUPLICATE_ENTRY) return null
  throw error
}

function joined(statements: readonly string[]): string {
  return statements.map((sql) => `${sql};`).join('\n')
}
