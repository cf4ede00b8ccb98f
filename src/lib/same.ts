/**
 * Compares what was found with what was expected, without a test runner.
 *
 * In: two values and what they are of. Out: nothing, or an AssertionError whose message shows both, shortened. Must not
 * know what is tested.
 *
 * @module
 */
import { AssertionError } from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

/** @throws AssertionError where the two are not deeply and strictly equal. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  const message = `${what}: expected ${shown(expected)}, found ${shown(actual)}`
  throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual', stackStartFn: same })
}

/** A value as a message shows it: JSON, and of long ones the beginning. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 100 ? `${text.slice(0, 80)}… (${text.length} characters)` : text
}
