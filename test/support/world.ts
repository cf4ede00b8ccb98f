/**
 * A world for a story: the story app in one framework over one backend, browsers, a clock that stands still, a store
 * that stops and fails where it is told.
 *
 * In: a cell. Out: everything a story may turn. `sibling` starts another process of the same app: it shares the
 * backend and nothing else. Must not know: what the stories claim.
 *
 * @module
 */
import { createAuth } from '../../src/auth/auth.ts'
import type { Auth } from '../../src/auth/contract.ts'
import type { AuthOptions } from '../../src/auth/options.ts'
import { createSessions, type SessionEvent, type Sessions, type SessionsOptions } from '../../src/index.ts'
import type { OwnerIndex, Store, Sweepable } from '../../src/store/store.ts'
import { type Clock, fixedClock } from '../../src/testing/clock.ts'
import { createJar, type Jar } from '../../src/testing/jar.ts'
import {
  type Counting,
  countingStore,
  type Failing,
  failingStore,
  type Pausing,
  pausingStore,
} from '../../src/testing/stores.ts'
import { type Backend, storeOf, storeOptions } from './backends.ts'
import { createGates, type Gate } from './gates.ts'
import { mountExpress } from './mounts/express.ts'
import { mountHono, mountHonoNode } from './mounts/hono.ts'
import type { Mount, Mounted } from './mounts/mount.ts'
import { mountNode } from './mounts/node.ts'
import { mountWeb } from './mounts/web.ts'
import { openLocalPlace } from './places/local.ts'
import type { OpenPlace, Place } from './places/place.ts'
import { createStoryApp, type Data, type User } from './story-app.ts'
import { type Walking, walkingStore } from './walking-store.ts'

const MOUNTS = { node: mountNode, web: mountWeb, express: mountExpress, hono: mountHono, 'hono on node': mountHonoNode }

export type Adapter = keyof typeof MOUNTS

export const SECRET = 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'
export const OLD_SECRET = 'Zp8u-4eXk1Vr6oSa3NiBm7TgQy2LhDc9'
export const ORIGIN = 'http://localhost:3000'

/** Ids that begin with one another, or with what a store may use to tell its keys apart. */
export const ODD_USERS: readonly string[] = [
  'a',
  'ad',
  'adam',
  'ada:1',
  'ada:',
  ':ada',
  '{ada}',
  '{ada}:1',
  'ada\n',
  'ada\nbob',
  "ada'",
  '"ada"',
  'ada%',
  '__proto__',
  'ada'.repeat(3414),
]

export interface WorldOptions {
  readonly adapter: Adapter
  readonly backend: Backend
  /** Where the store of the backend is, if it needs a server. */
  readonly open?: OpenPlace
  readonly clock?: Clock
  /** A store broken on purpose goes here. */
  readonly wrapStore?: (store: Store & OwnerIndex) => Store
  /** An adapter broken on purpose goes here. */
  readonly mount?: Mount
  readonly options?: Partial<SessionsOptions>
  readonly auth?: Partial<AuthOptions<User>>
}

export type StoryStore = Store & OwnerIndex & Walking & Counting & Failing & Pausing

export interface World {
  readonly adapter: Adapter
  readonly backend: Backend
  readonly clock: Clock
  readonly sessions: Sessions<Data>
  readonly auth: Auth<User, Data>
  readonly users: Map<string, User>
  /** What `onEvent` was told, oldest first. */
  readonly events: SessionEvent[]
  /** The store of this process, with its controls: of sessions, or of their ends. Throws where there is none. */
  readonly store: StoryStore
  /** Every argument and every answer of every call to the store of this process, as text. */
  readonly told: string[]
  /** Everything the store keeps, as its disk or server has it. */
  bytesKept(): Promise<string>
  /** What has ended is removed: by a sweep, or as the store's server does by itself. */
  sweep(): Promise<void>
  gate(name: string): Gate
  /** A browser that has not been here before. */
  browser(): Jar
  /** A path at this very process, for a browser that mostly talks to another. */
  at(path: string): string
  /** Another process of the same app, over the same backend, with options of its own. */
  sibling(options?: Partial<SessionsOptions>, auth?: Partial<AuthOptions<User>>): Promise<World>
  close(): Promise<void>
}

