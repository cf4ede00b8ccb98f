/**
 * A PostgreSQL of a run of the bench alone.
 *
 * Out: where it listens and the switch; `null` where it is not installed, after a line that says so. With its own settings:
 * it waits for the disk at every commit.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { findProgram, freePort, leftOut, startServer } from '../../test/support/servers/server-process.ts'

export interface OwnPostgres {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres | null> {
  const program = findProgram('postgres', debianFolders())
  if (program === null) return leftOut('PostgreSQL')
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const connection = { host: '127.0.0.1', port: await freePort(), user: 'postgres', database: 'postgres' }
  const server = await start(program, folder, connection)
  return {
    connection,
    async stop() {
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

// Debian keeps every version in a folder of its own; the newest one first.
function debianFolders(): string[] {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
  return versions.map((version) => join(root, version, 'bin'))
}
