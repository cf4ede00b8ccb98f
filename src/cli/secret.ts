/**
 * `sojourn secret`: makes a secret.
 *
 * In: whether it goes into `.env`, and the folder it is called in. Out: the text for stdout, and what to warn of. Writes
 * nothing itself: a secret goes where its reader sends it.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** 32 random bytes from the system as base64url: 43 characters that need no quoting in a shell, a URL or `.env`. */
function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The whole command, but for the writing. `cwd` is the folder that holds, or is about to hold, `.env`. */
export function secretCommand(call: { env: boolean; cwd: string }): { stdout: string; warnings: string[] } {
  const dotenv = readDotenv(call.cwd)
  const warnings: string[] = []
  if ((call.env || dotenv !== undefined) && mayBeCommitted(call.cwd)) {
    warnings.push('warning: git does not ignore .env here; add it to .gitignore before a secret in it is committed')
  }
  if (!call.env) return { stdout: `${newSecret()}\n`, warnings }
  if (dotenv !== undefined && parseEnv(dotenv).SESSION_SECRET !== undefined) {
    warnings.push(
      'warning: .env has a SESSION_SECRET already, and the last one counts: appending a second ends the sessions of the first; to rotate, write the new secret in front of the old one on the same line, with a comma between',
    )
  }
  // `>>` onto a last line without an end would glue the two together.
  const glue = dotenv === undefined || dotenv === '' || dotenv.endsWith('\n') ? '' : '\n'
  return { stdout: `${glue}SESSION_SECRET=${newSecret()}\n`, warnings }
}

function readDotenv(cwd: string): string | undefined {
  const path = join(cwd, '.env')
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  } catch {
    // Not ours to judge: making a secret needs no .env.
    return undefined
  }
}

/**
 * `git check-ignore` answers 0 for ignored, 1 for not ignored (a tracked file included) and 128 outside of a work tree;
 * where git is not installed there is no answer, and nothing to warn of.
 */
function mayBeCommitted(cwd: string): boolean {
  return spawnSync('git', ['check-ignore', '--quiet', '.env'], { cwd, stdio: 'ignore', timeout: 5_000 }).status === 1
}
