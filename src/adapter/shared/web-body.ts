/**
 * The CSRF token in the body of a web Request.
 *
 * In: a request whose body nobody has read. Out: the token; the handler still reads the whole body. Must not know: sessions.
 *
 * @module
 */

import { type FormType, findToken } from '../../csrf/find-token.ts'

/** Looks at `limit` bytes at most, and no further than the field. What was read is kept until the handler reads it. */
export async function tokenInWebBody(request: Request, type: FormType, limit: number): Promise<string | null> {
  if (request.body === null || request.bodyUsed) return null
  const reader = request.clone().body?.getReader()
  if (reader === undefined) return null
  let text = ''
  try {
    while (text.length < limit) {
      const { done, value } = await reader.read()
      if (value !== undefined) text += Buffer.from(value).toString('latin1')
      const found = findToken(type, text, done)
      if (found !== null || done) return found
    }
    return null
  } catch {
    // The client is gone; the handler meets the same.
    return null
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
