/**
 * Where the sessions of a story live: in which mode, and in which store.
 *
 * In: the name of a backend. Out: what `createSessions` is told of it, and which stories can be told there. Must not know:
 * how a store is opened.
 *
 * @module
 */
import type { SessionsOptions } from '../../src/index.ts'
import type { OwnerIndex, Store } from '../../src/store/store.ts'

export type StoreName =
  | 'memory'
  | 'file'
  | 'sqlite'
  | 'redis'
  | 'redis cluster'
  | 'postgres'
  | 'mysql'
  | 'dynamodb'
  | 'tiered'
  | 'migrating'
  /** A near cache whose bus is heard at once. */
  | 'cached'
  /** A near cache without a bus: what other processes do is seen after `maxStale`. */
  | 'cached alone'

/** Where every session is a row of a store, sealed or not; and where it is in its cookie, and a store knows its end. */
export type Mode = 'stored' | 'sealed at rest' | 'revocable' | 'overflowing'

/** A mode other than `stored`, without the name of a store, is over memory. */
export type Backend = 'client-side' | StoreName | Exclude<Mode, 'stored'> | `${Exclude<Mode, 'stored'>} in ${StoreName}`

const OTHER_MODES = ['sealed at rest', 'revocable', 'overflowing'] as const

function modeOf(backend: Backend): Mode | 'client-side' {
  if (backend === 'client-side') return backend
  return OTHER_MODES.find((mode) => backend.startsWith(mode)) ?? 'stored'
}

/** `null`: client-side, there is no store. */
export function storeOf(backend: Backend): StoreName | null {
  const mode = modeOf(backend)
  if (mode === 'client-side') return null
  if (mode === 'stored') return backend as StoreName
  return (backend.slice(`${mode} in `.length) || 'memory') as StoreName
}

export function isStored(backend: Backend): boolean {
  return ['stored', 'sealed at rest'].includes(modeOf(backend))
}

/** Where what a session holds has to fit into its cookie, and its end is written down. */
export function isRevocable(backend: Backend): boolean {
  return isOverflowing(backend) || modeOf(backend) === 'revocable'
}

export function isOverflowing(backend: Backend): boolean {
  return modeOf(backend) === 'overflowing'
}

export function isSealedAtRest(backend: Backend): boolean {
  return modeOf(backend) === 'sealed at rest'
}

/** What `createSessions` is told of the store. */
export function storeOptions(backend: Backend, store: Store & OwnerIndex): Partial<SessionsOptions> {
  const mode = modeOf(backend)
  if (mode === 'overflowing') return { overflow: store }
  if (mode === 'revocable') return { revocation: store }
  return mode === 'sealed at rest' ? { store, sealAtRest: true } : { store }
}
