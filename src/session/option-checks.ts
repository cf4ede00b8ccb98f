/**
 * What every judge of options needs: the same words for the same mistakes.
 *
 * In: what a developer wrote. Out: an error that says what was found and what to do. Must not know: any single option.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

/** The error for an option that cannot work. `reason` ends with what to do. */
export function invalidOption(option: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError('OPTION_INVALID', `Cannot use the option "${option}": ${reason}`, {
    details: { option },
    ...(cause !== undefined && { cause }),
  })
}

/** @throws ConfigError for anything but a function, or nothing. */
export function functionOption<F>(name: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw invalidOption(name, `found a ${typeof value}. Give a function`)
}

/** A typo must not be a setting that silently does nothing. */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use the ${what} "${name}": there is none of that name. Known are ${known.join(', ')}`,
      { details: { option: name } },
    )
  }
}
