/**
 * A MariaDB of the test file's own.
 *
 * Out: clients of it, which end with it, and the switch; `null` where MariaDB is not installed, after a line that says
 * so.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { afterAll } from 'vitest'
import { temporaryFolder } from '../folders.ts'
import { findProgram, freePort, leftOut, type ServerProcess, startServer } from './server-process.ts'

export interface MariadbServer extends Pick<ServerProcess, 'kill' | 'start'> {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  pool(options?: mysql.PoolOptions): mysql.Pool
  client(options?: mysql.ConnectionOptions): Promise<mysql.Connection>
}

/** `settings` as `name=value`. */
export async function startMariadb(settings: readonly string[] = []): Promise<MariadbServer | null> {
  const program = findProgram('mariadbd')
  const install = findProgram('mariadb-install-db')
  if (program === null || install === null) return leftOut('MariaDB')
  const folder = temporaryFolder()
  const port = await freePort()
  const user = userInfo().username
  const connection = { host: '127.0.0.1', port, user: 'root', database: 'sojourn' }
  const common = ['--no-defaults', `--datadir=${folder}`, `--user=${user}`]
  execFileSync(install, [...common, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'pipe' })
  const server = await startServer({
    program,
    args: [
      ...common,
      ...['--bind-address=127.0.0.1', `--port=${port}`, '--skip-name-resolve'],
      ...[`--socket=${join(folder, 's.sock')}`, `--pid-file=${join(folder, 'p.pid')}`],
      ...settings.map((setting) => `--${setting}`),
    ],
    ping: async () => {
      const client = await mysql.createConnection({ ...connection, database: undefined })
      await client.query(`CREATE DATABASE IF NOT EXISTS ${connection.database}`)
      await client.end()
    },
  })
  const open = new Set<{ end(): Promise<void> }>()
  afterAll(async () => {
    await Promise.all([...open].map((client) => client.end().catch(() => {})))
    await server.stop('SIGKILL')
  })

  return {
    ...server,
    connection,
    pool(options = {}) {
      const pool = mysql.createPool({ ...connection, ...options })
      open.add(pool)
      return pool
    },
    async client(options = {}) {
      const client = await mysql.createConnection({ ...connection, ...options })
      client.on('error', () => {})
      open.add(client)
      return client
    },
  }
}
