import { redisClusterPlaces } from '../support/places/redis.ts'
import { tellEveryLawOn } from '../support/tell-on.ts'

tellEveryLawOn('redis cluster', await redisClusterPlaces())
