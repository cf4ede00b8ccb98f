/**
 * node-redis, standalone, as a pool, as a cluster or behind Sentinel, as a link.
 *
 * In: a client, by its shape. Out: a link. Must not know what is sent.
 *
 * Commands go out raw: so they are never answered by a replica or by the client's own cache, and its `keyPrefix`, which
 * raw commands do not get, is put in front here.
 *
 * @module
 */
import { type RedisLink, replyList, type SendToNode } from './link.ts'

interface Open {
  readonly isOpen: boolean
}

/** What the store uses of `createClient` and `createClientPool`. */
export interface NodeRedisClient extends Open {
  sendCommand(args: string[]): Promise<unknown>
  multi(): { addCommand(args: string[]): unknown; execAsPipeline(): Promise<unknown> }
}

/** What the store uses of `createCluster`. */
export interface NodeRedisCluster extends Open {
  readonly masters: readonly unknown[]
  nodeClient(master: never): unknown
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
  multi(): {
    addCommand(firstKey: string, isReadonly: boolean, args: string[]): unknown
    execAsPipeline(): Promise<unknown>
  }
}

/** What the store uses of `createSentinel`. */
export interface NodeRedisSentinel extends Open {
  getMasterNode(): unknown
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
  multi(): { addCommand(isReadonly: boolean, args: string[]): unknown; execAsPipeline(): Promise<unknown> }
}

/** A link over one connection, or over a pool of them. */
export function nodeRedisLink(client: NodeRedisClient): RedisLink {
  return {
    addedPrefix: '',
    missingPrefix: keyPrefixOf(client),
    send: async (_key, command) => client.sendCommand([...command]),
    async sendBoth(_key, first, second) {
      const pipeline = client.multi()
      pipeline.addCommand([...first])
      pipeline.addCommand([...second])
      return both(await pipeline.execAsPipeline())
    },
    masters: async () => [toNode(client)],
  }
}

/** A link over a cluster. `false`: never ask a replica. */
export function nodeRedisClusterLink(client: NodeRedisCluster): RedisLink {
  return {
    addedPrefix: '',
    missingPrefix: keyPrefixOf(client),
    send: async (key, command) => client.sendCommand(key, false, [...command]),
    // Pipelines are not redirected by this client: the caller has to.
    async sendBoth(key, first, second) {
      const pipeline = client.multi()
      pipeline.addCommand(key, false, [...first])
      pipeline.addCommand(key, false, [...second])
      return both(await pipeline.execAsPipeline())
    },
    async masters() {
      const nodes = await Promise.all(client.masters.map((master) => client.nodeClient(master as never)))
      return nodes.map((node) => toNode(node as NodeRedisClient))
    },
  }
}

/** A link to the master that Sentinel names. */
export function nodeRedisSentinelLink(client: NodeRedisSentinel): RedisLink {
  const send: SendToNode = async (command) => client.sendCommand(false, [...command])
  return {
    addedPrefix: '',
    missingPrefix: keyPrefixOf(client),
    send: (_key, command) => send(command),
    async sendBoth(_key, first, second) {
      const pipeline = client.multi()
      pipeline.addCommand(false, [...first])
      pipeline.addCommand(false, [...second])
      return both(await pipeline.execAsPipeline())
    },
    masters: async () => [send],
  }
}

// All four kinds of client know it under this name; versions that have no such option have no such member.
function keyPrefixOf(client: object): string {
  const prefix: unknown = Reflect.get(client, '_keyPrefix')
  return typeof prefix === 'string' ? prefix : ''
}

function toNode(client: NodeRedisClient): SendToNode {
  return async (command) => client.sendCommand([...command])
}

function both(replies: unknown): readonly [unknown, unknown] {
  const [one, two] = replyList(replies)
  return [one, two]
}
