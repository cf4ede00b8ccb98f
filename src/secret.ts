/**
 * Where the secret comes from.
 *
 * In: the `secret` option and the surroundings of the process. Out: one to four secrets, the first of which seals while
 * all open. Refuses what could be guessed. Must not know: what a secret is used for. No message, field or cause of an
 * error ever holds a secret.
 *
 * @module
 */

import { Buffer } from 'node:buffer'
import type * as Fs from 'node:fs'
import process from 'node:process'
import type * as Util from 'node:util'
import { ConfigError } from './errors.ts'
import { secretWeakness } from './lib/secret-weakness.ts'

/** AES-256 and HMAC-SHA256 are keyed with 32 bytes, and HKDF cannot add what its input lacks (RFC 5869, section 4). */
const LEAST_BYTES = 32
/** One that seals, one that is retired, and room for two more. Every forged cookie is tried against all of them. */
const MOST_SECRETS = 4

const MAKE_ONE = 'Make one with "npx sojourn secret"'
const FROM_OPTION = 'the "secret" option'

/** What `resolveSecrets` may look at. */
export interface SecretContext {
  /** Whether `.env` of the working folder is looked at too. */
  readonly development: boolean
  /** Default: `process.env`, which is read and never changed. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The folder of `.env`, and the one a relative SESSION_SECRET_FILE starts from. Default: the working folder. */
  readonly cwd?: string
  /** Reads a whole file as UTF-8 and throws an error with a `code`, as `readFileSync` does. */
  readonly readFile?: (path: string) => string
}

/** Secrets as they were found, and the name of the place for messages. */
interface Found {
  readonly place: string
  readonly secrets: readonly unknown[]
}

/**
 * Finds the secrets: the option, else SESSION_SECRET, else the file SESSION_SECRET_FILE names (a mounted secret), else,
 * in development, the same two names in `.env`. The first place that has any wins; places are not mixed.
 *
 * In the variable and in the file several secrets are split at white space and commas; in the option they are a list.
 *
 * @throws ConfigError `SECRET_MISSING` (nowhere, or its file cannot be read), `SECRET_TOO_SHORT` (under 32 bytes of
 *   UTF-8), `SECRET_WEAK` (guessable), `SECRET_TOO_MANY` (over 4), `OPTION_INVALID` (not text, or one given twice)
 */
export function resolveSecrets(
  option: string | readonly string[] | undefined,
  context: SecretContext,
): readonly string[] {
  const found = option === undefined ? fromSurroundings(context) : fromOption(option)
  return checked(found)
}

