/**
 * The CSRF token in the body of a Node request.
 *
 * In: a request whose body nobody has read, or which a body parser has. Out: the token, and the body given back to the stream
 * as if nobody had looked: whoever reads it next gets every byte, its end, and the pace it asks for; and where nobody does, the
 * rest is taken off the wire as Node would have done. Must not know: sessions.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createTokenSearch, type FormType, type TokenSearch } from '../../csrf/find-token.ts'
import { CSRF_FIELD } from '../../csrf/token.ts'
import { isHttp2 } from './node-head.ts'

/** Looks at `limit` bytes at most, and no further than the field. */
export async function tokenInNodeBody(
  req: IncomingMessage,
  res: ServerResponse,
  type: FormType,
  limit: number,
): Promise<string | null> {
  const field = parsedField((req as { readonly body?: unknown }).body)
  if (field !== null || req.readableDidRead || req.destroyed) return field
  // By the next turn whatever came together with the head is there. A stream that is known to be empty must not be touched:
  // it would end before its reader listens.
  await null
  return isEmpty(req) ? null : look(req, res, createTokenSearch(type, limit))
}

/** A body parser ran before us. Some leave an empty object where they did not read. */
function parsedField(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, CSRF_FIELD)) return null
  const field = (body as Record<string, unknown>)[CSRF_FIELD]
  return typeof field === 'string' ? field : null
}

function look(req: IncomingMessage, res: ServerResponse, search: TokenSearch): Promise<string | null> {
  // Node does so for a request that nobody has touched: the next one of this connection waits behind its body. In HTTP/2 the
  // response itself tells of its end when the stream is closed, which waits for this.
  const sent = isHttp2(res) ? res.stream : res
  sent.once('finish', () => {
    if (req.readableFlowing === null) req.resume()
  })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0

    function read(): void {
      let found: string | null | undefined
      while (found === undefined && req.readableLength > 0) {
        const chunk: Buffer = req.read()
        chunks.push(chunk)
        size += chunk.length
        found = search(chunk, isEmpty(req))
      }
      if (found === undefined && isEmpty(req)) found = search(NOTHING, true)
      if (found !== undefined) finish(found)
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

const NOTHING = Buffer.alloc(0)

/**
 * Whether nothing is left and nothing will come. `complete` of HTTP/2 speaks of the stream's end, and `readableEnded` comes
 * too late.
 */
function isEmpty(req: IncomingMessage): boolean {
  const { ended } = (req as unknown as { readonly _readableState: { readonly ended: boolean } })._readableState
  return ended && req.readableLength === 0
}
