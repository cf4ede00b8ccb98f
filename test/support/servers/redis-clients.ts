/**
 * Every Redis client there is here, connected to a server of the test's own.
 *
 * In: ports and the client's own options. Out: a client and the way to close it. Must not know stores.
 *
 * @module
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { Redis as Iovalkey, Cluster as IovalkeyCluster } from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel, type RedisClusterOptions } from 'redis'

export interface Connected<Client> {
  readonly client: Client
  close(): void
}

const HOST = '127.0.0.1'

export async function nodeRedis(port: number, options: Parameters<typeof createClient>[0] = {}) {
  const client = quiet(createClient({ socket: { host: HOST, port }, ...options }))
  await client.connect()
  return connected(client, () => client.destroy())
}

export async function nodeRedisPool(port: number) {
  const pool = quiet(createClientPool({ socket: { host: HOST, port } }))
  await pool.connect()
  return connected(pool, () => pool.destroy())
}

export async function nodeRedisCluster(ports: readonly number[], options: Partial<RedisClusterOptions> = {}) {
  const rootNodes = ports.map((port) => ({ socket: { host: HOST, port } }))
  const cluster = createCluster({ rootNodes, ...options })
  await quiet(cluster).connect()
  return connected(cluster, () => cluster.destroy())
}

export async function nodeRedisSentinel(port: number, name: string) {
  const sentinel = createSentinel({ name, sentinelRootNodes: [{ host: HOST, port }] })
  await quiet(sentinel).connect()
  return connected(sentinel, () => void sentinel.destroy())
}

export async function ioredis(port: number, options: RedisOptions = {}) {
  const client = quiet(new Redis({ host: HOST, port, ...options }))
  return connected(client, () => client.disconnect())
}

export async function ioredisCluster(ports: readonly number[], options: ConstructorParameters<typeof Cluster>[1] = {}) {
  const cluster = quiet(new Cluster(nodes(ports), options))
  return connected(cluster, () => cluster.disconnect())
}

export async function ioredisSentinel(port: number, name: string) {
  return ioredis(port, { sentinels: [{ host: HOST, port }], name })
}

export async function iovalkey(port: number) {
  const client = quiet(new Iovalkey({ host: HOST, port }))
  return connected(client, () => client.disconnect())
}

export async function iovalkeyCluster(
  ports: readonly number[],
  options: ConstructorParameters<typeof IovalkeyCluster>[1] = {},
) {
  const cluster = quiet(new IovalkeyCluster(nodes(ports), options))
  return connected(cluster, () => cluster.disconnect())
}

function nodes(ports: readonly number[]) {
  return ports.map((port) => ({ host: HOST, port }))
}

function connected<Client>(client: Client, close: () => void): Connected<Client> {
  return { client, close }
}

// What a command meets is told by the command; without a listener the event would end the process.
function quiet<Client extends { on(event: 'error', listener: () => void): unknown }>(client: Client): Client {
  client.on('error', () => {})
  return client
}
