/**
 * What PostgreSQL or its driver throws -> what it means.
 *
 * In: anything thrown. Out: a finding. Errors of the server are told apart by SQLSTATE, never by their text, which
 * comes in the language of the server. Must not know what was attempted.
 *
 * @module
 */
import type { Finding } from '../sql/attempt.ts'
import { explainClient, FOUND, type Sentence } from '../sql/finding.ts'

const PREPARED =
  'a pooler between app and server mixed up prepared statements. Pass prepare: false, or let the pooler support them'

const FAILURES: Readonly<Record<string, Sentence>> = {
  '40001': FOUND.conflict,
  '40P01': FOUND.conflict,
  '25006': FOUND.readOnly,
  '42501': FOUND.forbidden,
  '53100': FOUND.full,
  '53300': FOUND.crowded,
  '54000': FOUND.tooLarge,
  '28000': FOUND.refused,
  '28P01': FOUND.refused,
  '3D000': FOUND.refused,
  '57P01': FOUND.cutOff,
  '57P02': FOUND.cutOff,
  '57P03': { found: 'the server is starting up or shutting down. Try again once it is up' },
  '57014': { found: 'the statement was cancelled, perhaps by statement_timeout. Look for what keeps the table busy' },
  '55P03': { found: 'a row or the table was locked for longer than lock_timeout. Look for long transactions' },
  '25P02': FOUND.openTransaction,
  '26000': { found: PREPARED },
  '42P05': { found: PREPARED },
  '3F000': { found: 'its schema is not there. Create it, or correct the option table' },
  '42703': { found: 'the table is another one: columns are missing. Choose a table of its own for the store' },
  '22P05': { found: 'the database cannot hold all of Unicode. Create it with the encoding UTF8' },
}

// Two capital letters or digits that name a class, three more: SQLSTATE. "EPIPE" has the form too, and never a digit.
const SQLSTATE = /^(?=.*[0-9])[0-9A-Z]{5}$/

/** `schema` is the SQL to run where the tables are missing. */
export function explainPostgres(schema: string): (cause: unknown) => Finding {
  return function explain(cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (!SQLSTATE.test(code)) return explainClient(cause)
    if (code === '42P01') {
      const found = `its tables are not there. Pass create: true, or run:\n${schema}`
      return { kind: 'missing table', found, serverCode: code }
    }
    if (code.startsWith('08')) return { ...FOUND.cutOff, serverCode: code }
    const known = FAILURES[code]
    if (known !== undefined) return { ...known, serverCode: code }
    return { found: `the server failed (${code}). Its own error is the cause of this one`, serverCode: code }
  }
}
