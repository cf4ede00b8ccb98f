/**
 * The story app behind `sojourn/node`, on a real server.
 *
 * @module
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freshLoginRequired, loginRequired, permit, withSession } from '../../../src/adapter/node.ts'
import { ADMIN, type Answer, FRESH, FRESH_WITHIN, GUARDED, isAdmin, type StoryApp } from '../story-app.ts'
import type { Mounted } from './mount.ts'

export async function mountNode(app: StoryApp): Promise<Mounted> {
  const { sessions, auth } = app
  const run = async (req: IncomingMessage, res: ServerResponse) => sendAnswer(res, await app.run(req.url ?? '/', req))
  const open = withSession(sessions, run)
  const guarded: Readonly<Record<string, typeof open>> = {
    [GUARDED]: withSession(sessions, loginRequired(auth, run)),
    [FRESH]: withSession(sessions, freshLoginRequired(auth, { within: FRESH_WITHIN }, run)),
    [ADMIN]: withSession(sessions, permit(auth, isAdmin, run)),
  }
  return serve((req, res) => (guarded[req.url?.split('?', 1)[0] ?? ''] ?? open)(req, res))
}

export function sendAnswer(res: ServerResponse, { status, headers, body, early }: Answer): void {
  if (!early) {
    res.statusCode = status
    for (const [name, value] of headers) res.appendHeader(name, value)
    res.end(body)
    return
  }
  // As those do who stream: the whole head at once, then the body in pieces.
  res.writeHead(status, headers.flat())
  const half = Math.ceil(body.length / 2)
  res.write(body.slice(0, half))
  res.end(body.slice(half))
}

/** Room for the longest cookie a stranger sends in a story; and no connection is given up because the machine is busy. */
export const SERVER_OPTIONS = { maxHeaderSize: 512 * 1024, keepAliveTimeout: 0 }

export async function serve(listener: RequestListener): Promise<Mounted> {
  return served(createServer(SERVER_OPTIONS, listener))
}

export async function served(server: Server): Promise<Mounted> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    async send(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      const body = method === 'GET' || method === 'HEAD' ? undefined : await request.text()
      return fetch(`http://127.0.0.1:${port}${pathname}${search}`, { method, headers, body, redirect: 'manual' })
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
