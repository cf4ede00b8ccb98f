/**
 * The laws as lists of stories, and each story as one test per cell.
 *
 * A story is a plain function that is given a world and throws where the law is broken, so that it can also be told to a
 * world that was broken on purpose (laws-bite.test.ts). A cell is a mode or store behind an adapter. The reporter
 * (tools/law-reporter.ts) makes a table of what is recorded here in the tests' meta data.
 *
 * @module
 */
import { test } from 'vitest'
import type { SessionsOptions } from '../../src/index.ts'
import { type Backend, isOverflowing, isRevocable, isSealedAtRest, isStored, type StoreName } from './backends.ts'
import type { OpenPlace } from './places/place.ts'
import { type Adapter, startWorld, type World, type WorldOptions } from './world.ts'

export interface Cell {
  readonly adapter: Adapter
  readonly backend: Backend
}

/** Which backends a story can be told about. */
export type Where =
  | 'everywhere'
  /** Where every session is a row. */
  | 'server-side'
  /** Where every session is in its cookie, whatever its size. */
  | 'client-side'
  /** Where a session can be ended from afar. */
  | 'endable'
  /** Where it can, and is in its cookie. */
  | 'revocable'
  /** Where it cannot. */
  | 'not revocable'
  | 'overflowing'
  | 'sealed at rest'
  /** Where a near cache hears of nothing. */
  | 'cached alone'

const TOLD_IN: Readonly<Record<Where, (backend: Backend) => boolean>> = {
  everywhere: () => true,
  'server-side': isStored,
  'client-side': (backend) => !isStored(backend) && !isOverflowing(backend),
  endable: (backend) => backend !== 'client-side',
  revocable: isRevocable,
  'not revocable': (backend) => backend === 'client-side',
  overflowing: isOverflowing,
  'sealed at rest': isSealedAtRest,
  'cached alone': (backend) => backend === 'cached alone',
}

/** All but the stories of its own are told on a near cache that hears. */
function isToldIn(where: Where, backend: Backend): boolean {
  return TOLD_IN[where](backend) && (backend !== 'cached alone' || where === backend)
}

export type Tale = (world: World) => Promise<void>

export interface Story {
  readonly title: string
  readonly options: Partial<SessionsOptions>
  readonly where: Where
  /** Why the law cannot hold there; the story then shows what the documentation admits instead. */
  readonly leftOut?: string
  readonly tell: Tale
}

export interface Law {
  readonly number: number
  readonly name: string
  readonly stories: readonly Story[]
}

export interface LawMeta {
  readonly law: number
  readonly name: string
  readonly cell: Cell
  readonly leftOut?: string
}

declare module 'vitest' {
  interface TaskMeta {
    law?: LawMeta
  }
}

const ADAPTERS: readonly Adapter[] = ['node', 'web', 'express', 'hono', 'hono on node']

/** What needs no server. */
const LOCAL = ['client-side', 'revocable', 'overflowing', 'memory', 'file', 'sqlite', 'sealed at rest'] as const

/** The whole product is for the long runs. */
const IS_LONG = process.env.SOJOURN_CELLS === 'all'

/** Every mode and local store behind the node adapter, every adapter in both modes. */
export const CELLS = ADAPTERS.flatMap((adapter) =>
  (IS_LONG || adapter === 'node' ? LOCAL : (['client-side', 'memory'] as const)).map((backend) => ({
    adapter,
    backend,
  })),
)

/** A store on a server: behind the node adapter; in the long runs behind every adapter, and in every mode. */
function cellsOn(store: StoreName): readonly Cell[] {
  const modes = [store, `sealed at rest in ${store}`, `revocable in ${store}`, `overflowing in ${store}`] as const
  return (IS_LONG ? ADAPTERS : (['node'] as const)).flatMap((adapter) =>
    (IS_LONG && adapter === 'node' ? modes : [store]).map((backend) => ({ adapter, backend })),
  )
}

/** A story that holds in both modes. */
export function everywhere(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'everywhere' }
}

/** A story about a store. */
export function serverSide(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'server-side' }
}

/** A story about what rides in the cookie. */
export function clientSide(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'client-side' }
}

/** A story of an end from afar, in either mode. */
export function endable(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'endable' }
}

/** A story of sealed cookies whose ends are written down. */
export function revocable(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'revocable' }
}

/** A story of a session that outgrows its cookie. */
export function overflowing(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'overflowing' }
}

/** A story of rows that are sealed. */
export function atRest(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): Story {
  return { title, tell, options, where: 'sealed at rest' }
}

/** A story of what another process still sees. */
export function cachedAlone(title: string, leftOut: string, tell: Tale): Story {
  return { title, tell, leftOut, options: {}, where: 'cached alone' }
}

/** A law that cannot hold client-side: the story shows what happens instead, which the documentation admits. */
export function admitted(title: string, leftOut: string, tell: Tale): Story {
  return { title, tell, leftOut, options: {}, where: 'not revocable' }
}

/** Registers the tests of a law: every story in every cell where it can be told, and in more cells still. */
export function testLaw(law: Law, more: readonly Cell[] = []): void {
  tellLaw(law, [...CELLS, ...more])
}

/** The same for a store that needs a server. */
export function testLawOn(store: StoreName, open: OpenPlace, law: Law): void {
  tellLaw(law, cellsOn(store), open)
}

/** One test per story and cell. */
function tellLaw({ number, name, stories }: Law, cells: readonly Cell[], open?: OpenPlace): void {
  for (const { title, tell, options, where, leftOut } of stories) {
    for (const cell of cells.filter(({ backend }) => isToldIn(where, backend))) {
      test(`${cell.adapter}, ${cell.backend}: ${title}`, async ({ task }) => {
        task.meta.law = { law: number, name, cell, ...(leftOut === undefined ? {} : { leftOut }) }
        await tellIn({ ...cell, ...(open && { open }), options }, tell)
      })
    }
  }
}

/** Registers what is no law of its own: a test per cell where it can be told, and in more cells still. */
export function tellEach(
  where: Where,
  title: string,
  tell: Tale,
  { more = [], ...options }: Pick<WorldOptions, 'auth' | 'options'> & { readonly more?: readonly Cell[] } = {},
): void {
  const cells = [...CELLS, ...more].filter(({ backend }) => isToldIn(where, backend))
  for (const cell of cells)
    test(`${cell.adapter}, ${cell.backend}: ${title}`, () => tellIn({ ...cell, ...options }, tell))
}

/** Tells one story in a world of its own. */
export async function tellIn(options: Parameters<typeof startWorld>[0], tell: Tale): Promise<void> {
  const world = await startWorld(options)
  try {
    await tell(world)
  } finally {
    await world.close()
  }
}
