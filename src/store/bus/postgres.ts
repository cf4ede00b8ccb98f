/**
 * A bus of PostgreSQL: LISTEN on a connection of its own, NOTIFY through the pool of the app.
 *
 * In: a way to connect, and a pool. Out: the keys that other processes changed. Must not know what is cached, nor where it
 * is kept: it carries the changes of any store.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import { warnOnce } from '../../lib/composed/warn-once.ts'
import { fromPlainText, toPlainText } from '../../lib/plain-text.ts'
import type { Bus } from './bus.ts'

/** What is used of a connected `Client` of `pg`. No driver is imported. */
export interface PostgresListener {
  query(text: string): Promise<unknown>
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): Promise<unknown>
}

/** What is used of a `Pool` of `pg`. */
export interface PostgresNotifier {
  query(query: { text: string; values: unknown[] }): Promise<unknown>
}

/** What a Postgres bus works with. */
export interface PostgresBusOptions {
  /**
   * Makes a connected client that is for this bus alone; called when somebody begins to listen, and again after its
   * connection was lost. Not through a pooler of transactions (PgBouncer): LISTEN belongs to a connection.
   */
  readonly connect: () => Promise<PostgresListener>
  /** Where changes are told: one short statement for each. */
  readonly pool: PostgresNotifier
  /** The channel, the same in all processes. `sojourn` unless told; at most 63 bytes. */
  readonly channel?: string
}

/** The server takes payloads of less than 8,000 bytes. */
const LONGEST_PAYLOAD = 7_900
/** Milliseconds before it connects again after a loss, and the longest such pause after many. */
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 30_000

const DEAF =
  'The Postgres bus cannot listen, and the near cache serves nothing from memory until it can. See that connect gives a connected client of pg'

/**
 * Tells and hears of changed keys by NOTIFY and LISTEN. Every process of the app needs one on the same channel, those that
 * only write too.
 *
 * Costs one statement for each change, after its answer. Lost while its connection is; it connects again by itself, with
 * growing pauses that keep no process alive. Give the client `keepAlive: true`, or a cable that was cut is noticed late.
 *
 * @throws ConfigError `OPTION_INVALID` where `connect`, `pool` or `channel` are none.
 */
export function postgresBus(options: PostgresBusOptions): Bus {
  const { connect, pool, channel = 'sojourn' } = options
  requireOptions(connect, pool, channel)
  const warn = warnOnce('SOJOURN_POSTGRES_BUS', DEAF)

  return {
    subscribe(onInvalidate, onLost) {
      let listener: PostgresListener | null = null
      let timer: NodeJS.Timeout | undefined
      let pause = FIRST_PAUSE
      let left = false

      async function begin(): Promise<void> {
        let fresh: PostgresListener | null = null
        try {
          fresh = await connect()
          const own = fresh
          own.on('error', () => lose(own))
          own.on('end', () => lose(own))
          own.on('notification', (message) => {
            if (message.channel === channel && !left) onInvalidate(keyOf(message.payload))
          })
          listener = own
          await own.query(`LISTEN "${channel.replaceAll('"', '""')}"`)
          if (listener !== own) return
          if (left) return close(own)
          pause = FIRST_PAUSE
          onInvalidate(null)
        } catch (error) {
          warn(error)
          if (fresh === null || listener === fresh) lose(fresh)
        }
      }

      function lose(lost: PostgresListener | null): void {
        if (listener !== lost) return
        listener = null
        if (lost !== null) close(lost)
        if (left) return
        onLost()
        timer = setTimeout(begin, pause)
        timer.unref()
        pause = Math.min(2 * pause, LONGEST_PAUSE)
      }

      onLost()
      void begin()
      return () => {
        left = true
        clearTimeout(timer)
        if (listener !== null) close(listener)
      }
    },

    async publish(key) {
      const payload = toPlainText(key)
      // Hashed keys are short. A longer one is told as "everything": dear, and right.
      const fits = payload !== '' && Buffer.byteLength(payload) <= LONGEST_PAYLOAD
      await pool.query({ text: 'SELECT pg_notify($1, $2)', values: [channel, fits ? payload : ''] })
    },
  }
}

/** No payload, as NOTIFY without one by hand also sends it: everything. */
function keyOf(payload: string | undefined): string | null {
  return payload === undefined || payload === '' ? null : fromPlainText(payload)
}

function close(listener: PostgresListener): void {
  listener.end().catch(() => {})
}

function requireOptions(connect: unknown, pool: unknown, channel: unknown): void {
  if (typeof connect !== 'function') {
    throw invalid('connect', 'no function', 'Pass one that resolves with a connected Client of pg')
  }
  if (typeof pool !== 'object' || pool === null || typeof Reflect.get(pool, 'query') !== 'function') {
    throw invalid('pool', 'no object with query', 'Pass a Pool of pg')
  }
  if (typeof channel !== 'string' || channel === '' || channel.includes('\0') || Buffer.byteLength(channel) > 63) {
    throw invalid('channel', 'what is no name of a channel', 'Pass a text of 1 to 63 bytes')
  }
}

function invalid(option: string, found: string, advice: string): ConfigError {
  return new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option ${option} of postgresBus: found ${found}. ${advice}`,
    {
      details: { option },
    },
  )
}
