/**
 * The token in the body of a form.
 *
 * In: the type of a body, and as much of it as was read. Out: the token, or `null`. It looks for the one field and parses
 * nothing else: who can put a right token anywhere into a body is the page that was given it. Must not know: streams.
 *
 * @module
 */

import { CSRF_FIELD } from './token.ts'

/** What a form can be sent as (HTML, 4.10.21.6). `null`: there is nothing to look for in such a body. */
export type FormType = 'urlencoded' | 'multipart'

export function formTypeOf(contentType: string | null): FormType | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'urlencoded'
  return type === 'multipart/form-data' ? 'multipart' : null
}

// The field's name and the letters of a token are never percent-encoded by a form. What is no token is found as well, so
// that it can be told from none; up to a length at which it cannot be one.
const URLENCODED = new RegExp(`(?:^|&)${CSRF_FIELD}=([^&]{0,200})(?=&|$)`)
// A part's header lines, an empty line, its content (RFC 7578, section 4.2).
const MULTIPART = new RegExp(
  `content-disposition: *form-data; *name="?${CSRF_FIELD}"?\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n([^\\r\\n]{0,200})(?=\\r\\n)`,
  'i',
)

/**
 * @param body What was read so far, one character for each byte.
 * @param complete Whether that is all: an urlencoded field at the very end may go on.
 */
export function findToken(type: FormType, body: string, complete: boolean): string | null {
  const found = (type === 'urlencoded' ? URLENCODED : MULTIPART).exec(body)
  if (found === null) return null
  const isCutOff = type === 'urlencoded' && !complete && found.index + found[0].length === body.length
  return isCutOff ? null : (found[1] ?? null)
}
