/**
 * The laws as lists of stories, and each story as one test per cell.
 *
 * A story is a plain function that is given a world and throws where the law is broken, so that it can also be told to a
 * world that was broken on purpose (laws-bite.test.ts). A cell is a mode or store behind an adapter. The reporter
 * (tools/law-reporter.ts) makes a table of what is recorded here in the tests' meta data.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { createSessions, type SessionsOptions } from '../../src/index.ts'
import { type Backend, isRevocable, isStored } from './backends.ts'
import { type Adapter, ORIGIN, SECRET, startWorld, type World, type WorldOptions } from './world.ts'

export interface Cell {
  readonly adapter: Adapter
  readonly backend: Backend
  /** Why the law cannot hold here; the story then shows what the documentation admits instead. */
  readonly leftOut?: string
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

const TOLD_IN: Readonly<Record<Where, (backend: Backend) => boolean>> = {
  everywhere: () => true,
  'server-side': isStored,
  'client-side': (backend) => !isStored(backend) && backend !== 'overflowing',
  endable: (backend) => backend !== 'client-side',
  revocable: isRevocable,
  'not revocable': (backend) => backend === 'client-side',
  overflowing: (backend) => backend === 'overflowing',
  'sealed at rest': (backend) => backend.startsWith('sealed at rest'),
}

export type Tale = (world: World) => Promise<void>

export interface Story {
  readonly title: string
  readonly options: Partial<SessionsOptions>
  readonly where: Where
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
  /** `null`: the whole of a law, or a part of it that is not built. */
  readonly cell: Cell | null
  readonly leftOut?: string
}

declare module 'vitest' {
  interface TaskMeta {
    law?: LawMeta
  }
}

const ON_NODE = ['client-side', 'revocable', 'overflowing', 'memory', 'file', 'sqlite', 'sealed at rest'] as const

/** Every mode and store behind the node adapter, every adapter in both modes. */
const USUAL_CELLS: readonly Cell[] = [
  ...ON_NODE.map((backend) => ({ adapter: 'node' as const, backend })),
  ...(['web', 'express', 'hono', 'hono on node'] as const).flatMap((adapter) => [
    { adapter, backend: 'client-side' as const },
    { adapter, backend: 'memory' as const },
  ]),
]

/** The whole product, for the long runs. */
const ALL_CELLS: readonly Cell[] = (['node', 'web', 'express', 'hono', 'hono on node'] as const).flatMap((adapter) =>
  ON_NODE.map((backend) => ({ adapter, backend })),
)

export const CELLS = process.env.SOJOURN_CELLS === 'all' ? ALL_CELLS : USUAL_CELLS

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

/** A law that cannot hold client-side: the story shows what happens instead, which the documentation admits. */
export function admitted(title: string, leftOut: string, tell: Tale): Story {
  return { title, tell, leftOut, options: {}, where: 'not revocable' }
}

/** Registers the tests of a law: every story in every cell where it can be told, and in more cells still. */
export function testLaw(law: Law, more: readonly Cell[] = []): void {
  for (const { title, tell, options, where, leftOut } of law.stories) {
    const cells = [...CELLS, ...more].filter(({ backend }) => TOLD_IN[where](backend))
    lawTest(law, title, leftOut === undefined ? cells : cells.map((cell) => ({ ...cell, leftOut })), tell, options)
  }
}

/** Registers one story: a test per cell. */
export function lawTest(
  law: Pick<Law, 'number' | 'name'>,
  title: string,
  cells: readonly Cell[],
  tell: Tale,
  options: Partial<SessionsOptions> = {},
): void {
  for (const cell of cells) {
    test(`${cell.adapter}, ${cell.backend}: ${title}`, async ({ task }) => {
      task.meta.law = { law: law.number, name: law.name, cell, leftOut: cell.leftOut }
      await tellIn({ ...cell, options }, tell)
    })
  }
}

/** Registers what is no law of its own: a test per cell where it can be told, and in more cells still. */
export function tellEach(
  where: Where,
  title: string,
  tell: Tale,
  { more = [], ...options }: Pick<WorldOptions, 'auth' | 'options'> & { readonly more?: readonly Cell[] } = {},
): void {
  const cells = [...CELLS, ...more].filter(({ backend }) => TOLD_IN[where](backend))
  for (const cell of cells)
    test(`${cell.adapter}, ${cell.backend}: ${title}`, () => tellIn({ ...cell, ...options }, tell))
}

/** Registers what of a law is not built yet. `proof` throws once it is, so that the table cannot go stale. */
export function leftOutOf(
  law: Pick<Law, 'number' | 'name'>,
  part: string,
  leftOut: string,
  proof: () => unknown,
): void {
  test(`left out: ${part}`, async ({ task }) => {
    task.meta.law = { law: law.number, name: law.name, cell: null, leftOut: `${part}: ${leftOut}` }
    await proof()
  })
}

/** Throws once `createSessions` knows the option. */
export function notAnOption(option: string): () => void {
  const options = { origin: ORIGIN, secret: SECRET, [option]: true }
  return () => assert.throws(() => createSessions(options), { code: 'OPTION_INVALID', details: { option } })
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
