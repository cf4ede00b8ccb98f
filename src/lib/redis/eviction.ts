/**
 * Refuses a server that may throw graves away.
 *
 * In: a link. Out: nothing, or a StoreError. Must not know what is stored.
 *
 * A server with a memory limit and an eviction policy drops keys when memory is full. A dropped grave lets a slow request
 * bring a session back, a dropped epoch undoes "log out everywhere". Graves have an expiry, so the volatile policies reach
 * them too.
 *
 * @module
 */
import { StoreError } from '../../errors.ts'
import { isForbidden } from './attempt.ts'
import { type RedisLink, replyText, type SendToNode } from './link.ts'

interface Memory {
  readonly limit: number
  readonly policy: string
}

/** Looks once it is called, until it has seen that all is well; from then on there is nothing to wait for: `null`. */
export function evictionCheck(link: RedisLink): () => Promise<void> | null {
  let passed = false
  let underWay: Promise<void> | null = null
  return () => {
    if (passed) return null
    underWay ??= checkMasters(link)
      .then(() => {
        passed = true
      })
      .finally(() => {
        underWay = null
      })
    return underWay
  }
}

async function checkMasters(link: RedisLink): Promise<void> {
  const masters = await link.masters()
  const memories = await Promise.all(masters.map(memoryOf))
  for (const memory of memories) if (memory !== null) requireNoEviction(memory)
  if (memories.includes(null)) warn()
}

function requireNoEviction({ limit, policy }: Memory): void {
  if (limit === 0 || policy === 'noeviction') return
  throw new StoreError(
    'STORE_FAILED',
    `Cannot write to Redis: its maxmemory-policy is "${policy}", which throws away graves when memory is full and so undoes logouts. Set maxmemory-policy to "noeviction", or give sessions a server of their own`,
    { details: { policy, maxmemory: limit } },
  )
}

// Managed servers often forbid CONFIG and tell the same in INFO.
async function memoryOf(send: SendToNode): Promise<Memory | null> {
  const config = await unlessForbidden(() => send(['config', 'get', 'maxmemory*']))
  if (config !== null) return memoryIn(pairsOf(config), 'maxmemory-policy')
  const info = await unlessForbidden(() => send(['info', 'memory']))
  if (info === null) return null
  const lines = replyText(info).split('\r\n')
  return memoryIn(new Map(lines.map((line) => cut(line))), 'maxmemory_policy')
}

function memoryIn(facts: ReadonlyMap<string, string>, policyName: string): Memory | null {
  const limit = facts.get('maxmemory')
  const policy = facts.get(policyName)
  return limit === undefined || policy === undefined ? null : { limit: Number(limit), policy }
}

async function unlessForbidden(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    if (isForbidden(error)) return null
    throw error
  }
}

// A list of names and values under RESP2; under RESP3 a client makes an object or a Map of it.
function pairsOf(reply: unknown): ReadonlyMap<string, string> {
  const flat: unknown[] = Array.isArray(reply)
    ? reply.flat()
    : reply instanceof Map
      ? [...reply].flat()
      : Object.entries(reply ?? {}).flat()
  const texts = flat.map(replyText)
  return new Map(texts.flatMap((text, n) => (n % 2 === 0 ? [[text, texts[n + 1] ?? '']] : [])))
}

function cut(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1)]
}

function warn(): void {
  process.emitWarning(
    'The Redis session store could not see maxmemory and maxmemory-policy, because CONFIG and INFO are forbidden to this user. See that the policy is "noeviction": any other throws away graves when memory is full, and so undoes logouts',
    { code: 'SOJOURN_REDIS_EVICTION' },
  )
}
