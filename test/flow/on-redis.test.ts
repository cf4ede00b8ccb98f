import { redisPlaces } from '../support/places/redis.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

tellEveryLawOn('redis', await redisPlaces())
