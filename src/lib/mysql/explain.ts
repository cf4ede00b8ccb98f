/**
 * What MySQL, MariaDB or their driver throws -> what it means.
 *
 * In: anything thrown. Out: a finding. Errors of the server are told apart by its numbers, never by their text, which
 * comes in the language of the server. Must not know what was attempted.
 *
 * @module
 */
import type { Finding } from '../sql/attempt.ts'
import { explainClient, FOUND, type Sentence } from '../sql/finding.ts'

/** An INSERT met a row with the same primary key. */
export const DUPLICATE_ENTRY = 1062

/** A message is larger than `max_allowed_packet`. */
export const PACKET_TOO_LARGE = 1153

const NO_SUCH_TABLE = 1146

const ANOTHER_TABLE = {
  found: 'the table is another one: columns are missing or too short. Choose a table of its own for the store',
}

const FAILURES: Readonly<Record<number, Sentence>> = {
  1205: FOUND.conflict, // lock wait timeout
  1213: FOUND.conflict, // deadlock
  1020: FOUND.conflict, // MariaDB with innodb_snapshot_isolation: changed since the snapshot
  1290: FOUND.readOnly, // --read-only
  1792: FOUND.readOnly, // READ ONLY transaction
  1836: FOUND.readOnly, // innodb_read_only
  1044: FOUND.refused,
  1045: FOUND.refused,
  1049: FOUND.refused,
  1046: { found: 'no database is chosen. Name one in the client, or in the option table as "database.table"' },
  1142: FOUND.forbidden,
  1143: FOUND.forbidden,
  1040: FOUND.crowded,
  1203: FOUND.crowded,
  1226: FOUND.crowded,
  1021: FOUND.full,
  1114: FOUND.full,
  1030: { found: 'the storage engine failed, often because its disk is full. See the log of the server' },
  [PACKET_TOO_LARGE]: {
    ...FOUND.tooLarge,
    found: 'the entry is larger than max_allowed_packet. Store less, or raise that',
  },
  1053: FOUND.cutOff,
  1927: FOUND.cutOff,
  1406: ANOTHER_TABLE,
  1054: ANOTHER_TABLE,
  1461: { found: 'the server has no room for another prepared statement. Raise max_prepared_stmt_count' },
  1317: { found: 'the statement was cancelled. Look for what keeps the table busy' },
}

/** `schema` is the SQL to run where the tables are missing. */
export function explainMysql(schema: string): (cause: unknown) => Finding {
  return function explain(cause) {
    const number = numberOf(cause)
    if (number === null) return explainClient(cause)
    if (number === NO_SUCH_TABLE) {
      const found = `its tables are not there. Pass create: true, or run:\n${schema}`
      return { kind: 'missing table', found, serverCode: number }
    }
    const known = FAILURES[number]
    if (known !== undefined) return { ...known, serverCode: number }
    return { found: `the server failed (${number}). Its own error is the cause of this one`, serverCode: number }
  }
}

/** The server's number of an error; `null` where the server did not say it. Those of the system are negative. */
export function numberOf(cause: unknown): number | null {
  const number = cause instanceof Error && 'errno' in cause ? cause.errno : null
  return typeof number === 'number' && number > 0 ? number : null
}
