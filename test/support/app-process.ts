/**
 * One process of a small Express app: the others share its store and nothing else.
 *
 * In: `tsx app-process.ts <kind> <place> <together>`: the kind of store, where it is as JSON, and how many requests to
 * `/count` must be in their handlers, with the session read, before the first goes on. Out: messages: the port once it
 * listens, then `all in`; it goes on when it is told `go on`, and ends with its parent.
 *
 *   POST /begin          a session with a counter
 *   POST /count?key=k    counts one on, and sets the key
 *   GET  /session        the session's values
 *
 * @module
 */
import type { AddressInfo } from 'node:net'
import express from 'express'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { createSessions } from '../../src/index.ts'
import { fileStore } from '../../src/store/file.ts'
import { mysqlStore } from '../../src/store/mysql.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { redisStore } from '../../src/store/redis.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'

/** What a place is: a path, or what the driver takes to connect. Four processes start faster with one driver each. */
const STORES = {
  file: async (place: string): Promise<Store> => fileStore(JSON.parse(place)),
  async sqlite(place: string): Promise<Store> {
    const { DatabaseSync } = await import('@photostructure/sqlite')
    return sqliteStore(new DatabaseSync(JSON.parse(place)) as SqliteDatabase)
  },
  async redis(place: string): Promise<Store> {
    const { Redis } = await import('ioredis')
    return redisStore(new Redis(JSON.parse(place)))
  },
  async postgres(place: string): Promise<Store> {
    const { Pool } = await import('pg')
    return postgresStore(new Pool(JSON.parse(place)), { create: true })
  },
  async mysql(place: string): Promise<Store> {
    const { createPool } = await import('mysql2/promise')
    return mysqlStore(createPool(JSON.parse(place)), { create: true })
  },
}

export type AppKind = keyof typeof STORES

const [kind, place = 'null', together = '1'] = process.argv.slice(2)
const sessions = createSessions<Record<string, number>>({
  origin: 'http://localhost:3000',
  secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
  store: await STORES[kind as AppKind](place),
})

let inside = 0
const told = new Promise<void>((resolve) => process.once('message', () => resolve()))

const app = express()
app.use(sessionMiddleware(sessions))
app.post('/begin', (req, res) => {
  sessions.of(req).set('count', 0)
  res.end()
})
app.post('/count', async (req, res) => {
  const session = sessions.of(req)
  if (!session.has('count')) return res.status(401).end()
  if (++inside === Number(together)) process.send?.('all in')
  await told
  session.update('count', (count = 0) => count + 1)
  session.set(String(req.query.key), 1)
  res.end()
})
app.get('/session', (req, res) => {
  const session = sessions.of(req)
  res.json(Object.fromEntries(session.keys().map((key) => [key, session.get(key)])))
})

const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
