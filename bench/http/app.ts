/**
 * What every app of the bench is: five routes over one session, by one library on one framework.
 *
 *   GET /begin      a new session with the record of lib/record.ts
 *   GET /read       greets the name in the session
 *   GET /write      counts a visit, and greets
 *   GET /untouched  greets without touching the session
 *   GET /slow       counts a visit, 5 ms after it has read the session
 *
 * An app without sessions has the same routes and greets a constant.
 *
 * @module
 */

/** Where the private servers are, and how large a record is. */
export interface Place {
  readonly recordBytes: number
  readonly redis: number | null
  readonly postgres: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  } | null
  readonly folder: string
}

/** Starts the app on a free port of 127.0.0.1, and tells which. */
export type App = (place: Place) => Promise<number>

export const NAME = 'Ada Lovelace'

/** Milliseconds that the handler of `/slow` waits between its read and its write. */
export const SLOW = 5

/** Longer than the other sides' turns take: Node would close a connection that waits for five seconds. */
const KEEP_ALIVE = 60_000

export function listening(server: import('node:http').Server): Promise<number> {
  server.keepAliveTimeout = KEEP_ALIVE
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
}

export function requirePlace<Found>(found: Found | null, what: string): Found {
  if (found === null) throw new Error(`Cannot start the app: there is no ${what}`)
  return found
}
