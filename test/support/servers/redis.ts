/**
 * Private Redis servers: one alone, a cluster of six nodes, a master and a replica under a Sentinel.
 *
 * In: nothing but the program `redis-server`. Out: servers that answer, on free ports and in folders of their own; `stop`
 * ends exactly these and removes their folders. Must not know a client: it talks to them through `redis-cli`.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findProgram, freePort, leftOut, startServer } from './server-process.ts'

export interface RedisServer {
  readonly port: number
  readonly folder: string
  /** `redis-cli` to this server; what it printed. */
  cli(...args: string[]): Promise<string>
  /** kill -9: nothing is said goodbye to. Resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again after `kill`, on the same port and folder. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  /** The nodes that hold slots now, as one of those that live sees it. */
  masters(): Promise<readonly RedisServer[]>
  /** Resolves when every living node says that all is well, no dead one holds a slot, and every replica follows. */
  settled(): Promise<void>
  stop(): Promise<void>
}

export interface RedisUnderSentinel {
  readonly sentinel: RedisServer
  readonly masterName: string
  readonly master: RedisServer
  readonly replica: RedisServer
  stop(): Promise<void>
}

// Each server is ended with this process, by a listener of its own; one test file may well have a dozen.
process.setMaxListeners(Math.max(process.getMaxListeners(), 50))

/** Whether there is a `redis-server` to start. Where not, it says so in one line; on CI that is a failure. */
export function redisIsHere(): boolean {
  if (findProgram('redis-server') !== null) return true
  leftOut('everything on a Redis server')
  return false
}

/** One server, ready. `args`: more options of `redis-server`. */
export function startRedis(...args: string[]): Promise<RedisServer> {
  return launch(args)
}

/** Three masters with a replica each. A master that is silent for a second is replaced by its replica. */
export async function startRedisCluster(...args: string[]): Promise<RedisCluster> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1000']
  const eager = ['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0']
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startRedis(...cluster, ...eager, ...args)))
  const living = new Set(nodes)
  const watched = nodes.map((node) => ({
    ...node,
    async kill() {
      living.delete(node)
      await node.kill()
    },
    async start() {
      await node.start()
      living.add(node)
    },
  }))
  await promisify(execFile)('redis-cli', [
    ...['--cluster', 'create', ...nodes.map(({ port }) => `127.0.0.1:${port}`)],
    ...['--cluster-replicas', '1', '--cluster-yes'],
  ])

  async function isSettled(node: RedisServer): Promise<boolean> {
    if (!(await node.cli('cluster', 'info')).includes('cluster_state:ok')) return false
    const ports = [...living].map(({ port }) => port)
    if (!(await slotHolders(node)).every((port) => ports.includes(port))) return false
    const role = await node.cli('info', 'replication')
    return !role.includes('role:slave') || role.includes('master_link_status:up')
  }

  async function settled(): Promise<void> {
    await until('the cluster is settled', async () => {
      for (const node of living) if (!(await isSettled(node))) return false
      return true
    })
  }

  await settled()
  return {
    nodes: watched,
    async masters() {
      const [witness] = living
      const ports = witness === undefined ? [] : await slotHolders(witness)
      return watched.filter(({ port }) => ports.includes(port))
    },
    settled,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

// Who holds slots, as this node sees it: in its table, a line that goes on after the state of the link.
async function slotHolders(node: RedisServer): Promise<readonly number[]> {
  const lines = (await node.cli('cluster', 'nodes')).split('\n').map((line) => line.split(' '))
  return lines.filter((fields) => fields.length > 8).map(([, address = '']) => Number(/:(\d+)@/.exec(address)?.[1]))
}

/** A master and a replica that follows it. */
export async function startRedisPair(): Promise<{ readonly master: RedisServer; readonly replica: RedisServer }> {
  const master = await startRedis('--repl-diskless-sync-delay', '0')
  const replica = await startRedis('--replicaof', `127.0.0.1 ${master.port}`)
  await until('the replica follows', async () =>
    (await replica.cli('info', 'replication')).includes('master_link_status:up'),
  )
  return { master, replica }
}

/** A master and its replica, and one Sentinel that knows them as `masterName`. */
export async function startRedisUnderSentinel(): Promise<RedisUnderSentinel> {
  const masterName = 'sojourn-master'
  const { master, replica } = await startRedisPair()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  writeFileSync(file, `sentinel monitor ${masterName} 127.0.0.1 ${master.port} 1\n`)
  const sentinel = await launch(['--sentinel'], file)
  return {
    ...{ sentinel, masterName, master, replica },
    async stop() {
      await Promise.all([sentinel, replica, master].map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Asks again and again until it is so, for half a minute at most. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`Waited half a minute in vain until ${what}`)
    await setTimeout(20)
  }
}

async function launch(args: readonly string[], config?: string): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-redis-'))
  // Else it is the port and 10,000, which may be one that the system gives to anybody.
  const bus = args.includes('--cluster-enabled') ? ['--cluster-port', String(await freePort())] : []
  const here = ['--port', String(port), ...bus, '--bind', '127.0.0.1', '--dir', folder]
  async function cli(...command: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...command])
    return stdout.replaceAll('\r', '').trimEnd()
  }
  const server = await startServer({
    program: 'redis-server',
    args: config === undefined ? [...here, '--save', '', ...args] : [config, ...here, ...args],
    async ping() {
      if ((await cli('ping')) !== 'PONG') throw new Error('no answer yet')
    },
  })
  return {
    port,
    folder,
    cli,
    kill: server.kill,
    start: server.start,
    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
