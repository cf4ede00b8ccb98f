/**
 * The floor under load: the least that a hand could write on Express for each place where a session can be.
 *
 * They keep none of the laws: no time, no overlapping requests, no key but one, nothing bound to a cookie's name, and no middleware, so
 * that each handler has to know where its session is. What they do is what no session can leave out: prove the cookie, read the record,
 * say in the headers what law 11 asks, and for a write keep the record before the answer. What was proved once is found in a Map: all of
 * a cookie in `known`, as a memo of opened cookies does it, and the id of a token where the rest is in a store. The objects of Express
 * get shared shapes, as from sojourn's middleware.
 *
 * @module
 */
import { join } from 'node:path'
import express, { type Request, type Response } from 'express'
import { Redis } from 'ioredis'
import pg from 'pg'
import { shareShapes } from '../../../dist/adapter/shared/shared-shapes.js'
import { dataOf, greetingOf } from '../../lib/record.ts'
import { createIdLimit, createSealedLimit, type IdLimit, type Wire } from '../../limit/sessions.ts'
import { type App, type Place, requirePlace } from '../app.ts'
import { serve } from './express.ts'

type Kept = Wire['d']

/** What a mode does with a cookie. A promise only where there is no way around one. */
interface Mode {
  begin(data: Kept): string | Promise<string>
  read(cookie: string): Kept | Promise<Kept>
  /** The value of the cookie to set; `null` where the browser's is right. */
  write(cookie: string, data: Kept): string | null | Promise<string | null>
}

function limit(make: (place: Place) => Mode | Promise<Mode>): App {
  return async (place) => {
    const mode = await make(place)
    const app = express()
    const cookieOf = (req: Request) => {
      if (req.res !== undefined) shareShapes(req, req.res)
      return (req.headers.cookie ?? '').slice('session='.length)
    }
    const answer = (res: Response, { name }: Kept) => {
      res.setHeader('Vary', 'Cookie')
      res.setHeader('Cache-Control', 'private')
      res.send(greetingOf(name))
    }
    const written = (res: Response, data: Kept, value: string | null) => {
      if (value !== null) res.setHeader('Set-Cookie', `session=${value}; Path=/; HttpOnly; SameSite=Lax`)
      answer(res, data)
    }
    const counted = (data: Kept): Kept => ({ ...data, visits: data.visits + 1 })
    app.get('/begin', async (_req, res) => {
      res.setHeader('Set-Cookie', `session=${await mode.begin(dataOf(place.recordBytes))}; Path=/`)
      res.send('begun')
    })
    app.get('/read', (req, res) => {
      const read = mode.read(cookieOf(req))
      if (read instanceof Promise) read.then((data) => answer(res, data))
      else answer(res, read)
    })
    app.get('/write', (req, res) => {
      const cookie = cookieOf(req)
      const read = mode.read(cookie)
      if (read instanceof Promise) {
        read.then(async (data) => {
          const next = counted(data)
          written(res, next, await mode.write(cookie, next))
        })
        return
      }
      const next = counted(read)
      const value = mode.write(cookie, next)
      if (value instanceof Promise) value.then((set) => written(res, next, set))
      else written(res, next, value)
    })
    return serve(app)
  }
}

function sealed(): Mode {
  const { open, seal } = createSealedLimit()
  const wire = (d: Kept) => ({ v: 1, c: 1_700_000_000_000, d })
  return { begin: (data) => seal(wire(data)), read: (cookie) => open(cookie).d, write: (_, data) => seal(wire(data)) }
}

function known(): Mode {
  const { begin, read, write } = sealed()
  const opened = new Map<string, Kept>()
  return {
    begin,
    write,
    read(cookie) {
      const before = opened.get(cookie)
      if (before !== undefined) return before
      const data = read(cookie) as Kept
      opened.set(cookie, data)
      return data
    },
  }
}

/** A signed id in the cookie, text under the id in some place. */
function stored(
  ids: IdLimit,
  find: (id: string) => Promise<string>,
  keep: (id: string, text: string) => Promise<void>,
): Mode {
  return {
    async begin(data) {
      const { id, token } = ids.issue()
      await keep(id, JSON.stringify(data))
      return token
    },
    read: async (token) => JSON.parse(await find(ids.open(token))),
    async write(token, data) {
      await keep(ids.open(token), JSON.stringify(data))
      return null
    },
  }
}

/** The same where the place answers at once. */
function storedHere(ids: IdLimit, find: (id: string) => string, keep: (id: string, text: string) => void): Mode {
  return {
    begin(data) {
      const { id, token } = ids.issue()
      keep(id, JSON.stringify(data))
      return token
    },
    read: (token) => JSON.parse(find(ids.open(token))),
    write(token, data) {
      keep(ids.open(token), JSON.stringify(data))
      return null
    },
  }
}

function memory(): Mode {
  const rows = new Map<string, string>()
  return storedHere(
    createIdLimit({ known: true }),
    (id) => rows.get(id) ?? 'null',
    (id, text) => void rows.set(id, text),
  )
}

function redis(place: Place): Mode {
  const port = requirePlace(place.redis, 'Redis')
  const client = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true })
  return stored(
    createIdLimit({ known: true }),
    async (id) => (await client.get(`limit:${id}`)) ?? 'null',
    async (id, text) => void (await client.set(`limit:${id}`, text, 'PX', 86_400_000)),
  )
}

async function postgres(place: Place): Promise<Mode> {
  const pool = new pg.Pool({ ...requirePlace(place.postgres, 'PostgreSQL'), max: 8 })
  await pool.query('CREATE TABLE IF NOT EXISTS floor (id text PRIMARY KEY, value text NOT NULL)')
  const find = { name: 'floor-find', text: 'SELECT value FROM floor WHERE id = $1' }
  const keep = {
    name: 'floor-keep',
    text: 'INSERT INTO floor (id, value) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value',
  }
  return stored(
    createIdLimit({ known: true }),
    async (id) => (await pool.query({ ...find, values: [id] })).rows[0]?.value ?? 'null',
    async (id, text) => void (await pool.query({ ...keep, values: [id, text] })),
  )
}

async function sqlite(place: Place): Promise<Mode> {
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const database = new DatabaseSync(join(place.folder, 'floor.db'))
  database.exec('PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('CREATE TABLE IF NOT EXISTS floor (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  const find = database.prepare('SELECT value FROM floor WHERE id = ?')
  const keep = database.prepare('INSERT OR REPLACE INTO floor (id, value) VALUES (?, ?)')
  return storedHere(
    createIdLimit({ known: true }),
    (id) => (find.get(id) as { value: string } | undefined)?.value ?? 'null',
    (id, text) => {
      // Also what holds on to the database: its statements do not.
      if (database.isOpen) keep.run(id, text)
    },
  )
}

export const apps: Readonly<Record<string, App>> = {
  'express/limit-known': limit(known),
  'express/limit-sealed': limit(sealed),
  'express/limit-memory': limit(memory),
  'express/limit-redis': limit(redis),
  'express/limit-postgres': limit(postgres),
  'express/limit-sqlite': limit(sqlite),
}
