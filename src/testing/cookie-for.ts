/**
 * A logged-in visitor without the login page, for tests.
 *
 * In: sessions, an owner, data. Out: the Cookie header of a session that really exists. Must not know: frameworks.
 *
 * @module
 */

import { edgeOf } from '../session/edge.ts'
import type { Sessions } from '../session/sessions.ts'

export interface CookieForOptions<Data> {
  /** Who is logged in; nobody if left out. */
  readonly owner?: string
  readonly data?: Partial<Data>
}

/**
 * Makes a session and gives the Cookie header that opens it: `fetch(url, { headers: { cookie } })`.
 *
 * @throws what `session.set` and a commit throw.
 */
export async function cookieFor<Data extends object>(
  sessions: Sessions<Data>,
  { owner, data = {} }: CookieForOptions<Data>,
): Promise<string> {
  const session = await sessions.open({ method: 'POST', headers: {} })
  if (owner !== undefined) {
    const { visitOf, settings, owners } = edgeOf(sessions)
    const epoch = (await owners?.epochOf(owner)) ?? 0
    const authenticatedAt = settings.clock()
    const unnamed = { pending: false, label: null, stamp: null, limits: null, carryOver: [] }
    visitOf(session).login({ ownerId: owner, authenticatedAt, epoch, ...unnamed })
  }
  for (const key of Object.keys(data) as (keyof Data & string)[]) {
    const value = data[key]
    if (value !== undefined) session.set(key, value)
  }
  const { setCookies } = await sessions.commit(session)
  return setCookies.map((cookie) => cookie.slice(0, cookie.indexOf(';'))).join('; ')
}
