/**
 * What may go wrong with any SQL server, in words.
 *
 * In: what was found. Out: a sentence that also says what to do. Must not know how a server says it.
 *
 * @module
 */
import type { Finding } from './attempt.ts'

export type Sentence = Omit<Finding, 'serverCode'>

/** The same words for the same trouble, whichever server met it. */
export const FOUND = {
  conflict: {
    kind: 'conflict',
    found: 'it lost to other writes again and again. Look for long transactions on the table of the store',
  },
  closed: {
    found:
      'the client gave up before the server answered: it was ended, or lost its connection. A change may have been made or not; end the client only after the last request',
  },
  unreachable: { found: 'the server cannot be reached. See that it is up and that host and port are right' },
  cutOff: { found: 'the connection was cut. The change may have been made or not: read again' },
  refused: { found: 'the server did not let this user in. See that user, password and database are right' },
  crowded: { found: 'the server has no connection left. Raise its limit, or make the pools of the app smaller' },
  forbidden: {
    found:
      'this user may not do that with the tables of the store. Grant it SELECT, INSERT, UPDATE and DELETE on both; to make them, let their owner run the SQL of the schema',
  },
  readOnly: {
    found: 'the server or the transaction is read-only, as a replica is. Connect to the primary',
  },
  full: { code: 'STORE_FULL', found: 'its disk is full. Free some space or sweep more often' },
  tooLarge: {
    code: 'STORE_VALUE_TOO_LARGE',
    found: 'the entry is larger than the server takes. Store less, or raise its limit',
  },
  openTransaction: {
    found:
      'the client is in the middle of a transaction, where what the store writes could be rolled back. Give the store a pool or a client of its own, with autocommit on',
  },
} as const satisfies Record<string, Sentence>

/** Thrown by a store that finds its client in somebody else's transaction. */
export class OpenTransaction extends Error {}

/** An error without a code of a server comes from the network, or from the client itself. */
export function explainClient(error: unknown): Finding {
  if (error instanceof OpenTransaction) return { ...FOUND.openTransaction, serverCode: '' }
  const code = codeOf(error)
  if (code === '') return { ...FOUND.closed, serverCode: '' }
  return { ...(isCutOff(error) ? FOUND.cutOff : FOUND.unreachable), serverCode: code }
}

/** Whether a connection that was there is gone. */
export function isCutOff(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
