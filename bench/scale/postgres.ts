/**
 * A PostgreSQL of this run alone, as it is after installing it: it waits for the disk at every commit.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { postgresStore } from '../../src/store/postgres.ts'
import { findProgram, freePort, leftOut, startServer } from '../../test/support/servers/server-process.ts'
import { type Backend, inParallel } from './backend.ts'

const AT_ONCE = 16

export async function openPostgres(): Promise<Backend | null> {
  const program = findProgram('postgres', debianFolders())
  if (program === null) return leftOut('PostgreSQL')
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-scale-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const connection = { host: '127.0.0.1', port: await freePort(), user: 'postgres', database: 'postgres' }
  const server = await start(program, folder, connection)

  const pool = quiet(new pg.Pool({ ...connection, max: AT_ONCE, idleTimeoutMillis: 0 }))
  // What is lost in a power cut while filling would be filled again.
  const hasty = { ...connection, max: AT_ONCE, options: '-c synchronous_commit=off' }
  const filling = quiet(new pg.Pool(hasty))
  const open = (client: pg.Pool) => ({
    small: postgresStore(client, { table: 'small', create: true }),
    large: postgresStore(client, { table: 'large', create: true }),
  })
  const [stores, filled] = [open(pool), open(filling)]
  const { rows } = await pool.query('SHOW server_version')
  return {
    name: 'PostgreSQL',
    goal: 1.5,
    about: `PostgreSQL ${rows[0]?.server_version} through pg over TCP, its own settings (shared_buffers 128 MB, synchronous_commit on)`,
    stores,
    calls: 200,
    atOnce: AT_ONCE,
    fill: (size, count, work) => inParallel(count, AT_ONCE, (n) => work(filled[size], n)),
    async settle() {
      await pool.query('VACUUM ANALYZE')
      await pool.query('CHECKPOINT')
    },
    async serverProcesses() {
      const workers = await pool.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
      return workers.rows.map(({ pid }) => Number(pid))
    },
    async close() {
      await Promise.all([pool.end(), filling.end()])
      await server.stop('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function start(program: string, folder: string, connection: pg.ClientConfig) {
  // It refuses to run as root.
  const asRoot = process.getuid?.() === 0
  const drop = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  if (asRoot) execFileSync('chown', ['postgres', folder])
  const [initdb = '', ...initArgs] = [...drop, join(dirname(program), 'initdb')]
  execFileSync(
    initdb,
    [...initArgs, '-D', folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-instructions'],
    {
      cwd: '/',
      stdio: 'pipe',
      env: { ...process.env, LC_ALL: 'C' },
    },
  )
  const [first = '', ...args] = [...drop, program, '-D', folder, '-p', String(connection.port)]
  return startServer({
    program: first,
    args: [...args, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    async ping() {
      const client = new pg.Client(connection).on('error', () => {})
      await client.connect()
      await client.end()
    },
  })
}

function quiet(pool: pg.Pool): pg.Pool {
  return pool.on('error', () => {})
}

// Debian keeps every version in a folder of its own; the newest one first.
function debianFolders(): string[] {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
  return versions.map((version) => join(root, version, 'bin'))
}
