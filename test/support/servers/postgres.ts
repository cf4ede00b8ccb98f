/**
 * A PostgreSQL of the test file's own.
 *
 * Out: clients of it, which end with it, and the switch; `null` where PostgreSQL is not installed, after a line that
 * says so.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll } from 'vitest'
import { temporaryFolder } from '../folders.ts'
import { findProgram, freePort, leftOut, type ServerProcess, startServer } from './server-process.ts'

export interface PostgresServer extends Pick<ServerProcess, 'kill' | 'start'> {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  pool(config?: pg.PoolConfig): pg.Pool
  client(config?: pg.ClientConfig): Promise<pg.Client>
}

/** `settings` as `name=value`. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer | null> {
  const program = findProgram('postgres', debianFolders())
  if (program === null) return leftOut('PostgreSQL')
  const folder = temporaryFolder()
  const port = await freePort()
  const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }

  // It refuses to run as root.
  const asRoot = process.getuid?.() === 0
  const drop = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  if (asRoot) execFileSync('chown', ['postgres', folder])
  const initdb = join(dirname(program), 'initdb')
  run([...drop, initdb, '-D', folder, '-U', 'postgres', '-A', 'trust', '--no-sync', '--no-instructions', '-E', 'UTF8'])

  const [first = program, ...args] = [...drop, program, '-D', folder, '-p', String(port)]
  const server = await startServer({
    program: first,
    args: [
      ...args,
      ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings].flatMap((setting) => ['-c', setting]),
    ],
    ping: async () => {
      const client = new pg.Client(connection)
      client.on('error', () => {})
      await client.connect()
      await client.end()
    },
  })
  const pools: pg.Pool[] = []
  const clients: pg.Client[] = []
  afterAll(async () => {
    await Promise.all([...pools.filter(({ ended, ending }) => !ended && !ending), ...clients].map((open) => open.end()))
    // Without waiting for anybody; after SIGKILL its shared memory would stay.
    await server.stop('SIGQUIT')
  })

  return {
    ...server,
    connection,
    pool(config = {}) {
      const pool = new pg.Pool({ ...connection, ...config })
      // What happens to an idle connection is of no interest; what happens to a query is told to who made it.
      pool.on('error', () => {})
      pools.push(pool)
      return pool
    },
    async client(config = {}) {
      const client = new pg.Client({ ...connection, ...config })
      client.on('error', () => {})
      await client.connect()
      clients.push(client)
      return client
    },
  }
}

function run([program = '', ...args]: readonly string[]): void {
  execFileSync(program, args, { cwd: '/', stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } })
}

// Debian keeps every version in a folder of its own; the newest one first.
function debianFolders(): string[] {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
  return versions.map((version) => join(root, version, 'bin'))
}
