/**
 * The lab's app alone, in this process, over a store and users that a test may break or hold.
 *
 * In: nothing. Out: a way to ask it, and the parts to tamper with.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions } from 'sojourn'
import { memoryStore } from 'sojourn/store/memory'
import { createApp } from '../../lab/app.ts'
import { createLabAuth, type LabData } from '../../lab/sessions.ts'
import type { User, Users } from '../../lab/users.ts'

const ADA: User = { id: 'ada', name: 'Ada', passwordHash: '', created: 0 }

export type MountedLab = Awaited<ReturnType<typeof mountLab>>

interface Question {
  /** Makes it a POST. */
  readonly form?: Record<string, string>
  readonly cookie?: string
}

export async function mountLab() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const store = memoryStore()
  const users: Users = { find: () => ADA, findByName: () => null, add: () => ADA, changePasswordHash: () => {} }
  const sessions = createSessions<LabData>({ origin, store, secret: 'k3Jw-9sLq2Zx_7VbN4mTr8YcQe6HuPd1' })
  const auth = createLabAuth(sessions, users)
  server.on('request', createApp({ origin, sessions, auth, users, mode: 'stored', store: 'memory' }))

  async function ask(path: string, { form, cookie }: Question = {}) {
    const answer = await fetch(`${origin}${path}`, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { accept: 'text/html', ...(form && { origin }), ...(cookie && { cookie }) },
      ...(form && { body: new URLSearchParams(form) }),
    })
    const cookies = answer.headers.getSetCookie()
    return { status: answer.status, headers: answer.headers, cookies, body: await answer.text() }
  }

  return {
    store,
    users,
    ask,
    /** Registers Ada; resolves to her cookie. Forms here bring no token, for these sessions ask for none. */
    async register(): Promise<string> {
      const { cookies } = await ask('/register', { form: { name: 'Ada', password: 'one fine sentence' } })
      return cookies.find((cookie) => cookie.startsWith('session='))?.split(';')[0] ?? ''
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
