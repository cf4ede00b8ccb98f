/**
 * The CSRF token in the body of a web Request.
 *
 * In: a request whose body nobody has read. Out: the token; the handler still reads the whole body. Must not know: sessions.
 *
 * @module
 */

import { createTokenSearch, type FormType } from '../../csrf/find-token.ts'

/** Looks at `limit` bytes at most, and no further than the field. What was read is kept until the handler reads it. */
export async function tokenInWebBody(request: Request, type: FormType, limit: number): Promise<string | null> {
  if (request.body === null || request.bodyUsed || request.body.locked) return null
  const reader = request.clone().body?.getReader()
  if (reader === undefined) return null
  const search = createTokenSearch(type, limit)
  try {
    let found: string | null | undefined
    while (found === undefined) {
      const { done, value = NOTHING } = await reader.read()
      found = search(value, done)
    }
    return found
  } catch {
    // The client is gone; the handler meets the same.
    return null
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

const NOTHING = new Uint8Array()
