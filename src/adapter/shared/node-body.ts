/**
 * The CSRF token in the body of a Node request.
 *
 * In: a request whose body nobody has read, or which a body parser has. Out: the token, and the body given back to the stream
 * as if nobody had looked: whoever reads it next gets every byte, its end, and the pace it asks for. Must not know: sessions.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { type FormType, findToken } from '../../csrf/find-token.ts'
import { CSRF_FIELD } from '../../csrf/token.ts'

/** Looks at `limit` bytes at most, and no further than the field. */
export async function tokenInNodeBody(req: IncomingMessage, type: FormType, limit: number): Promise<string | null> {
  const parsed = (req as { readonly body?: unknown }).body
  if (typeof parsed === 'object' && parsed !== null) return parsedField(parsed)
  return req.readableDidRead ? null : look(req, type, limit)
}

/** A body parser ran before us. */
function parsedField(body: object): string | null {
  const field = Object.hasOwn(body, CSRF_FIELD) ? (body as Record<string, unknown>)[CSRF_FIELD] : null
  return typeof field === 'string' ? field : null
}

function look(req: IncomingMessage, type: FormType, limit: number): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let text = ''

    function read(): void {
      for (let chunk: Buffer | null = req.read(); chunk !== null; chunk = req.read()) {
        chunks.push(chunk)
        size += chunk.length
        text += chunk.toString('latin1')
      }
      const isEnd = hasEnded(req)
      const found = findToken(type, text, isEnd)
      if (found !== null || isEnd || size >= limit) finish(found)
    }

    function finish(found: string | null): void {
      req.off('readable', read)
      req.off('close', abort)
      // In the same turn as the read: a stream that was read to its end says so in the next one, unless it has data again.
      if (size > 0) req.unshift(Buffer.concat(chunks, size))
      resolve(found)
    }

    /** The client is gone, and nobody will hear the answer. */
    function abort(): void {
      size = 0
      finish(null)
    }

    req.on('readable', read)
    req.on('close', abort)
  })
}

/** Whether all of the body has arrived. `complete` of HTTP/2 speaks of the stream's end, and `readableEnded` comes too late. */
function hasEnded(req: IncomingMessage): boolean {
  return (req as unknown as { readonly _readableState: { readonly ended: boolean } })._readableState.ended
}
