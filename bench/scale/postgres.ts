/**
 * A PostgreSQL of this run alone, as it is after installing it: it waits for the disk at every commit.
 *
 * @module
 */
import pg from 'pg'
import { postgresStore } from '../../src/store/postgres.ts'
import { startOwnPostgres } from '../lib/postgres-server.ts'
import { type Backend, inParallel } from './backend.ts'

const AT_ONCE = 16

export async function openPostgres(): Promise<Backend | null> {
  const server = await startOwnPostgres()
  if (server === null) return null
  const { connection } = server

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
      await server.stop()
    },
  }
}

function quiet(pool: pg.Pool): pg.Pool {
  return pool.on('error', () => {})
}
