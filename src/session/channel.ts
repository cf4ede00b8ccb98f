/**
 * Everything that goes by one cookie name: its look, its keys, its transport.
 *
 * In: request facts; outcomes. Out: what the browser presented, opened; Set-Cookie values; CSRF tokens. An app has one
 * channel, or two where it lives on https and on plain http at once. Must not know: handlers.
 *
 * @module
 */

import { cookieValues } from '../cookie/parse.ts'
import type { CookieProfile } from '../cookie/profile.ts'
import type { Keyring } from '../crypto/keyring.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import { type CsrfTokens, createCsrfTokens } from '../csrf/token.ts'
import { StoreError } from '../errors.ts'
import type { Held, Opened, Outcome, Transport } from '../transport/transport.ts'
import type { Ends } from './ends.ts'
import type { RequestFacts } from './facts.ts'
import type { Settings } from './options.ts'
import { createVisitors, VISITOR_FIELDS_BYTES, type Visitors } from './visitors.ts'

export interface Channel {
  readonly transport: Transport
  open(facts: RequestFacts): Opened | Promise<Opened>
  readonly ends: Ends
  readonly csrfTokens: CsrfTokens
  readonly visitors: Visitors
  /** Whether the browser sent anything under the session's name. */
  isPresented(facts: RequestFacts): boolean
  setCookies(outcome: Extract<Outcome, { type: 'set' }>): string[]
  clearCookies(facts: RequestFacts): string[]
}

const NO_VALUES: readonly string[] = []

export function createChannel(
  settings: Settings,
  profile: CookieProfile,
  transport: Transport,
  keyring: Keyring,
  ends: Ends,
): Channel {
  const { emit, clock, limits } = settings
  const clientSide = settings.store === null
  const seenProfile = profile.sibling('seen')
  const visitors = createVisitors(
    profile.sibling('visitor'),
    createSignedFields(keyring, 'visitor', profile.name, VISITOR_FIELDS_BYTES),
    limits.absolute,
  )
  const [first, ...older] = keyring.all
  const csrfKeys = [first.key('csrf'), ...older.map((set) => set.key('csrf'))] as const

  function told(opened: Opened): Opened {
    if (opened.type === 'refused') emit({ type: 'session-rejected', reason: opened.reason })
    // A schema that cannot be used fails here too, and tells of itself at the first touch.
    else if (opened.type === 'failed' && opened.error instanceof StoreError) {
      emit({ type: 'store-error', error: opened.error })
    }
    return opened
  }

  /** A remembered login outlives the browser, to the end of its absolute lifetime. */
  function maxAgeOf({ record: { createdAt, limits: own } }: Held): number | undefined {
    return own === null ? undefined : (createdAt + own.absolute - clock()) / 1000
  }

  return {
    transport,
    ends,
    csrfTokens: createCsrfTokens([...csrfKeys], profile.name),
    visitors,
    isPresented: (facts) => cookieValues(facts.headers.get('cookie'), profile.name).length > 0,
    open(facts) {
      const header = facts.headers.get('cookie')
      const session = cookieValues(header, profile.name)
      // Nearly every request of a visitor: nothing under our name, so nothing to do.
      if (session.length === 0) return { type: 'none' }
      const seen = clientSide ? cookieValues(header, seenProfile.name) : NO_VALUES
      const opened = transport.open({ session, seen }, clock())
      return opened instanceof Promise ? opened.then(told) : told(opened)
    },
    setCookies({ held, session, seen }) {
      const maxAge = maxAgeOf(held)
      const cookies: string[] = []
      if (session !== undefined) cookies.push(profile.set(session, maxAge))
      if (seen !== undefined) cookies.push(seenProfile.set(seen, maxAge))
      return cookies
    },
    clearCookies(facts) {
      const cookies = clientSide ? [profile.clear(), seenProfile.clear()] : [profile.clear()]
      const visitor = visitors.clear(facts.headers.get('cookie'))
      return visitor === null ? cookies : [...cookies, visitor]
    },
  }
}
