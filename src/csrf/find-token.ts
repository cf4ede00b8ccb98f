/**
 * The token in the body of a form.
 *
 * In: the type of a body, and its bytes as they come. Out: the token, or `null`. It looks for the one field and parses
 * nothing else: who can put a right token anywhere into a body is the page that was given it. What it does is linear in the
 * bytes, however they are cut, and it keeps no more of them than a field may be long. Must not know: streams.
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

/** Takes the next bytes of a body. `undefined`: give more; `null`: there is none, as far as is looked. */
export type TokenSearch = (chunk: Uint8Array, isLast: boolean) => string | null | undefined

interface Shape {
  readonly field: RegExp
  /** What the field begins with, where the body begins with the field. */
  readonly start: string
  /** The most characters a match can have. */
  readonly longest: number
}

// What is no token is found as well, so that it can be told from none; up to a length at which it cannot be one. Every
// repetition has a bound: a stranger chooses the text.
const SHAPES: Readonly<Record<FormType, Shape>> = {
  // The field's name and the letters of a token are never percent-encoded by a form.
  urlencoded: { field: new RegExp(`&${CSRF_FIELD}=([^&]{0,200})(?=&|$)`), start: '&', longest: 256 },
  // A part's header lines, an empty line, its content (RFC 7578, section 4.2).
  multipart: {
    field: new RegExp(
      `\\ncontent-disposition: {0,8}form-data; {0,8}name="?${CSRF_FIELD}"?\\r\\n(?:[^\\r\\n]{1,200}\\r\\n){0,4}\\r\\n([^\\r\\n]{0,200})(?=\\r\\n)`,
      'i',
    ),
    start: '\n',
    longest: 1280,
  },
}

/** Looks at the first `limit` bytes of a body. */
export function createTokenSearch(type: FormType, limit: number): TokenSearch {
  const { field, start, longest } = SHAPES[type]
  let room = limit
  let text = start
  return (chunk, isLast) => {
    const { buffer, byteOffset } = chunk
    const size = Math.min(chunk.length, room)
    room -= size
    text += Buffer.from(buffer, byteOffset, size).toString('latin1')
    const isOver = isLast || size < chunk.length
    // Byte by byte, each look would go through the same text again.
    if (!isOver && text.length < 2 * longest) return undefined
    const found = field.exec(text)
    if (found !== null) {
      // At the very end of what came, an urlencoded field may go on; where the limit cut it, it does.
      const isOpen = type === 'urlencoded' && found.index + found[0].length === text.length
      if (!isOpen || (isLast && size === chunk.length)) return found[1]
    }
    if (isOver) return null
    text = text.slice(-longest)
    return undefined
  }
}
