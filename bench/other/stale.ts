/**
 * How long a near cache still serves a session that was revoked through another process' store.
 *
 * Two caches over one Redis, each with connections of its own, as two processes have them: one revokes, the other is asked again
 * and again until it knows. They share this process and so a clock.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisTracking } from '../../dist/store/bus/redis-tracking.js'
import { cached } from '../../dist/store/cached.js'
import { redisStore } from '../../dist/store/redis.js'
import { type Spread, spreadOf } from '../lib/stats.ts'

export interface Stale {
  readonly millis: Spread
  readonly longest: number
  readonly maxStale: number
}

const MAX_STALE = 1_000
const HOUR = 3_600_000

export async function measureStale(port: number, rounds: number, onProgress: (share: number) => void): Promise<Stale> {
  const clients = Array.from({ length: 4 }, (_, n) => {
    const own = n % 2 === 0 ? {} : { protocol: 2, autoResubscribe: false }
    return new Redis({ host: '127.0.0.1', port, ...own } as object)
  })
  const nearOf = (client: unknown, listener: unknown) =>
    cached(redisStore(client as never), { bus: redisTracking(listener as never), maxStale: MAX_STALE })
  const [here, elsewhere] = [nearOf(clients[0], clients[1]), nearOf(clients[2], clients[3])]
  const millis: number[] = []
  for (let round = -3; round < rounds; round++) {
    const key = `stale ${round}`
    const now = Date.now()
    await elsewhere.create(key, { value: '{}', version: 1, expiresAt: now + HOUR }, now)
    // Until it really is served from memory.
    for (let n = 0; n < 20; n++) await here.find(key)
    await elsewhere.bury(key, '', now + HOUR, now)
    const buried = performance.now()
    while (!(await here.find(key))?.grave) await setImmediate()
    if (round >= 0) millis.push(performance.now() - buried)
    onProgress((round + 4) / (rounds + 3))
  }
  here.close()
  elsewhere.close()
  for (const client of clients) client.disconnect()
  return { millis: spreadOf(millis), longest: Math.max(...millis), maxStale: MAX_STALE }
}
