/**
 * A Cookie header -> the values under one name.
 *
 * In: any text a stranger cares to send. Out: the raw values, in the order they stand. Never throws, never decodes, and
 * knows nothing of sessions.
 *
 * The reading is RFC 6265bis's and nothing older: pairs end at a semicolon, whitespace is space and tab. Whoever
 * honours more (`$Version`, commas, quoted strings, percent-encoded names, Unicode spaces) reads a `__Host-` cookie
 * where the browser saw a plain one that any neighbouring subdomain may set.
 *
 * @module
 */

const NONE: readonly string[] = Object.freeze([])

const TAB = 0x09
const SPACE = 0x20
const SEMICOLON = 0x3b
const EQUALS = 0x3d

/**
 * Every value that stands under exactly `name`, which is a name by the grammar (a token, not empty).
 * Time is linear in the header; a header without the name costs one search and no memory.
 */
export function cookieValues(header: string | null | undefined, name: string): readonly string[] {
  if (typeof header !== 'string' || name === '') return NONE

  let values: string[] | undefined
  let at = header.indexOf(name)
  while (at !== -1) {
    const after = at + name.length
    const equals = skipSpace(header, after)
    if (header.charCodeAt(equals) !== EQUALS || !startsPair(header, at)) {
      at = header.indexOf(name, at + 1)
      continue
    }
    const semicolon = header.indexOf(';', equals)
    const end = semicolon === -1 ? header.length : semicolon
    values ??= []
    values.push(trimmed(header, equals + 1, end))
    at = header.indexOf(name, end)
  }
  return values ?? NONE
}

/** Only space between the last semicolon, or the start of the header, and `at`. */
function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isSpace(header.charCodeAt(before))) before--
  return before < 0 || header.charCodeAt(before) === SEMICOLON
}

function trimmed(header: string, from: number, to: number): string {
  const start = skipSpace(header, from)
  let end = to
  while (end > start && isSpace(header.charCodeAt(end - 1))) end--
  return header.slice(start, end)
}

function skipSpace(header: string, from: number): number {
  let at = from
  while (isSpace(header.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB
}
