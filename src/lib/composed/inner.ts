/**
 * What a store made of stores needs of those inside it.
 *
 * In: what a developer passed. Out: its calls, the powers it has beside them, or a ConfigError that says what was found.
 * Must not know which stores they are.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'
import type { Held } from '../store-rules.ts'

/** The shape of `Store` in store/store.ts, which this room may not import. */
export interface Inner {
  find(key: string): Promise<Held | null>
  create(key: string, entry: Held, now: number): Promise<boolean>
  replace(key: string, entry: Held, version: number, now: number): Promise<'done' | 'stale' | 'gone'>
  extend(key: string, expiresAt: number, now: number): Promise<boolean>
  bury(key: string, value: string, until: number, now: number): Promise<void>
}

const CALLS = ['find', 'create', 'replace', 'extend', 'bury'] as const
const INDEX = ['listByOwner', 'epochOf', 'raiseEpoch'] as const
const PASSED_ON = [...INDEX, 'entries', 'sweep'] as const

/** The optional methods of `Store`, as far as a type has them. */
export type PowersOf<Type> = Pick<Type, Extract<keyof Type, (typeof PASSED_ON)[number]>>

/** @throws ConfigError `OPTION_INVALID` where it has not the methods of a store. */
export function requireStore(maker: string, option: string, store: unknown): void {
  const isObject = typeof store === 'object' && store !== null
  const missing = isObject ? CALLS.filter((call) => typeof Reflect.get(store, call) !== 'function') : []
  if (isObject && missing.length === 0) return
  const found = isObject
    ? `an object without ${missing.join(', ')}`
    : `a value of type ${store === null ? 'null' : typeof store}`
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use ${option} of ${maker}: found ${found}. Give what a store factory returns, e.g. sqliteStore(database)`,
    { details: { option } },
  )
}

/** The optional methods that `store` has, to be handed on as they are. */
export function powersOf<Type extends object>(store: Type): PowersOf<Type> {
  const has = PASSED_ON.filter((name) => typeof Reflect.get(store, name) === 'function')
  return Object.fromEntries(
    has.map((name) => [name, (...args: unknown[]) => call(store, name, args)]),
  ) as unknown as PowersOf<Type>
}

/** `find` from where the entry is kept, also where `store` itself may answer from a copy. */
export function freshFind(store: Inner): (key: string) => Promise<Held | null> {
  const isFresh = typeof Reflect.get(store, 'findFresh') === 'function'
  return (key) => (isFresh ? (call(store, 'findFresh', [key]) as Promise<Held | null>) : store.find(key))
}

/** Whether one of them must not serve outside development. */
export function isDevelopmentOnly(...stores: readonly object[]): boolean {
  return stores.some((store) => Reflect.get(store, 'developmentOnly') === true)
}

function call(store: object, name: string, args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(store, name) as (...args: unknown[]) => unknown, store, args)
}
