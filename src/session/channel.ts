/**
 * Everything that goes by one cookie name: its look, its keys, its transport.
 *
 * In: request facts; outcomes. Out: what the browser presented, opened; Set-Cookie values. An app has one channel, or
 * two where it lives on https and on plain http at once. Must not know: handlers.
 *
 * @module
 */

import { cookieValues } from '../cookie/parse.ts'
import type { CookieProfile } from '../cookie/profile.ts'
import { StoreError } from '../errors.ts'
import type { Opened, Outcome, Transport } from '../transport/transport.ts'
import type { RequestFacts } from './facts.ts'
import type { Settings } from './options.ts'

export interface Channel {
  readonly transport: Transport
  open(facts: RequestFacts): Opened | Promise<Opened>
  setCookies(outcome: Extract<Outcome, { type: 'set' }>): string[]
  clearCookies(): string[]
}

const NO_VALUES: readonly string[] = []

export function createChannel(settings: Settings, profile: CookieProfile, transport: Transport): Channel {
  const { emit, clock } = settings
  const clientSide = settings.store === null
  const seenProfile = profile.sibling('seen')

  function told(opened: Opened): Opened {
    if (opened.type === 'refused') emit({ type: 'session-rejected', reason: opened.reason })
    // A schema that cannot be used fails here too, and tells of itself at the first touch.
    else if (opened.type === 'failed' && opened.error instanceof StoreError) {
      emit({ type: 'store-error', error: opened.error })
    }
    return opened
  }

  return {
    transport,
    open(facts) {
      const header = facts.headers.get('cookie')
      const session = cookieValues(header, profile.name)
      // Nearly every request of a visitor: nothing under our name, so nothing to do.
      if (session.length === 0) return { type: 'none' }
      const seen = clientSide ? cookieValues(header, seenProfile.name) : NO_VALUES
      const opened = transport.open({ session, seen }, clock())
      return opened instanceof Promise ? opened.then(told) : told(opened)
    },
    setCookies({ session, seen }) {
      const cookies: string[] = []
      if (session !== undefined) cookies.push(profile.set(session))
      if (seen !== undefined) cookies.push(seenProfile.set(seen))
      return cookies
    },
    clearCookies() {
      return clientSide ? [profile.clear(), seenProfile.clear()] : [profile.clear()]
    },
  }
}
