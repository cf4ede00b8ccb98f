/**
 * What DynamoDB or its client throws -> what it means.
 *
 * In: anything thrown. Out: a finding. Errors are told apart by their names, never by their text. Must not know what was
 * attempted. The client has by then tried again where that could help: throttling, a busy server, a cut connection.
 *
 * @module
 */
import type { Finding } from '../sql/attempt.ts'
import { explainClient, FOUND, type Sentence } from '../sql/finding.ts'

const SHAPE = 'the partition key pk and the sort key sk, both of type S'

const THROTTLED =
  'the table or one owner takes no more for now, after the client tried again. Raise the capacity of the table, or let it bill on demand'
const NOT_LET_IN = {
  found:
    'the server did not let this client in. See that its credentials, their region and the clock of this machine are right',
}
const BUSY = { found: 'the server is in trouble of its own. Try again later' }

const FAILURES: Readonly<Record<string, Sentence>> = {
  AccessDeniedException: {
    found:
      'these credentials may not do that with the table. Allow them GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem, Query and Scan on it; to make it, CreateTable, DescribeTable and UpdateTimeToLive',
  },
  ValidationException: { found: `the server does not take the request. See that the table has ${SHAPE}` },
  ProvisionedThroughputExceededException: { found: THROTTLED },
  ThrottlingException: { found: THROTTLED },
  RequestLimitExceeded: { found: THROTTLED },
  TransactionConflictException: FOUND.conflict,
  ReplicatedWriteConflictException: FOUND.conflict,
  LimitExceededException: {
    found: 'the account has as many tables as it may, or too many being made. Make the table yourself',
  },
  UnrecognizedClientException: NOT_LET_IN,
  InvalidSignatureException: NOT_LET_IN,
  IncompleteSignatureException: NOT_LET_IN,
  MissingAuthenticationTokenException: NOT_LET_IN,
  MissingAuthenticationToken: NOT_LET_IN,
  ExpiredTokenException: NOT_LET_IN,
  ExpiredToken: NOT_LET_IN,
  CredentialsProviderError: { found: 'the client found no credentials. Give it some' },
  InternalServerError: BUSY,
  InternalFailure: BUSY,
  ServiceUnavailable: BUSY,
  TimeoutError: FOUND.unreachable,
}

/** For the table of that name. */
export function explainDynamodb(table: string): (cause: unknown) => Finding {
  return function explain(cause) {
    const name = nameOf(cause)
    if (name === 'ResourceNotFoundException') {
      const found = `its table "${table}" is not there, or in another region. Pass create: true, or make it with ${SHAPE}, and ttl as its time to live`
      return { kind: 'missing table', found, serverCode: name }
    }
    const known = FAILURES[name]
    if (known !== undefined) return { ...known, serverCode: name }
    // What a server answered has the facts of the answer on it; all else came from the network or the client.
    if (hasStatus(cause))
      return { found: `the server failed (${name}). Its own error is the cause of this one`, serverCode: name }
    if (hasCode(cause)) return explainClient(cause)
    return {
      found:
        'the client failed before it asked. See that it has a region and an endpoint; its own error is the cause of this one',
      serverCode: name,
    }
  }
}

/** How the server calls what went wrong; empty where nothing was said. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

function hasStatus(error: unknown): boolean {
  const facts = error instanceof Error && '$metadata' in error ? error.$metadata : undefined
  return typeof facts === 'object' && facts !== null && 'httpStatusCode' in facts && facts.httpStatusCode !== undefined
}
