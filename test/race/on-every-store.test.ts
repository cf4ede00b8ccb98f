/** Everybody at once, on every store there is. */
import { describe, test } from 'vitest'
import type { Backend, StoreName } from '../support/backends.ts'
import { cachedPlaces, migratingPlaces, tieredPlaces } from '../support/places/composed.ts'
import { dynamodbPlaces } from '../support/places/dynamodb.ts'
import { mysqlPlaces } from '../support/places/mysql.ts'
import type { OpenPlace } from '../support/places/place.ts'
import { postgresPlaces } from '../support/places/postgres.ts'
import { redisClusterPlaces, redisPlaces } from '../support/places/redis.ts'
import { overlappingRequests } from './overlapping-requests.ts'
import { revokeAllAgainstLogins } from './revoke-all.ts'

/** In the long runs also the stores made of stores, and where a store only knows of ends. */
const IS_LONG = process.env.SOJOURN_CELLS === 'all'

const LOCAL: readonly Backend[] = ['memory', 'file', 'sqlite']

const redis = await redisPlaces()
const postgres = await postgresPlaces()

const SERVERS: Readonly<Partial<Record<StoreName, OpenPlace | null>>> = {
  redis,
  'redis cluster': await redisClusterPlaces(),
  postgres,
  mysql: await mysqlPlaces(),
  dynamodb: await dynamodbPlaces(),
  ...(IS_LONG && {
    tiered: redis && postgres && tieredPlaces(redis, postgres),
    cached: redis && cachedPlaces(redis),
    migrating: redis && postgres && migratingPlaces(redis, postgres),
  }),
}

describe.each(LOCAL)('%s', (backend) => {
  overlappingRequests(backend)
  revokeAllAgainstLogins(backend)
})

describe.each(Object.entries(SERVERS) as [StoreName, OpenPlace | null][])('%s', (store, open) => {
  if (open === null) return test('everybody at once', ({ skip }) => skip('its server is not installed here'))
  overlappingRequests(store, open)
  revokeAllAgainstLogins(store, open)
  if (IS_LONG)
    describe('in cookies, with their ends there', () => revokeAllAgainstLogins(`revocable in ${store}`, open))
})

describe('revocable', () => revokeAllAgainstLogins('revocable'))
