/**
 * Whatever a developer passed as a client -> a link.
 *
 * In: any value. Out: a link, or a ConfigError that says what was found. Must not know a driver: shapes are all there is.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import { type IoredisClient, type IoredisCluster, ioredisClusterLink, ioredisLink } from './ioredis.ts'
import type { RedisLink } from './link.ts'
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  nodeRedisClusterLink,
  nodeRedisLink,
  nodeRedisSentinelLink,
} from './node-redis.ts'

/**
 * A client of node-redis (`createClient`, `createClientPool`, `createCluster`, `createSentinel`), or of ioredis or iovalkey
 * (`Redis`, Sentinel included, and `Cluster`). No driver is imported.
 */
export type RedisClient = IoredisClient | IoredisCluster | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel

/** @throws ConfigError `OPTION_INVALID` where the client has none of the shapes, or is set up to read from replicas. */
export function linkTo(client: unknown): RedisLink {
  const found = strangeness(client)
  if (found !== null) {
    throw new ConfigError('OPTION_INVALID', `Cannot use the client of redisStore: found ${found}`, {
      details: { option: 'client' },
    })
  }
  if (has(client, 'call')) {
    return has(client, 'nodes')
      ? ioredisClusterLink(client as unknown as IoredisCluster)
      : ioredisLink(client as unknown as IoredisClient)
  }
  if (has(client, 'nodeClient')) return nodeRedisClusterLink(client as unknown as NodeRedisCluster)
  if (has(client, 'getMasterNode')) return nodeRedisSentinelLink(client as unknown as NodeRedisSentinel)
  return nodeRedisLink(client as unknown as NodeRedisClient)
}

const ADVICE = 'Pass a client of node-redis, ioredis or iovalkey, standalone, cluster or sentinel'

function strangeness(client: unknown): string | null {
  if (typeof client === 'string') return `a text, perhaps the address of a server. ${ADVICE}`
  if (typeof client === 'function') return `a function, perhaps the class of a driver. ${ADVICE}`
  if (typeof client !== 'object' || client === null) {
    return `a value of type ${client === null ? 'null' : typeof client}. ${ADVICE}`
  }
  if (has(client, 'then')) return 'a promise. Await it, and pass the connected client'
  if (has(client, 'execAsPipeline') || Reflect.get(client, 'isPipeline') === true)
    return `a pipeline or transaction. ${ADVICE}`
  const options: unknown = Reflect.get(client, 'options')
  const option = (name: string): unknown =>
    typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined
  if (has(client, 'call') && has(client, 'pipeline')) {
    const reads = option('scaleReads')
    if (!has(client, 'nodes') || reads === undefined || reads === 'master') return null
    return 'a cluster client with scaleReads. A replica may not know of a logout yet: set it to "master"'
  }
  if (!has(client, 'sendCommand') || !has(client, 'multi')) return `an object without call or sendCommand. ${ADVICE}`
  if (typeof Reflect.get(client, 'isOpen') !== 'boolean' || option('legacyMode') === true) {
    return 'the legacy client of node-redis, which answers callbacks. Pass the client it was made from'
  }
  return null
}

function has(client: unknown, method: string): boolean {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, method) === 'function'
}
