/**
 * The apps under load, in groups: each beside the same route without a session, on the same framework.
 *
 * In: the private servers. Out: what each route costs and keeps. Each app is a process of its own, the load another.
 *
 * @module
 */
import { join } from 'node:path'
import { type Cell, type Compared, compareRounds, type Sample, type Sides, type Turns } from '../lib/paired.ts'
import { processors } from '../lib/processors.ts'
import { type Side, startSide } from '../lib/side.ts'
import type { Place } from './app.ts'
import type { Loaded } from './load-process.ts'

const CONNECTIONS = 16
/**
 * Milliseconds of work before what counts. The base has a turn between all others and they one in a round: a process that slept for
 * seconds has to fetch its memory first, which is none of what a request costs.
 */
const LEAD_IN = 40
/** Distinct cookies: `cold` are more than the memo of opened cookies holds, so that each has been forgotten. */
const COOKIES = { warm: 64, cold: 20_000 }

export interface Route {
  readonly app: string
  readonly path: '/read' | '/write' | '/untouched'
  readonly state: 'cold' | 'warm'
}

export interface Group {
  readonly id: string
  readonly base: string
  /** Without a session, too, and faster: every row is compared with it besides. */
  readonly second?: string
  readonly routes: readonly Route[]
  /** A database works beside it, on the same cores. */
  readonly shared: boolean
  /** Left out where Redis or PostgreSQL is not installed. */
  readonly needsServers?: boolean
}

/** Express itself is faster with what sojourn's middleware does to its objects: what is left is what a session takes. */
const SHARED_SHAPES = 'express/base-shared-shapes'

const both = (app: string, ...states: Route['state'][]): Route[] =>
  (states.length === 0 ? (['warm'] as const) : states).flatMap((state) => [
    { app, path: '/read', state } as const,
    { app, path: '/write', state } as const,
  ])

export const GROUPS: readonly Group[] = [
  {
    id: 'express-alone',
    base: 'express/base',
    second: SHARED_SHAPES,
    shared: false,
    routes: [
      ...both('express/sojourn-sealed', 'warm', 'cold'),
      ...both('express/limit-known'),
      ...both('express/limit-sealed', 'cold'),
      ...both('express/cookie-session'),
      ...both('express/iron-session'),
      ...both('express/sojourn-memory'),
      ...both('express/limit-memory'),
      ...both('express/express-session-memory'),
      ...both('express/sojourn-sqlite'),
      ...both('express/limit-sqlite'),
      { app: 'express/sojourn-sealed', path: '/untouched', state: 'warm' },
    ],
  },
  {
    id: 'express-servers',
    base: 'express/base',
    second: SHARED_SHAPES,
    shared: true,
    needsServers: true,
    routes: [
      ...both('express/sojourn-redis'),
      ...both('express/limit-redis'),
      ...both('express/express-session-redis'),
      ...both('express/sojourn-postgres'),
      ...both('express/limit-postgres'),
      ...both('express/express-session-postgres'),
    ],
  },
  {
    // Redis is asked once for each session and has nothing to do from then on.
    id: 'express-near',
    base: 'express/base',
    second: SHARED_SHAPES,
    shared: false,
    needsServers: true,
    routes: [
      { app: 'express/sojourn-near', path: '/read', state: 'warm' },
      { app: 'express/limit-known', path: '/read', state: 'warm' },
    ],
  },
  {
    id: 'node',
    base: 'node/base',
    shared: false,
    routes: [
      { app: 'node/limit-map', path: '/read', state: 'warm' },
      { app: 'node/limit-sealed', path: '/read', state: 'cold' },
      { app: 'node/sojourn-sealed', path: '/read', state: 'cold' },
      ...both('node/sojourn-sealed'),
      ...both('node/sojourn-memory'),
    ],
  },
  {
    id: 'fastify',
    base: 'fastify/base',
    shared: false,
    routes: [...both('fastify/secure-session'), ...both('fastify/session-memory')],
  },
  { id: 'hono', base: 'hono/base', shared: false, routes: [...both('hono/sojourn-sealed'), ...both('hono/session')] },
  { id: 'h3', base: 'h3/base', shared: false, routes: both('h3/use-session') },
]

export function idOf({ app, path, state }: Route): string {
  return `${app} ${path} ${state}`
}

export function measureGroup(
  group: Group,
  place: Place,
  turns: Turns,
  onProgress: (share: number) => void,
): Promise<Readonly<Record<string, Compared>>> {
  return compareRounds((running) => startGroup(group, place, turns.millis, running), turns, onProgress)
}

async function startGroup(
  group: Group,
  place: Place,
  millis: number,
  running: { push(side: Side): void },
): Promise<Sides> {
  // A database works on both processors, and so do those whom it answers.
  const places = group.shared ? null : processors
  const load = await startSide(join(import.meta.dirname, 'load-process.ts'), [], { processor: places?.others })
  running.push(load)
  const bases = group.second === undefined ? [group.base] : [group.base, group.second]
  const apps = new Map<string, Side>()
  for (const app of new Set([...bases, ...group.routes.map(({ app }) => app)])) {
    const side = await startApp(app, place, places?.measured)
    running.push(side)
    apps.set(app, side)
  }
  const cells: Cell[] = []
  for (const route of group.routes) {
    const side = apps.get(route.app) as Side
    const cookies = `${route.app} ${route.state}`
    await keepCookies(load, side, cookies, COOKIES[route.state])
    cells.push({
      id: idOf(route),
      measure: () => loaded(load, side, { ...route, cookies, millis, awake: !group.shared }),
    })
  }
  const cookies = `${group.routes[0]?.app} ${group.routes[0]?.state}`
  const bare = (app: string): Cell => ({
    id: `${app} /read warm`,
    measure: () => loaded(load, apps.get(app) as Side, { path: '/read', cookies, millis, awake: !group.shared }),
  })
  const [base, second] = bases.map(bare) as [Cell, Cell?]
  return { base, others: second === undefined ? cells : [second, ...cells], second: second?.id }
}

export function startApp(app: string, place: Place, processor?: number): Promise<Side> {
  return startSide(join(import.meta.dirname, 'app-process.ts'), [app, JSON.stringify(place)], { processor })
}

const made = new WeakMap<Side, Set<string>>()

async function keepCookies(load: Side, app: Side, name: string, count: number): Promise<void> {
  const names = made.get(load) ?? new Set()
  made.set(load, names)
  if (names.has(name)) return
  names.add(name)
  const port = await app.ask<number>('port')
  const cookies = await load.ask<string[]>('fetch', { port, path: '/begin', count })
  await load.ask('keep', { name, cookies })
}

interface Turn {
  readonly path: string
  readonly cookies: string
  readonly millis: number
  readonly awake: boolean
}

async function loaded(load: Side, app: Side, { path, cookies, millis, awake }: Turn): Promise<Sample> {
  const port = await app.ask<number>('port')
  const work = (millis: number) =>
    load.ask<Loaded>('load', { port, path, cookies, connections: CONNECTIONS, millis, awake })
  await work(LEAD_IN)
  const before = await app.ask<number>('cpu')
  const done = await work(millis)
  const cpu = (await app.ask<number>('cpu')) - before
  return {
    cpuMicros: cpu / done.requests,
    perSecond: (done.requests * 1000) / done.millis,
    p50: done.p50,
    p99: done.p99,
  }
}
