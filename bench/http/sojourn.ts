/**
 * sojourn as its own README says, over each store.
 *
 * From `dist`, as an app would have it: what is measured is the code that is published.
 *
 * @module
 */
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createSessions, type Sessions } from '../../dist/index.js'
import { redisTracking } from '../../dist/store/bus/redis-tracking.js'
import { cached } from '../../dist/store/cached.js'
import { memoryStore } from '../../dist/store/memory.js'
import { postgresStore } from '../../dist/store/postgres.js'
import { redisStore } from '../../dist/store/redis.js'
import { type SqliteDatabase, sqliteStore } from '../../dist/store/sqlite.js'
import type { Store } from '../../dist/store/store.js'
import { SECRET } from '../lib/record.ts'
import { type Place, requirePlace } from './app.ts'

export interface Data {
  name?: string
  role?: string
  cart?: { sku: string; qty: number }[]
  visits?: number
  note?: string
}

export type StoreName = 'sealed' | 'memory' | 'redis' | 'near' | 'postgres' | 'sqlite' | 'skip'

export async function sessionsOver(name: StoreName, place: Place): Promise<Sessions<Data>> {
  const store = await storeOf(name, place)
  return createSessions<Data>({
    origin: 'http://localhost:3000',
    secret: SECRET,
    ...(store !== null && { store }),
    ...(name === 'skip' && { skip: ({ url }) => url === '/untouched' }),
  })
}

async function storeOf(name: StoreName, place: Place): Promise<Store | null> {
  switch (name) {
    case 'sealed':
      return null
    case 'memory':
      return memoryStore()
    case 'redis':
    case 'skip':
      return redisStore(redisClient(place))
    case 'near': {
      const port = requirePlace(place.redis, 'Redis')
      const listener = new Redis({ host: '127.0.0.1', port, protocol: 2, autoResubscribe: false } as object)
      return cached(redisStore(redisClient(place)), { bus: redisTracking(listener as never), maxStale: '60s' })
    }
    case 'postgres':
      return postgresStore(new pg.Pool({ ...requirePlace(place.postgres, 'PostgreSQL'), max: 8 }) as never, {
        create: true,
      })
    case 'sqlite': {
      const { DatabaseSync } = await import('@photostructure/sqlite')
      return sqliteStore(new DatabaseSync(join(place.folder, 'sojourn.db')) as unknown as SqliteDatabase)
    }
  }
}

function redisClient(place: Place): never {
  const port = requirePlace(place.redis, 'Redis')
  return new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true }) as never
}
