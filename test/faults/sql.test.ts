import { sqlFaults } from './sql.ts'

await sqlFaults({ kills: 2, changes: 150 })