/** Far more than anything here takes: on a busy machine a story must not end as an outage. */
const PATIENT = { storeTimeout: '30s', commitTimeout: '30s' }

/** What the processes of one app have in common. */
interface Fleet {
  readonly place: Place
  readonly clock: Clock
  readonly users: Map<string, User>
  readonly processes: Map<string, Mounted>
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { backend, open, clock = fixedClock() } = options
  const fleet: Fleet = {
    place: open?.(clock) ?? openLocalPlace(storeOf(backend), clock),
    clock,
    users: new Map(['ada', 'bob', ...ODD_USERS].map((id) => [id, { id }])),
    processes: new Map(),
  }
  return startProcess(options, fleet)
}

async function startProcess(options: WorldOptions, fleet: Fleet): Promise<World> {
  const { adapter, backend, wrapStore = (store: Store) => store } = options
  const { place, clock, users, processes } = fleet
  const host = processes.size === 0 ? new URL(ORIGIN).host : `process-${processes.size + 1}.localhost`
  const told: string[] = []
  const connection = await place.connect()
  // What is wrapped around a store has every power of it.
  const wrapped = connection && (recordingStore(wrapStore(connection), told) as Store & OwnerIndex)
  const store = wrapped && pausingStore(failingStore(countingStore(walkingStore(wrapped))))
  const events: SessionEvent[] = []
  const gates = createGates()
  const sessions = createSessions<Data>({
    origin: ORIGIN,
    secret: SECRET,
    ...(store && storeOptions(backend, store)),
    ...PATIENT,
    clock,
    onEvent: (event) => events.push(event),
    ...options.options,
  })
  const auth = createAuth(sessions, { findUser: (id): User | undefined => users.get(id), ...options.auth })
  const mounted = await (options.mount ?? MOUNTS[adapter])(createStoryApp(sessions, auth, gates, users))
  processes.set(host, mounted)

  /** By host, as a load balancer does; the app itself sees its one origin. */
  async function send(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const process = processes.get(url.host) ?? mounted
    const { method, headers } = request
    const body = method === 'GET' || method === 'HEAD' ? undefined : await request.text()
    return process.send(new Request(ORIGIN + url.pathname + url.search, { method, headers, body }))
  }

  return {
    adapter,
    backend,
    clock,
    sessions,
    auth,
    users,
    events,
    get store() {
      if (store === null) throw new Error('A story about the store was told client-side, where there is none')
      return store
    },
    told,
    bytesKept: () => place.bytesKept(),
    async sweep() {
      const { sweep } = (store ?? {}) as Partial<Sweepable>
      await (sweep === undefined ? place.expire?.(clock()) : sweep(clock()))
    },
    gate: gates,
    browser: () => createJar({ origin: ORIGIN, fetch: send }),
    at: (path) => `http://${host}${path}`,
    sibling: (more, auth) =>
      startProcess({ ...options, options: { ...options.options, ...more }, auth: { ...options.auth, ...auth } }, fleet),
    async close() {
      await Promise.all([...processes.values()].map((process) => process.close()))
      await place.close()
    },
  }
}

/** Writes down what is said to a store and what it says. */
function recordingStore(store: Store, told: string[]): Store {
  const methods = ['find', 'create', 'replace', 'extend', 'bury'] as const
  const recorded = methods.map((method) => [
    method,
    async (...args: unknown[]) => {
      told.push(JSON.stringify([method, ...args]))
      const answer: unknown = await Reflect.apply(store[method], store, args)
      told.push(JSON.stringify([method, answer ?? null]))
      return answer
    },
  ])
  return Object.assign(Object.create(store), Object.fromEntries(recorded)) as Store
}
