/**
 * ioredis and iovalkey, standalone, behind Sentinel or with their Cluster client, as a link.
 *
 * In: a client, by its shape. Out: a link. Must not know what is sent.
 *
 * @module
 */
import type { RedisLink, SendToNode } from './link.ts'

/** What the store uses of `Redis` of ioredis and iovalkey. */
export interface IoredisClient {
  readonly status: string
  readonly options: { readonly keyPrefix?: string }
  call(command: string, ...args: string[]): Promise<unknown>
  pipeline(): IoredisPipeline
}

/** What the store uses of their `Cluster`. */
export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): { call(command: string, ...args: string[]): Promise<unknown> }[]
}

/** Commands that leave together. */
export interface IoredisPipeline {
  call(command: string, ...args: string[]): unknown
  exec(): Promise<readonly (readonly [Error | null, unknown])[] | null>
}

/** A link over one connection. */
export function ioredisLink(client: IoredisClient): RedisLink {
  return {
    addedPrefix: client.options.keyPrefix ?? '',
    missingPrefix: '',
    send: async (_key, command) => client.call(...parts(command)),
    sendBoth: async (_key, first, second) => {
      const [one, two] = await together(client, [first, second])
      return [one, two]
    },
    masters: async () => [toNode(client)],
  }
}

/** A link over a cluster. The client finds the node by the keys of the command. */
export function ioredisClusterLink(client: IoredisCluster): RedisLink {
  return {
    addedPrefix: client.options.keyPrefix ?? '',
    missingPrefix: '',
    // With auto-pipelining some versions take the first argument of a script for its key, and join what goes to different
    // nodes. A pipeline of one is left alone, and is redirected as a single command is.
    send: async (_key, command) => (await together(client, [command]))[0],
    // A pipeline with keys goes to one node, and leaves in one piece.
    sendBoth: async (_key, first, second) => {
      const [one, two] = await together(client, [first, second])
      return [one, two]
    },
    async masters() {
      // Until it is ready, its nodes are guesses whose connections it may close again.
      if (client.status !== 'ready') await client.call('ping')
      return client.nodes('master').map(toNode)
    },
  }
}

async function together(client: IoredisClient, commands: readonly (readonly string[])[]): Promise<readonly unknown[]> {
  const pipeline = client.pipeline()
  for (const command of commands) pipeline.call(...parts(command))
  const results = (await pipeline.exec()) ?? []
  for (const [error] of results) if (error !== null) throw error
  return results.map(([, reply]) => reply)
}

function toNode(node: { call(command: string, ...args: string[]): Promise<unknown> }): SendToNode {
  return async (command) => node.call(...parts(command))
}

function parts([name = '', ...args]: readonly string[]): [string, ...string[]] {
  return [name, ...args]
}
