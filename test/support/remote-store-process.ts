/**
 * A process with a SQL store of its own, which does what it is told over IPC.
 *
 * In: `tsx remote-store-process.ts <kind> <connection> <table>`; then messages with calls, which it makes all at once.
 * Out: the answers of each message, in order, or the message of the first error.
 *
 * @module
 */
import mysql from 'mysql2/promise'
import pg from 'pg'
import { mysqlStore } from '../../src/store/mysql.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import type { Call, Reply } from './remote-store.ts'

const [kind, connection = '{}', table = ''] = process.argv.slice(2)
const settings = JSON.parse(connection)
const options = { table, create: true }
const store =
  kind === 'postgres' ? postgresStore(new pg.Pool(settings), options) : mysqlStore(mysql.createPool(settings), options)

process.on('message', async ({ id, calls }: { id: number; calls: readonly Call[] }) => {
  const reply = await Promise.all(calls.map(([method, ...args]) => Reflect.apply(store[method], store, args))).then(
    (answers): Reply => ({ id, answers }),
    (error: Error): Reply => ({ id, error: error.message }),
  )
  process.send?.(reply)
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, answers: [] } satisfies Reply)
