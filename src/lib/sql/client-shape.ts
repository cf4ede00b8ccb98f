/**
 * What a SQL store asks of the client a developer passed.
 *
 * In: whatever was passed. Out: nothing, or a ConfigError that says what was found. Must not know a driver: the shape
 * is all there is.
 *
 * @module
 */
import { ConfigError } from '../../errors.ts'

/** @throws ConfigError `OPTION_INVALID` where `client` has no method of that name, or has one that no such client has. */
export function requireClient(
  store: string,
  client: unknown,
  expected: { readonly method: string; readonly foreign: Readonly<Record<string, string>>; readonly advice: string },
): void {
  const found = strangeness(client, expected.method, expected.foreign)
  if (found === null) return
  throw new ConfigError('OPTION_INVALID', `Cannot use the client of ${store}: found ${found}. ${expected.advice}`, {
    details: { option: 'client' },
  })
}

function strangeness(client: unknown, method: string, foreign: Readonly<Record<string, string>>): string | null {
  if (typeof client === 'string') return 'a text, perhaps the address of a server'
  if (typeof client === 'function') return 'a function, perhaps the class of a driver'
  if (typeof client !== 'object' || client === null) {
    return `a value of type ${client === null ? 'null' : typeof client}`
  }
  if (typeof Reflect.get(client, 'then') === 'function') return 'a promise'
  for (const [strange, meaning] of Object.entries(foreign)) {
    if (typeof Reflect.get(client, strange) === 'function') return meaning
  }
  return typeof Reflect.get(client, method) === 'function' ? null : `an object without ${method}`
}
