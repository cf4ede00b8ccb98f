/**
 * Runs scripts, and has replicas confirm what they wrote.
 *
 * In: a link, a script, its key and arguments. Out: what the script answered. Must not know what scripts do.
 *
 * @module
 */
import { StoreError } from '../../errors.ts'
import { isMoved, isUnknownScript } from './attempt.ts'
import { type RedisLink, replyList, replyText } from './link.ts'
import { foreignRow } from './row.ts'
import type { Script } from './scripts.ts'

/** How many replicas must have a write, and how long they get, in milliseconds. */
export interface Confirmation {
  readonly count: number
  readonly timeout: number
}

/** What a script answered, and what the index of its row's owner need no longer list. */
export interface ScriptReply {
  readonly answer: string
  readonly left: string
}

/** So often a slot may be found at another node before this gives up. */
const REDIRECTIONS = 5

/** Runs a script over `key`: by its name, and by its text where the server does not know the name. One round trip but for that. */
export async function runScript(
  link: RedisLink,
  script: Script,
  key: string,
  args: readonly string[],
): Promise<ScriptReply> {
  return scriptReply(await byNameOrText(script, key, args, (command) => link.send(key, command)))
}

/**
 * Runs a script over `key` and waits until replicas have what it wrote.
 *
 * WAIT waits for the writes of its own connection: so both go out in one piece. It holds that connection up.
 *
 * @throws StoreError `STORE_FAILED` where fewer replicas had it in time; the master has it all the same.
 */
export async function runConfirmed(
  link: RedisLink,
  script: Script,
  key: string,
  args: readonly string[],
  { count, timeout }: Confirmation,
): Promise<ScriptReply> {
  const wait = ['wait', String(count), String(timeout)]
  const [reply, replicas] = await byNameOrText(script, key, args, (command) => sentBoth(link, key, command, wait))
  const answered = scriptReply(reply)
  // Nothing was written over another version, nor before the index lists it.
  if (answered.answer === 'stale' || answered.answer === 'unlisted') return answered
  const confirmed = Number(replyText(replicas))
  if (confirmed >= count) return answered
  throw new StoreError(
    'STORE_FAILED',
    `Cannot confirm a write in Redis: ${confirmed} of ${count} replicas had it after ${timeout} ms, and a failover could undo it. Look at the replicas, or ask for fewer in waitReplicas`,
    { details: { confirmed, count, timeout } },
  )
}

async function byNameOrText<Reply>(
  { sha, source }: Script,
  key: string,
  args: readonly string[],
  send: (command: readonly string[]) => Promise<Reply>,
): Promise<Reply> {
  try {
    return await send(['evalsha', sha, '1', key, ...args])
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return send(['eval', source, '1', key, ...args])
  }
}

// No client redirects two commands at once. A single one it does, and learns from it where the slot is now.
async function sentBoth(
  link: RedisLink,
  key: string,
  first: readonly string[],
  second: readonly string[],
): Promise<readonly [unknown, unknown]> {
  for (let redirections = 0; ; redirections++) {
    try {
      return await link.sendBoth(key, first, second)
    } catch (error) {
      if (!isMoved(error) || redirections === REDIRECTIONS) throw error
      await link.send(key, ['exists', key])
    }
  }
}

function scriptReply(reply: unknown): ScriptReply {
  const [answer, left] = replyList(reply).map(replyText)
  if (answer === 'foreign') throw foreignRow()
  return { answer: answer ?? '', left: left ?? '' }
}
