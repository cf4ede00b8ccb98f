/**
 * Everything the lab tells the library: what a session holds, where it is kept, how a user is found.
 *
 * In: settings of the start. Out: sessions and auth. This is all the configuration an app needs.
 */

import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createSessions } from 'sojourn'
import { createAuth } from 'sojourn/auth'
import { fileStore } from 'sojourn/store/file'
import { memoryStore } from 'sojourn/store/memory'
import { sqliteStore } from 'sojourn/store/sqlite'
import type { Mode, StoreName } from './args.ts'
import type { CartLine } from './cart.ts'
import type { Database } from './database.ts'
import type { FontSize, Theme } from './preferences.ts'
import type { BookedTrip, TripDraft } from './trip.ts'
import type { User, Users } from './users.ts'

/** What a session of the lab may hold. */
export interface LabData {
  theme?: Theme
  fontSize?: FontSize
  cart?: CartLine[]
  trip?: TripDraft
  booked?: BookedTrip
  visits?: number
}

export interface SessionPlace {
  readonly origin: string
  readonly mode: Mode
  readonly store: StoreName
  /** The folder of `--store file`. */
  readonly folder: string
  /** The database of `--store sqlite`. */
  readonly database: Database
}

export type LabSessions = ReturnType<typeof createLabSessions>
export type LabAuth = ReturnType<typeof createLabAuth>

export function createLabSessions(place: SessionPlace) {
  return createSessions<LabData>({
    origin: place.origin,
    // No store is a choice too: everything then rides in the sealed cookie.
    store: place.mode === 'sealed' ? undefined : storeAt(place),
    // Where a request comes from is looked at in any case; here every form also brings a token.
    csrf: 'token',
  })
}

export function createLabAuth(sessions: LabSessions, users: Users) {
  return createAuth(sessions, {
    findUser: (id: string) => users.find(id),
    userId: (user: User) => user.id,
    // A new password ends every other session.
    stamp: (user: User) => user.passwordHash,
    loginPath: '/login',
    confirmPath: '/confirm',
    attempts: {
      account: new RateLimiterMemory({ points: 5, duration: 15 * 60 }),
      address: new RateLimiterMemory({ points: 50, duration: 15 * 60 }),
    },
    // What a visitor did before the login is still theirs after it.
    carryOver: ['theme', 'fontSize', 'cart', 'trip'],
  })
}

function storeAt({ store, database, folder }: SessionPlace) {
  if (store === 'memory') return memoryStore()
  if (store === 'file') return fileStore(folder)
  return sqliteStore(database)
}