function fromOption(option: unknown): Found {
  if (typeof option === 'string') return { place: FROM_OPTION, secrets: [option] }
  if (!Array.isArray(option)) {
    // `secret: process.env.TYPO ?? null` must not silently fall through to another secret.
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use ${FROM_OPTION}: it must be text or a list of texts, and is ${option === null ? 'null' : typeof option}. Leave it out to use SESSION_SECRET`,
    )
  }
  if (option.length === 0) {
    throw new ConfigError('SECRET_MISSING', `Cannot use ${FROM_OPTION}: the list is empty. ${MAKE_ONE}`)
  }
  return { place: FROM_OPTION, secrets: option }
}

function fromSurroundings(context: SecretContext): Found {
  const env = context.env ?? process.env
  const dotenv = context.development ? parseDotenv(context) : undefined
  const found = fromVariables(env, '', context) ?? (dotenv && fromVariables(dotenv, ' in .env', context))
  if (found) return found
  const looked = [FROM_OPTION, 'SESSION_SECRET', 'SESSION_SECRET_FILE']
  const dotenvNote = context.development
    ? ' and, in .env of the working folder, the same two names'
    : ' (.env is read in development only)'
  throw new ConfigError(
    'SECRET_MISSING',
    `Cannot start without a secret: none was found in ${looked.join(', ')}${dotenvNote}. ${MAKE_ONE} and set it as SESSION_SECRET`,
    { details: { looked } },
  )
}

function fromVariables(
  variables: Readonly<Record<string, string | undefined>>,
  where: string,
  context: SecretContext,
): Found | undefined {
  const direct = split(variables.SESSION_SECRET ?? '')
  if (direct.length > 0) return { place: `SESSION_SECRET${where}`, secrets: direct }
  const path = variables.SESSION_SECRET_FILE?.trim()
  if (!path) return undefined
  return { place: `the file of SESSION_SECRET_FILE${where}`, secrets: fromFile(path, where, context) }
}

function fromFile(path: string, where: string, context: SecretContext): readonly string[] {
  const name = `SESSION_SECRET_FILE${where}`
  // The path is not shown and the cause not passed on: somebody who puts the secret itself into SESSION_SECRET_FILE
  // must not find it in a log as "no such file".
  let text: string
  try {
    text = readText(path, context)
  } catch (error) {
    const code = codeOf(error)
    throw new ConfigError(
      'SECRET_MISSING',
      `Cannot read the file that ${name} names: ${code}. Give the path of a readable file (a relative one starts at the working folder), not the secret itself`,
      { details: { code } },
    )
  }
  const secrets = split(text)
  if (secrets.length > 0) return secrets
  throw new ConfigError('SECRET_MISSING', `Cannot use the file that ${name} names: it is empty. ${MAKE_ONE}`)
}

function parseDotenv(context: SecretContext): Readonly<Record<string, string | undefined>> | undefined {
  let text: string
  try {
    text = readText('.env', context)
  } catch (error) {
    const code = codeOf(error)
    // No .env is the usual case, and a folder of that name is Python's virtual environment.
    if (code === 'ENOENT' || code === 'EISDIR') return undefined
    throw new ConfigError('SECRET_MISSING', `Cannot read .env of the working folder: ${code}. Make it readable`, {
      details: { code },
    })
  }
  return builtin<typeof Util>('node:util').parseEnv(text) as Record<string, string | undefined>
}

function readText(path: string, context: SecretContext): string {
  const { resolve } = builtin<typeof import('node:path')>('node:path')
  const absolute = resolve(context.cwd ?? process.cwd(), path)
  return context.readFile ? context.readFile(absolute) : builtin<typeof Fs>('node:fs').readFileSync(absolute, 'utf8')
}

/** Only where a file is named are these needed: a runtime without a file system can still load this module. */
function builtin<Module>(name: string): Module {
  return process.getBuiltinModule(name) as Module
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'it could not be opened'
}

function split(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

function checked({ place, secrets }: Found): readonly string[] {
  // A secret with a blank in it looks like several; whoever wrote it learns why from the message.
  const note = place === FROM_OPTION ? '' : ' (its text is split at white space and commas)'
  if (secrets.length > MOST_SECRETS) {
    throw new ConfigError(
      'SECRET_TOO_MANY',
      `Cannot use ${secrets.length} secrets from ${place}${note}: at most ${MOST_SECRETS} are tried. Remove the oldest`,
      { details: { count: secrets.length, place } },
    )
  }
  return secrets.map((secret, at) => {
    const which = secrets.length === 1 ? 'the secret' : `secret ${at + 1} of ${secrets.length}`
    const subject = `Cannot use ${which} from ${place}${note}`
    const details = { secret: at + 1, of: secrets.length, place }
    if (typeof secret !== 'string') {
      throw new ConfigError('OPTION_INVALID', `${subject}: it must be text, and is ${typeof secret}. ${MAKE_ONE}`, {
        details,
      })
    }
    const bytes = Buffer.byteLength(secret)
    if (bytes < LEAST_BYTES) {
      throw new ConfigError(
        'SECRET_TOO_SHORT',
        `${subject}: it has ${bytes} bytes and at least ${LEAST_BYTES} are needed. ${MAKE_ONE}`,
        { details: { ...details, bytes } },
      )
    }
    const weakness = secretWeakness(secret)
    if (weakness) throw new ConfigError('SECRET_WEAK', `${subject}: it ${weakness}. ${MAKE_ONE}`, { details })
    const first = secrets.indexOf(secret)
    if (first !== at) {
      throw new ConfigError(
        'OPTION_INVALID',
        `${subject}: it is the same as secret ${first + 1}. Remove one, or put the new secret first to rotate`,
        { details },
      )
    }
    return secret
  })
}
