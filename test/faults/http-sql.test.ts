import { describe, expect, test } from 'vitest'
import { mysqlStore } from '../../src/store/mysql.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import type { ServerProcess } from '../support/servers/server-process.ts'
import type { SqlStore } from '../support/sql-stories.ts'
import { nothingLost } from './http-load.ts'
import { serverKilledBehindHttp } from './http-sql.ts'

/** In the long form, more often. */
const KILLS = process.env.SOJOURN_CELLS === 'all' ? 10 : 2

const [postgres, mariadb] = [await startPostgres(), await startMariadb()]

describe('killed with -9 under an app', () => {
  const report = 'every session whose answer was sent is there, nobody is logged out, no logout is undone'

  test(`PostgreSQL: ${report}`, { timeout: 600_000 }, async ({ skip }) => {
    if (postgres === null) return skip('PostgreSQL is not installed here')
    await expectNothingLost(postgres, postgresStore(postgres.pool(), { create: true }))
  })

  test(`MariaDB: ${report}`, { timeout: 600_000 }, async ({ skip }) => {
    if (mariadb === null) return skip('MariaDB is not installed here')
    await expectNothingLost(mariadb, mysqlStore(mariadb.pool(), { create: true }))
  })
})

async function expectNothingLost(server: Pick<ServerProcess, 'kill' | 'start'>, store: SqlStore): Promise<void> {
  const report = await serverKilledBehindHttp(server, store, { browsers: 12, writes: 8, kills: KILLS })
  expect(report).toMatchObject({ ...nothingLost, recovered: 12 })
  expect(report.logouts).toBeGreaterThan(0)
  console.log(`${report.answered} answers, ${report.logouts} logouts, ${report.refused} times 503 in ${KILLS} restarts`)
}
