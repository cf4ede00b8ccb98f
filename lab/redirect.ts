/**
 * Sends plain http on to https.
 *
 * In: any request. Out: a 308 to the same path at the configured origin. The Host header is a claim of whoever sent the
 * request and is never looked at: a redirect made of it would lead wherever a stranger wants.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** A handler for `http.createServer`. `origin` such as `https://localhost:8443`, without a slash at the end. */
export function redirectTo(origin: string): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    // A proxy's request line holds a whole URL, and OPTIONS may hold `*`: neither is a path.
    const path = req.url?.startsWith('/') ? req.url : '/'
    // 308 keeps the method, so a form posted here is posted again there. Short-lived: ports of a lab change.
    res.writeHead(308, { Location: `${origin}${path}`, 'Cache-Control': 'no-store', 'Content-Length': 0 })
    res.end()
  }
}
