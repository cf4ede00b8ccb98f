/**
 * Keeps entries in a table of PostgreSQL: for any number of processes and machines.
 *
 * In: a client of `pg`, by its shape, and the calls of `Store`. Out: their answers; what the server refuses is a
 * `StoreError`. Must not know sessions, the time, or how the client connects.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { explainPostgres } from '../lib/postgres/explain.ts'
import { POSTGRES, quoteName, schemaOf } from '../lib/postgres/sql.ts'
import { attempt, once, type Server } from '../lib/sql/attempt.ts'
import { requireClient } from '../lib/sql/client-shape.ts'
import { OpenTransaction } from '../lib/sql/finding.ts'
import type { Params, Row } from '../lib/sql/row.ts'
import { compile } from '../lib/sql/statement.ts'
import { quotedTables, requireTable } from '../lib/sql/table-name.ts'
import { type Answer, tableStore } from '../lib/sql/table-store.ts'
import type { Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

/** What the store needs of a client: `Pool` and `Client` of `pg` have this shape. No driver is imported. */
export interface PostgresClient {
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<{
    readonly rows: readonly unknown[]
    readonly rowCount: number | null
  }>
  /** Only a `Client` has it, and says `T` inside a transaction, where the store does not work. */
  getTransactionStatus?(): string | null
}

/** Where a PostgreSQL store keeps its entries. */
export interface PostgresStoreOptions {
  /**
   * `table` or `schema.table`; `sojourn_sessions` unless told. Taken as it is written, capitals and quotes included,
   * but for the one dot between schema and table. Epochs are kept beside it, in a table whose name ends in `_epochs`.
   */
  readonly table?: string
  /** Make the tables and indexes when they are first missed. Otherwise run the SQL of `postgresSchema` before. */
  readonly create?: boolean
  /**
   * `false`: no prepared statements, for a pooler that hands every transaction another connection and does not carry
   * them over (PgBouncer before 1.21, or without `max_prepared_statements`). Every call is then parsed anew.
   */
  readonly prepare?: boolean
}

/**
 * The SQL that makes both tables and their indexes, where they are not there, for a migration.
 *
 * @throws ConfigError `OPTION_INVALID` where `table` is no name for a table.
 */
export function postgresSchema(table?: string): string {
  return schemaOf(requireTable('postgresSchema', table))
}

/**
 * A store in the database of `client`: a `Pool`, or a connected `Client` that nobody opens transactions on.
 *
 * Each call is one statement by primary key, a refused `replace` two. A statement that loses to another transaction
 * (serialization failure, deadlock) is run again, up to seven times. Call `sweep` from time to time: nothing else
 * removes what has ended. It goes in batches of 1,000 rows, and any number of processes may sweep at once.
 *
 * Rejects with `STORE_FULL` where the disk is full, with `STORE_VALUE_TOO_LARGE` where the server does not take an
 * entry, and with `STORE_FAILED` otherwise: the driver's error as `cause`, its SQLSTATE as `details.serverCode`.
 *
 * @throws ConfigError `OPTION_INVALID` where `client` is no such client or `table` is no name for a table.
 */
export function postgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): Store & Sweepable & OwnerIndex & Enumerable {
  requireClient('postgresStore', client, {
    method: 'query',
    foreign: { execute: 'a client with execute, perhaps of mysql2', exec: 'a client with exec, perhaps of PGlite' },
    advice: 'Pass a Pool of pg, or a connected Client',
  })
  const name = requireTable('postgresStore', options.table)
  const schema = schemaOf(name)
  const statements = compile(POSTGRES, quotedTables(name, quoteName), 'numbered')
  const query = client.getTransactionStatus === undefined ? client.query.bind(client) : inTurn(client)
  const nameOf = options.prepare === false ? null : preparedName()
  const server: Server = {
    name: 'PostgreSQL',
    explain: explainPostgres(schema),
    setUp: options.create === true ? once(setUp) : null,
  }

  // Texts without values go as one message, and a message is one transaction: the lock holds until the last table is
  // there. IF NOT EXISTS alone fails where two processes find nothing at the same moment.
  async function setUp(): Promise<void> {
    const lock = `SELECT pg_advisory_xact_lock(${lockOf(schema)})`
    await attempt({ ...server, setUp: null }, 'make the tables', () => query({ text: `${lock};\n${schema}` }))
  }

  function run(what: string, statement: keyof typeof POSTGRES, params: Params): Promise<Answer> {
    const { text, valuesOf } = statements[statement]
    const values = valuesOf(params)
    const name = nameOf?.(text)
    const sent = name === undefined ? { text, values } : { name, text, values }
    return attempt(server, what, async () => {
      const { rows, rowCount } = await query(sent)
      if (client.getTransactionStatus?.() === 'T') throw new OpenTransaction()
      return { rows: rows as readonly Row[], changed: rowCount ?? 0 }
    })
  }

  return tableStore({
    run,
    create: async (params) => (await run('create an entry', 'create', params)).changed > 0,
    raiseEpoch: async (params) => Number((await run('raise an epoch', 'raiseEpoch', params)).rows[0]?.epoch),
    sweepSome: async (params) => (await run('sweep', 'sweep', params)).changed,
  })
}

/** A `Client` does one thing at a time, and from version 9 on `pg` will not line up what comes meanwhile. */
function inTurn(client: PostgresClient): PostgresClient['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return (query) => {
    const answer = last.then(() => client.query(query))
    last = answer.catch(() => {})
    return answer
  }
}

/** A name that no other text has, on connections that several stores share. At most 63 bytes. */
function preparedName(): (text: string) => string {
  const names = new Map<string, string>()
  return (text) => {
    const name = names.get(text) ?? `sojourn_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    names.set(text, name)
    return name
  }
}

function lockOf(schema: string): bigint {
  return createHash('sha256').update(schema).digest().readBigInt64BE()
}
