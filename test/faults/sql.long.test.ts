import { sqlFaults } from './sql.ts'

await sqlFaults({ kills: 25, changes: 1_000 })
