/**
 * Places on a PostgreSQL of the test file's own.
 *
 * @module
 */
import { postgresStore } from '../../../src/store/postgres.ts'
import { startPostgres } from '../servers/postgres.ts'
import type { OpenPlace } from './place.ts'
import { tablePlaces } from './tables.ts'

export async function postgresPlaces(): Promise<OpenPlace | null> {
  // Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
  const server = await startPostgres(['fsync=off', 'synchronous_commit=off', 'autovacuum=off'])
  if (server === null) return null
  return tablePlaces({
    connect: async () => server.pool(),
    store: (pool, table) => postgresStore(pool, { table, create: true }),
    async rowsOf(pool, table) {
      const text = `SELECT e::text AS row FROM ${table} e UNION ALL SELECT o::text FROM ${table}_epochs o`
      return (await pool.query(text)).rows.map(({ row }) => row).join('\n')
    },
    drop: (pool, table) => pool.query(`DROP TABLE IF EXISTS ${table}, ${table}_epochs`),
  })
}
