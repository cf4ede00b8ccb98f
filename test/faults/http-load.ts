/**
 * Browsers that are logged in and at work, while something happens to the store of their app.
 *
 * In: an app, how many browsers, and what happens. Out: what the app had said, and what became of it; asserts nothing
 * itself. Must not know the store, or what happens to it.
 *
 * Each browser writes twice at once, looks whether everything is there that was answered with 200, and goes on. After some
 * writes it logs out, keeps a copy of its cookies as a thief would, and logs in anew.
 *
 * @module
 */
import { EventEmitter, once } from 'node:events'

import { createJar, type Jar } from '../../src/testing/jar.ts'
import { type HttpApp, type Me, ORIGIN } from './http-app.ts'

export interface HttpLoad {
  readonly browsers: number
  /** Writes of a browser from a login to a logout. */
  readonly writes: number
}

export interface HttpReport {
  /** Answers of 200, and of 503 where the store could not be asked. */
  readonly answered: number
  readonly refused: number
  /** What was answered with 200 and was not there afterwards. */
  readonly lost: readonly string[]
  /** Requests of somebody who is logged in that were answered as those of a stranger. */
  readonly loggedOut: readonly string[]
  /** Logouts that were answered with 200, and those after which the old cookie opened a session. */
  readonly logouts: number
  readonly undone: readonly string[]
  /** Cookies that came with a 503, but for that of a logout, which clears it whatever the store says. */
  readonly cookies: readonly string[]
  /** Any other status, and requests without an answer. */
  readonly strange: readonly string[]
  /** Browsers that got through again afterwards. */
  readonly recovered: number
}

/** What every report must be, whatever happened. */
export const nothingLost = {
  lost: [],
  loggedOut: [],
  undone: [],
  cookies: [],
  strange: [],
} as const satisfies Partial<HttpReport>

/** What the happenings may wait for. */
export interface Traffic {
  /** Resolves after so many more answers of 200. */
  answers(count: number): Promise<void>
}

/** Milliseconds: the longest wait for answers. Everything here ends by itself. */
const PATIENCE = 60_000

/** A session has no more keys than these. */
const KEYS = 10

export async function underLoad(
  app: HttpApp,
  { browsers, writes }: HttpLoad,
  happen: (traffic: Traffic) => Promise<void>,
): Promise<HttpReport> {
  const lists = { lost: [] as string[], loggedOut: [] as string[], cookies: [] as string[], strange: [] as string[] }
  const ended: { readonly who: string; readonly thief: Jar }[] = []
  const recovered = new Set<string>()
  const traffic = new EventEmitter().setMaxListeners(0)
  let [answered, refused, running, calm] = [0, 0, true, false]

  /** The answer to a request, where it is one that says that all is well. */
  async function ask(who: string, jar: Jar, path: string, method = 'POST'): Promise<Response | null> {
    const cookies = jar.cookies.size
    const response = await jar
      .request(path, { method, headers: { accept: 'application/json' } })
      .catch((error: Error) => `${path}: ${error.message}`)
    if (typeof response === 'string') lists.strange.push(response)
    else if (response.status === 200) {
      answered++
      traffic.emit('answer')
      if (calm) recovered.add(who)
      return response
    } else if (response.status === 503) {
      refused++
      if (path !== '/logout' && response.headers.getSetCookie().length > 0) lists.cookies.push(`${who}: ${path}`)
    } else if (response.status === 401) lists.loggedOut.push(`${who}: ${path} with ${cookies} cookies`)
    else lists.strange.push(`${path}: ${response.status}`)
    return null
  }

  async function life(who: string): Promise<void> {
    const jar = createJar({ origin: app.address, sendOrigin: ORIGIN })
    while (running && (await ask(who, jar, `/login?user=${who}`)) === null);
    const sure = new Map<string, number>()
    let [told, asked] = [0, 0]

    async function write(n: number): Promise<void> {
      const key = `key ${n % KEYS}`
      asked++
      if ((await ask(who, jar, `/write?key=${key}&n=${n}`)) === null) return
      told++
      sure.set(key, n)
    }

    async function look(): Promise<void> {
      const response = await ask(who, jar, '/me', 'GET')
      if (response === null) return
      const me = (await response.json()) as Me
      if (me.user !== who) lists.strange.push(`${who} is ${me.user}`)
      if (me.count < told || me.count > asked) lists.lost.push(`${who}: ${told} of ${asked} told, ${me.count} counted`)
      for (const [key, n] of sure) if ((me.kept[key] ?? 0) < n) lists.lost.push(`${who}: ${key} is older than ${n}`)
    }

    for (let n = 1; running && n <= writes; n += 2) {
      await Promise.all([write(n), write(n + 1)])
      await look()
    }
    const thief = jar.copy()
    if ((await ask(who, jar, '/logout')) !== null) ended.push({ who, thief })
  }

  async function browser(who: string): Promise<void> {
    for (let lives = 1; running; lives++) await life(`${who}.${lives}`)
  }

  const load = Array.from({ length: browsers }, (_, n) => browser(`user ${n}`))
  const answers = async (count: number) => {
    const signal = AbortSignal.timeout(PATIENCE)
    for (let left = count; left > 0; left--) await once(traffic, 'answer', { signal })
  }
  try {
    await happen({ answers })
    calm = true
    const until = performance.now() + PATIENCE
    while (new Set([...recovered].map((who) => who.split('.')[0])).size < browsers && performance.now() < until) {
      await answers(1)
    }
  } finally {
    running = false
    await Promise.all(load)
  }

  const undone: string[] = []
  for (const { who, thief } of ended) if ((await answerOf(thief)) !== 401) undone.push(who)
  const through = new Set([...recovered].map((who) => who.split('.')[0])).size
  return { ...lists, answered, refused, logouts: ended.length, undone, recovered: through }
}

/** What an old cookie opens, said by a store that answers: a 503 says nothing of it. */
async function answerOf(thief: Jar): Promise<number> {
  const until = performance.now() + PATIENCE
  for (;;) {
    const { status } = await thief.copy().get('/me')
    if (status !== 503 || performance.now() > until) return status
  }
}
