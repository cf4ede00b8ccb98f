/**
 * Paths that are let through by name: of a guard, of a check.
 *
 * In: patterns of a developer once, URLs of strangers ever after. Out: whether a URL is one of those paths. A router may
 * read an odd path in another way than we do ("//", "%2f", "..;", a backslash), so a path that two readers could take for two
 * is none of them: where the answer opens something, doubt keeps it shut. Must not know: what is opened.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

/**
 * The scheme and authority of an absolute request target (RFC 9112, section 3.2.2): what is ours begins after them. Only the
 * plainest: a parser that finds none ("http:///open") or reads a backslash as a slash takes some of the path for the host.
 */
const AUTHORITY = /^https?:\/\/[a-z0-9.:_[\]-]+(?=[/?#]|$)/i

/** The same for a log, which is to hold no host and no password, whatever a stranger wrote there. */
const ANY_AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i

// An empty segment, a dot segment, a parameter (";"), a backslash; the same percent-encoded, and an encoded "%", which hides
// another layer; a "%" that encodes nothing; a fragment, which no browser sends; and whatever is not a visible character.
const ODD = /\/\/|\/\.{1,2}(?:\/|$)|[;\\#]|%(?:2[5ef]|3b|5c|[01][0-9a-f]|7f)|%(?![0-9a-f]{2})|[^\x21-\x7e]/i

/** The path of a request target, or `null` where it can be read in more than one way. */
export function plainPath(url: string): string | null {
  const path = withoutQuery(url.replace(AUTHORITY, ''))
  return path.startsWith('/') && !ODD.test(path) ? path : null
}

/** The path of a request target as it stands, however it reads, cut to a length for a log. Never its query or host. */
export function shownPath(url: string): string {
  return withoutQuery(url.replace(ANY_AUTHORITY, '')).split('#', 1)[0]?.slice(0, 200) ?? ''
}

function withoutQuery(target: string): string {
  return target.split('?', 1)[0] ?? ''
}

/**
 * What tells whether a URL is one of the paths. A pattern is a path, `/login`, by exact spelling; or all that is below
 * one, `/assets/*`.
 *
 * @throws ConfigError OPTION_INVALID for a pattern that could match nothing, or more than it says.
 */
export function createPathMatcher(option: string, patterns: readonly string[]): (url: string) => boolean {
  if (!Array.isArray(patterns)) throw invalid(option, `found a ${typeof patterns}`)
  const exact = new Set<string>()
  const folders: string[] = []
  for (const pattern of patterns) {
    const isFolder = typeof pattern === 'string' && pattern.endsWith('/*')
    const path = isFolder ? pattern.slice(0, -1) : pattern
    if (typeof path !== 'string' || path.includes('*') || plainPath(path) !== path) {
      throw invalid(option, `found ${typeof pattern === 'string' ? `"${pattern}"` : `a ${typeof pattern}`}`)
    }
    if (isFolder) folders.push(path)
    else exact.add(path)
  }
  return (url) => {
    const path = plainPath(url)
    return path !== null && (exact.has(path) || folders.some((folder) => path.startsWith(folder)))
  }
}

function invalid(option: string, found: string): ConfigError {
  return new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option "${option}": ${found}. Give a list of paths: "/webhook", or "/assets/*" for all below it`,
    { details: { option } },
  )
}
