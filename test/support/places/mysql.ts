/**
 * Places on a MariaDB of the test file's own: a table for each world.
 *
 * @module
 */
import type { Pool } from 'mysql2/promise'
import { mysqlStore } from '../../../src/store/mysql.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { lasting, type OpenPlace, worldName } from './place.ts'

export async function mysqlPlaces(): Promise<OpenPlace | null> {
  // Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
  const server = await startMariadb(['innodb-flush-log-at-trx-commit=0', 'innodb-flush-method=nosync'])
  if (server === null) return null
  const pool = lasting(async (): Promise<Pool> => server.pool())

  return () => {
    const table = worldName()
    let processes = 0
    return {
      connect: async () => mysqlStore(await pool(processes++), { table, create: true }),
      async bytesKept() {
        const one = await pool(0)
        const kept = await Promise.all([table, `${table}_epochs`].map((name) => one.query(`SELECT * FROM ${name}`)))
        return JSON.stringify(kept.map(([rows]) => rows))
      },
      async close() {
        await (await pool(0)).query(`DROP TABLE IF EXISTS ${table}, ${table}_epochs`)
      },
    }
  }
}
