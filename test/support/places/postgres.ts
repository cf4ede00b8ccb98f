/**
 * Places on a PostgreSQL of the test file's own: a table for each world.
 *
 * @module
 */
import type { Pool } from 'pg'
import { postgresStore } from '../../../src/store/postgres.ts'
import { startPostgres } from '../servers/postgres.ts'
import { lasting, type OpenPlace, worldName } from './place.ts'

export async function postgresPlaces(): Promise<OpenPlace | null> {
  // Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
  const server = await startPostgres(['fsync=off'])
  if (server === null) return null
  const pool = lasting(async (): Promise<Pool> => server.pool())

  return () => {
    const table = worldName()
    let processes = 0
    return {
      connect: async () => postgresStore(await pool(processes++), { table, create: true }),
      async bytesKept() {
        const rows = `SELECT e::text AS row FROM ${table} e UNION ALL SELECT o::text FROM ${table}_epochs o`
        return (await (await pool(0)).query(rows)).rows.map(({ row }) => row).join('\n')
      },
      async close() {
        await (await pool(0)).query(`DROP TABLE IF EXISTS ${table}, ${table}_epochs`)
      },
    }
  }
}
