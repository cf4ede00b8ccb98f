/**
 * What Redis or its client throws -> a StoreError.
 *
 * In: a call. Out: its answer, or a StoreError that keeps what was thrown as its cause. Must not know the client: servers
 * begin their errors with a word in capitals, and the clients' own sentences are told apart by what they say.
 *
 * @module
 */
import { StoreError } from '../../errors.ts'

// The first that fits. The server's words come first: a client may wrap one in a sentence of its own.
const FOUND: readonly (readonly [RegExp, string])[] = [
  [/too many cluster redirections/i, 'the cluster is in the middle of a failover or a move. Try again in a moment'],
  [/\bREADONLY\b/, 'it is a read-only replica. Connect to the master, or through Sentinel or a cluster client'],
  [/\bOOM\b/, 'its memory is full. Raise maxmemory, or store less'],
  [
    /\bNOPERM\b|can't run this command|has no permissions/,
    'this user may not run a command the store needs. Allow it get, evalsha, eval and what the scripts call (set, getrange, setrange, incr, pttl, pexpire, zadd, zrange, zrem, zremrangebyscore), also wait with waitReplicas, and scan for listings',
  ],
  [/\bNOAUTH\b|\bWRONGPASS\b/, 'it asks for another user or password. Give them to the client'],
  [/\bLOADING\b/, 'it is still loading its data. Try again in a moment'],
  [/\bMASTERDOWN\b/, 'it is a replica that has lost its master. Connect to the master'],
  [/\bMISCONF\b/, 'it takes no writes while it cannot save to disk. Look at its log'],
  [/\bNOREPLICAS\b/, 'it takes no writes with so few replicas up (min-replicas-to-write)'],
  [/\bCLUSTERDOWN\b/, 'the cluster is down, or in the middle of a failover. Try again in a moment'],
  [/\bASK\b|\bTRYAGAIN\b/, 'the slot of the key is being moved to another node. Try again in a moment'],
  [/\bMOVED\b/, 'it is a node of a cluster. Pass a cluster client'],
  [
    /\bCROSSSLOT\b/,
    'the client puts all keys of a call to different slots. Use the option prefix of the store instead',
  ],
  [/\bWRONGTYPE\b/, 'another program keeps something under a key of this store. Give the store a prefix of its own'],
  [
    /subscriber mode|\(P\|S\)SUBSCRIBE/i,
    'the client is subscribed to channels and takes no other commands. Give the store a client of its own',
  ],
  [
    /Socket closed|connection close$|Disconnects client|ECONNRESET|EPIPE|retries per request/i,
    'the connection was lost. A write may have been made or not',
  ],
  [
    /client is closed|connection is closed|cluster is ended|cluster isn't ready/i,
    'the client is closed, or was never connected, or a node of its cluster has just gone. Connect it before the first request, and close it after the last',
  ],
  [
    /client is offline|isn't writeable|waiting to be written/i,
    'the client is not connected at the moment. See that the server can be reached',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|root nodes|refresh slots|sentinels are unreachable|connect(ion)? timeout/i,
    'the server cannot be reached. See that it runs and that the address is right',
  ],
  [/timed? ?out/i, 'it did not answer in the time the client waits. A write may have been made or not'],
]

/** Runs `call`; what it throws becomes a StoreError. */
export async function attempt<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call()
  } catch (error) {
    throw storeError(what, error)
  }
}

/** The same for something that comes piece by piece. */
export async function* attemptEach<Thing>(what: string, things: AsyncIterable<Thing>): AsyncGenerator<Thing> {
  try {
    yield* things
  } catch (error) {
    throw storeError(what, error)
  }
}

/** Whether the server itself refused the command, because it does not know it or this user may not run it. */
export function isForbidden(error: unknown): boolean {
  return /^(NOPERM|ERR)\b/.test(messageOf(error))
}

/** Whether the server has never seen the script, or has forgotten it. */
export function isUnknownScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT')
}

/** Whether a cluster says that the key lives at another node. */
export function isMoved(error: unknown): boolean {
  return messageOf(error).startsWith('MOVED')
}

function storeError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const message = messageOf(error)
  const found =
    FOUND.find(([pattern]) => pattern.test(message))?.[1] ?? 'it failed. Its own error is the cause of this one'
  return new StoreError(/\bOOM\b/.test(message) ? 'STORE_FULL' : 'STORE_FAILED', `Cannot ${what} in Redis: ${found}`, {
    cause: withoutCommand(error),
  })
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  // An AggregateError of a refused connection says nothing by itself.
  return 'code' in error ? `${error.message} ${String(error.code)}` : error.message
}

// ioredis hangs the command with all its arguments on its errors, and a log prints them: the session's data are among them.
function withoutCommand(error: unknown): unknown {
  if (error instanceof Error) Reflect.deleteProperty(error, 'command')
  return error
}
