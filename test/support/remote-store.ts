/**
 * SQL stores in processes of their own, as the processes of one app each have one.
 *
 * In: the kind of store, where its server is, and calls. Out: the answers. Must not know what is tested.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

type Method = 'find' | 'create' | 'replace' | 'extend' | 'bury' | 'sweep' | 'raiseEpoch'

/** A method and its arguments. */
export type Call = readonly [Method, ...unknown[]]

export type Reply = { id: number; answers: unknown[] } | { id: number; error: string }

export interface RemoteStore {
  /** Makes all the calls at once in its process; resolves with the answers, in the order of the calls. */
  all(calls: readonly Call[]): Promise<unknown[]>
}

const SCRIPT = join(import.meta.dirname, 'remote-store-process.ts')

export async function startRemoteStore(
  kind: 'postgres' | 'mysql',
  connection: object,
  table: string,
): Promise<RemoteStore> {
  const child = fork(SCRIPT, [kind, JSON.stringify(connection), table], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const waiting = new Map<number, (reply: Reply) => void>()
  let calls = 0
  await once(child, 'message')
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  return {
    async all(list) {
      const id = ++calls
      const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve))
      child.send({ id, calls: list })
      const reply = await replied
      if ('error' in reply) throw new Error(`In the other process: ${reply.error}`)
      return reply.answers
    },
  }
}
