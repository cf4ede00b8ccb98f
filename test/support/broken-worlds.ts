/**
 * Stores and adapters broken on purpose, each by one mistake that libraries in wide use have made.
 *
 * Everything else about them is right, so that the story which fails fails because of the mistake.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { attachSession } from '../../src/adapter/node.ts'
import type { Entry, Store } from '../../src/store/store.ts'
import type { Mounted } from './mounts/mount.ts'
import { mountNode, sendAnswer, serve } from './mounts/node.ts'
import type { StoryApp } from './story-app.ts'

/** `SET key value`: whoever writes last is right, whatever was there. */
export function upsert(store: Store): Store {
  return heir(store, {
    async replace(key, entry, _version, now) {
      await overwrite(store, key, entry, now)
      return 'done'
    },
  })
}

/** Asks whether the entry lives, and not which version it has. */
export function forgetsVersions(store: Store): Store {
  return heir(store, {
    async replace(key, entry, version, now) {
      const held = await store.find(key)
      return store.replace(key, entry, held?.version ?? version, now)
    },
  })
}

/** A touch that writes back what it once read, as a touch does that carries the data. */
export function revivingExtend(store: Store): Store {
  const read = new Map<string, Entry>()
  return heir(store, {
    async find(key) {
      const entry = await store.find(key)
      if (entry !== null && !entry.grave) read.set(key, entry)
      return entry
    },
    async extend(key, expiresAt, now) {
      const entry = read.get(key)
      if (entry !== undefined) await overwrite(store, key, { ...entry, expiresAt }, now)
      return entry !== undefined
    },
  })
}

/** Keeps the session under what the cookie says. */
export async function tellsTokens(app: StoryApp): Promise<Mounted> {
  return mountNode({
    ...app,
    async run(url, request) {
      const { cookie = '' } = (request as IncomingMessage).headers
      app.sessions.of(request).set('cookie', cookie)
      return app.run(url, request)
    },
  })
}

/** Where the cookie will not change, sends the answer and then commits, as who wants to save the wait. */
export function mountSendsFirst(app: StoryApp): Promise<Mounted> {
  return serve(async (req, res) => {
    if (req.headers.cookie === undefined || req.url?.startsWith('/login')) return listen(app, req, res)
    const session = await attachSession(app.sessions, req, shadowOf(res))
    sendAnswer(res, await app.run(req.url ?? '/', req))
    await app.sessions.commit(session).catch(() => undefined)
  })
}

/** Looks whether there is a session before it opens it. */
export function mountReadsTwice(app: StoryApp): Promise<Mounted> {
  return serve(async (req, res) => {
    await app.sessions.peek(req.headers)
    await listen(app, req, res)
  })
}

/** Renews the cookie with every answer, needed or not. */
export function mountSetsCookieOnRead(app: StoryApp): Promise<Mounted> {
  return serve((req, res) => {
    const cookie = req.headers.cookie?.split(';')[0] ?? 'session=visitor'
    res.appendHeader('Set-Cookie', `${cookie}; Path=/; HttpOnly`)
    return listen(app, req, res)
  })
}

/** Tidies up: whose cookie opens nothing has it cleared. */
export function mountClearsUnknown(app: StoryApp): Promise<Mounted> {
  return serve(async (req, res) => {
    const known = await app.sessions.peek(req.headers)
    if (known === null && req.headers.cookie) res.appendHeader('Set-Cookie', 'session=; Path=/; Max-Age=0')
    await listen(app, req, res)
  })
}

/** Says nothing to caches. */
export function mountForgetsCaches(app: StoryApp): Promise<Mounted> {
  return serve((req, res) => {
    const setHeader = res.setHeader.bind(res)
    res.setHeader = (name, value) => (/^(vary|cache-control)$/i.test(name) ? res : setHeader(name, value))
    return listen(app, req, res)
  })
}

async function listen(app: StoryApp, req: IncomingMessage, res: ServerResponse): Promise<void> {
  await attachSession(app.sessions, req, res)
  sendAnswer(res, await app.run(req.url ?? '/', req))
}

/** A response that nobody hears: what holds it holds nothing back. */
function shadowOf(res: ServerResponse): ServerResponse {
  return Object.create(res) as ServerResponse
}

function heir(store: Store, wrong: Partial<Store>): Store {
  return Object.assign(Object.create(store), wrong) as Store
}

/** The upsert that the contract does not have: ends whatever is there, and takes the key. */
async function overwrite(store: Store, key: string, entry: Entry, now: number): Promise<void> {
  const held = await store.find(key)
  // A grave that has ended by `later` gives its key free.
  const later = Math.max(now, held?.expiresAt ?? 0) + 1
  if (held !== null) await store.bury(key, '', later, later - 1)
  await store.create(key, entry, later)
}
