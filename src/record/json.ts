/**
 * What may be kept in a session, as types and as a check.
 *
 * In: a value a developer hands over. Out: a frozen copy of it that reads back exactly as it was written, or an error
 * that names the path of the part that would not. Must not know: sessions, cookies or stores.
 *
 * @module
 */

import { UsageError } from '../errors.ts'

/** Anything JSON can carry without loss. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. Keys such as `__proto__` are data: read it with `Object.hasOwn`, write it with `putKey`. */
export type JsonObject = { readonly [key: string]: Json }

/**
 * `T` where every part of it survives JSON, else `never` at the part that does not: a Date, BigInt, Map or function
 * does not compile. The whole is asked first, or a recursive JSON type would never end.
 */
export type Storable<T> = [T] extends [Json | undefined]
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends (...args: never) => unknown
      ? never
      : T extends object
        ? { [K in keyof T]: Storable<T[K]> }
        : never

/**
 * `T` with every part of it read-only: what `session.get` hands out is frozen in fact as well. `Json` is so already,
 * and following it down would never end.
 */
export type DeepReadonly<T> = [Json] extends [T]
  ? T
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

// Deeper than any sane data and far below what overflows the stack of JSON.stringify.
const MAX_DEPTH = 200

/**
 * A frozen copy of `value`, made of plain objects and arrays.
 *
 * Properties that are `undefined` are left out, as JSON leaves them out.
 *
 * @param path Where the value will live, for the error: `cart[2].when`.
 * @throws UsageError VALUE_NOT_STORABLE for what JSON would drop or change: Date, BigInt, Map, class instances,
 *   functions, symbols, NaN, Infinity, holes and `undefined` in arrays, cycles, more than 200 levels.
 */
export function toStorable(value: unknown, path: string): Json {
  return copy(value, path, 0)
}

function copy(value: unknown, path: string, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notStorable(path, `${value} is not a number JSON can carry`, 'Use null')
    return value === 0 ? 0 : value // -0 would read back as 0
  }
  if (typeof value !== 'object') throw notStorable(path, `found a ${typeof value}`, hintFor(value))
  if (depth >= MAX_DEPTH) {
    throw notStorable(path.slice(0, 80), `it has a cycle or more than ${MAX_DEPTH} levels`, 'Keep ids, not references')
  }
  if (Array.isArray(value)) {
    const list: Json[] = []
    for (let index = 0; index < value.length; index++) list.push(copy(value[index], `${path}[${index}]`, depth + 1))
    return Object.freeze(list)
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw notStorable(path, `found an instance of ${prototype.constructor?.name ?? 'a class'}`, hintFor(value))
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw notStorable(path, 'found an object with toJSON', 'Keep what toJSON returns')
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw notStorable(path, 'found a key that is a symbol', 'Use text keys')
  }
  const object: Record<string, Json> = {}
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key]
    if (part !== undefined) putKey(object, key, copy(part, `${path}.${key}`, depth + 1))
  }
  return Object.freeze(object)
}

function hintFor(value: unknown): string {
  if (value instanceof Date) return 'Keep value.toISOString() or value.getTime()'
  if (value instanceof Map || value instanceof Set) return 'Keep an array: [...value]'
  if (typeof value === 'bigint') return 'Keep String(value)'
  if (value === undefined) return 'Use null, or leave it out'
  return 'Keep plain objects, arrays, strings, numbers, booleans and null'
}

function notStorable(path: string, found: string, advice: string): UsageError {
  return new UsageError(
    'VALUE_NOT_STORABLE',
    `Cannot keep ${JSON.stringify(path)} in the session: ${found}. ${advice}`,
    {
      details: { path },
    },
  )
}

/** Sets an own property whatever its name: `object['__proto__'] = x` would change the prototype instead. */
export function putKey(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}

/**
 * Freezes a decoded value in place, and all that is in it. Without recursion: a row that someone wrote by hand may be
 * nested deeper than the stack.
 */
export function deepFreeze(value: Json): Json {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const waiting: object[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    Object.freeze(next)
    for (const part of Object.values(next)) {
      if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) waiting.push(part)
    }
  }
  return value
}
