/**
 * Sees to it that there is a secret: the environment's, or one made at the first start.
 *
 * In: the environment and the lab's folder. Out: the path of the lab's own secret, or `null` where the environment
 * brings one. The secret itself is never read here; that is the library's business.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file that SESSION_SECRET_FILE should name, made if it is missing; `null` if the environment says enough. */
export function secretFile(folder: string, env: Readonly<Record<string, string | undefined>>): string | null {
  if (env.SESSION_SECRET || env.SESSION_SECRET_FILE) return null
  const file = join(folder, 'secret')
  // 'wx' never overwrites: a secret replaced by accident would log everybody out.
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  return file
}
