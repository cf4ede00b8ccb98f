/**
 * What a memory store says about its limits, and how it counts bytes.
 *
 * In: limits and sizes. Out: numbers, or errors that say what was found. Must not know what is kept.
 *
 * @module
 */
import { ConfigError, StoreError } from '../errors.ts'

/** One byte a character for ASCII, two for anything else: what V8 takes at most. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length
}

/** @throws ConfigError `OPTION_INVALID` where a limit is not a whole number above 0. */
export function limit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use ${name} of memoryStore: found ${String(value)}. Pass a whole number above 0, or leave it out`,
    { details: { option: name } },
  )
}

/** For an entry that would not fit into an empty store. */
export function tooLarge(bytes: number, maxBytes: number): StoreError {
  return new StoreError(
    'STORE_VALUE_TOO_LARGE',
    `Cannot keep an entry of ${bytes} bytes: the memory store holds ${maxBytes} in all. Store less, or raise maxBytes`,
    { details: { bytes, maxBytes } },
  )
}

/** For what does not fit beside all that has to stay. */
export function full(maxEntries: number, maxBytes: number): StoreError {
  return new StoreError(
    'STORE_FULL',
    'Cannot keep another entry or epoch: the memory store is full of graves, which stay until they end, and of epochs, which stay. Raise maxEntries or maxBytes',
    { details: { maxEntries, maxBytes } },
  )
}
