/**
 * A bus on which Redis itself tells of every changed row: client-side caching in broadcasting mode.
 *
 * In: a connection of its own, and the prefix of a Redis store. Out: the keys whose rows were changed, by whomever. Must
 * not know what is cached. Needs Redis 6 or any Valkey.
 *
 * @module
 */
import { type TrackingClient, trackingLink } from '../../lib/composed/tracking-client.ts'
import { warnOnce } from '../../lib/composed/warn-once.ts'
import { keyOfPlain, namesUnder } from '../../lib/redis/names.ts'
import { requirePrefix } from '../../lib/redis/options.ts'
import type { Bus } from './bus.ts'

export type {
  IoredisTrackingClient,
  NodeRedisTrackingClient,
  TrackingClient,
} from '../../lib/composed/tracking-client.ts'

/** Whose rows to listen for. */
export interface RedisTrackingOptions {
  /**
   * The prefix of the Redis store: `sojourn:` unless told. Where the store's client adds one of its own (`keyPrefix` of
   * ioredis), both, as the server sees them.
   */
  readonly prefix?: string
}

const REFUSED =
  'Redis does not track keys for the near cache, which serves nothing from memory until it does. Allow the user CLIENT ID, CLIENT TRACKING and SUBSCRIBE'

/**
 * Listens on `client`, which nothing else may use and which the caller connects and closes:
 * `createClient({ RESP: 3, emitInvalidate: true })` of node-redis, or `new Redis({ protocol: 2, autoResubscribe: false })`
 * of ioredis; iovalkey needs `autoResubscribe: false` only. Lost while the client reconnects or the server refuses.
 *
 * Costs a message for every change of any row, sent to every process. Not for a cluster: there, bring a bus of your own.
 *
 * @throws ConfigError `OPTION_INVALID` where the client is no such client, or `prefix` no prefix of a store.
 */
export function redisTracking(client: TrackingClient, options: RedisTrackingOptions = {}): Bus {
  const link = trackingLink(client)
  const names = namesUnder(requirePrefix(options.prefix ?? 'sojourn:'), '')
  const rows = names.row('')
  const warn = warnOnce('SOJOURN_REDIS_TRACKING', REFUSED)

  return {
    subscribe(onInvalidate, onLost) {
      let connection = 0

      async function begin(): Promise<void> {
        const current = ++connection
        try {
          await link.track(rows)
          // Of an answer that comes after the connection was lost again, nothing follows.
          if (current === connection) onInvalidate(null)
        } catch (error) {
          // Lost it stays, until the next connection. Where there is still this one, the server has refused.
          if (current === connection) warn(error)
        }
      }

      function lose(): void {
        connection++
        onLost()
      }

      const leave = link.listen(begin, lose, (found) => {
        if (found === null) return onInvalidate(null)
        for (const name of found) {
          if (name.startsWith(rows)) onInvalidate(keyOfPlain(names.plainKeyOf(name)))
        }
      })
      onLost()
      if (link.isReady()) void begin()
      return () => {
        connection++
        leave()
      }
    },
  }
}
