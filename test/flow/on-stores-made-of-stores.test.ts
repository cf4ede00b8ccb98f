import { cachedPlaces, migratingPlaces, tieredPlaces } from '../support/places/composed.ts'
import { postgresPlaces } from '../support/places/postgres.ts'
import { redisPlaces } from '../support/places/redis.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

const [redis, postgres] = [await redisPlaces(), await postgresPlaces()]

tellEveryLawOn('tiered', redis && postgres && tieredPlaces(redis, postgres))
tellEveryLawOn('cached', redis && cachedPlaces(redis))
tellEveryLawOn('migrating', redis && postgres && migratingPlaces(redis, postgres))
