/**
 * What a form sent, as text.
 *
 * In: a request whose body was parsed, or not. Out: always a string. A field sent twice, or as something else, is not
 * a case the routes have to know.
 */

import type { Request } from 'express'

/** The field's text; empty if it was not sent. */
export function field(req: Request, name: string): string {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : ''
}

/** The same without space around it and with one spelling for letters that have several. */
export function trimmedField(req: Request, name: string): string {
  return field(req, name).normalize('NFC').trim()
}
