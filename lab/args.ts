/**
 * What the command line and the environment ask for.
 *
 * In: arguments and environment as text. Out: settings, a request for help, or what is wrong. Decides only: prints
 * nothing and ends nothing.
 */

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export type Mode = 'stored' | 'sealed'
export type StoreName = 'sqlite' | 'memory' | 'file'

export interface Settings {
  readonly mode: Mode
  /** Where `stored` sessions are kept; `sealed` ones need no place. */
  readonly store: StoreName
  readonly port: number
  readonly httpPort: number
  /** Absolute path of the folder everything the lab makes is kept in. */
  readonly folder: string
}

export type Asked =
  | { readonly type: 'run'; readonly settings: Settings }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly message: string }

export const HELP = `The lab of sojourn: a small app to try sessions with.

  npm start -- [options]

  --mode stored|sealed         an id in the cookie, or everything sealed in it    (stored)
  --store sqlite|memory|file   where stored sessions are kept                     (sqlite)
  --port NUMBER                the port for https; 0 takes a free one             (8443)
  --http-port NUMBER           the port that redirects to https; 0 likewise       (8080)
  --data DIR                   the folder for database, certificate and secret    (lab/var)
  --help                       this text

The environment may say PORT and HTTP_PORT instead; an argument wins. A secret is made at the first start, unless
SESSION_SECRET or SESSION_SECRET_FILE names one.

  npm start -- --store memory --port 9443
`

const MODES: readonly Mode[] = ['stored', 'sealed']
const STORES: readonly StoreName[] = ['sqlite', 'memory', 'file']

class Wrong extends Error {}

/** Reads the arguments after the program's name. */
export function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        mode: { type: 'string' },
        store: { type: 'string' },
        port: { type: 'string' },
        'http-port': { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return { type: 'help' }

    const port = toPort(values.port, '--port', env.PORT, 'PORT', 8443)
    const httpPort = toPort(values['http-port'], '--http-port', env.HTTP_PORT, 'HTTP_PORT', 8080)
    if (port === httpPort && port !== 0) {
      throw new Wrong(`Cannot serve https and http on one port: both are ${port}. Choose another with --http-port`)
    }
    return {
      type: 'run',
      settings: {
        mode: oneOf(values.mode ?? 'stored', MODES, '--mode'),
        store: oneOf(values.store ?? 'sqlite', STORES, '--store'),
        port,
        httpPort,
        folder: values.data === undefined ? fileURLToPath(new URL('var', import.meta.url)) : resolve(values.data),
      },
    }
  } catch (error) {
    if (error instanceof Wrong || isParseError(error)) return { type: 'wrong', message: error.message }
    throw error
  }
}

function toPort(
  argument: string | undefined,
  option: string,
  variable: string | undefined,
  name: string,
  otherwise: number,
): number {
  // An empty variable is how a shell says "not set".
  const [text, source] = argument === undefined && variable ? [variable, name] : [argument, option]
  if (text === undefined) return otherwise
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new Wrong(`Cannot use ${source} "${text}": a port is a whole number from 0 to 65535`)
  return port
}

function oneOf<Name extends string>(text: string, names: readonly Name[], option: string): Name {
  const found = names.find((name) => name === text)
  if (found === undefined) throw new Wrong(`Cannot use ${option} "${text}": it is one of ${names.join(', ')}`)
  return found
}

function isParseError(error: unknown): error is Error {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}
