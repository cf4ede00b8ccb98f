/**
 * The story app behind `sojourn/web`: no socket, a request goes in and a response comes out.
 *
 * @module
 */
import { freshLoginRequired, loginRequired, permit, withSession } from '../../../src/adapter/web.ts'
import { ADMIN, type Answer, FRESH, FRESH_WITHIN, GUARDED, isAdmin, type StoryApp } from '../story-app.ts'
import type { Mounted } from './mount.ts'

export async function mountWeb(app: StoryApp): Promise<Mounted> {
  const run = async (request: Request) => responseOf(await app.run(request.url, request))
  const { sessions, auth } = app
  const open = withSession(sessions, run)
  const guarded: Readonly<Record<string, typeof open>> = {
    [GUARDED]: withSession(sessions, loginRequired(auth, run)),
    [FRESH]: withSession(sessions, freshLoginRequired(auth, { within: FRESH_WITHIN }, run)),
    [ADMIN]: withSession(sessions, permit(auth, isAdmin, run)),
  }
  return {
    async send(request) {
      try {
        return await (guarded[new URL(request.url).pathname] ?? open)(request)
      } catch {
        // What a host does with a handler that throws.
        return new Response('null', { status: 500 })
      }
    },
    close: async () => {},
  }
}

export function responseOf({ status, headers, body, early }: Answer): Response {
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) }
  return new Response(early ? streamOf(body) : body, init)
}

function streamOf(body: string): ReadableStream<Uint8Array> {
  return new Blob([body]).stream() as ReadableStream<Uint8Array>
}
