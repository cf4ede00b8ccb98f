/**
 * Places on a MariaDB of the test file's own.
 *
 * @module
 */
import { mysqlStore } from '../../../src/store/mysql.ts'
import { startMariadb } from '../servers/mariadb.ts'
import type { OpenPlace } from './place.ts'
import { tablePlaces } from './tables.ts'

export async function mysqlPlaces(): Promise<OpenPlace | null> {
  // Nothing here asks what a power cut leaves, and waiting for the disk would be most of the time.
  const server = await startMariadb(['innodb-flush-log-at-trx-commit=0', 'innodb-flush-method=nosync'])
  if (server === null) return null
  return tablePlaces({
    connect: async () => server.pool(),
    store: (pool, table) => mysqlStore(pool, { table, create: true }),
    async rowsOf(pool, table) {
      const both = [table, `${table}_epochs`]
      return JSON.stringify(await Promise.all(both.map(async (name) => (await pool.query(`SELECT * FROM ${name}`))[0])))
    },
    drop: (pool, table) => pool.query(`DROP TABLE IF EXISTS ${table}, ${table}_epochs`),
  })
}
