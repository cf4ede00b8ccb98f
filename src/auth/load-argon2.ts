/**
 * The one optional package, `@node-rs/argon2`.
 *
 * In: nothing. Out: the module, or null where it is not installed. Must not know: what it is used for.
 *
 * It is imported by its literal name, so that bundlers and file tracers see it and ship its native part, and by
 * `import()`, because it may be absent. Absent means scrypt. Installed and broken is an error: to fall back in silence
 * would turn away everybody whose hash is argon2id.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import type { Argon2 } from './password-hash.ts'

/** @throws ConfigError `ARGON2_UNAVAILABLE`: it is there and does not load */
export async function loadArgon2(
  load: () => Promise<Argon2> = () => import('@node-rs/argon2'),
): Promise<Argon2 | null> {
  try {
    return await load()
  } catch (error) {
    if (isAbsent(error)) return null
    throw new ConfigError(
      'ARGON2_UNAVAILABLE',
      'Cannot hash passwords: "@node-rs/argon2" is installed and does not load. Reinstall it on this platform, or remove it to use scrypt',
      { cause: error },
    )
  }
}

/** Node, Bun and Deno quote the package that is missing; what is missing inside of it, its native part, has another name. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND'
  return missing && /['"]@node-rs\/argon2['"]/.test(error.message)
}
