/**
 * A real HTTPS server for host names that exist in tests only.
 *
 * In: a request listener and the names it answers for. Out: its port, and answers to requests whose URL names one of
 * them, over TLS that is verified. Must not know: sessions.
 *
 * @module
 */
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCA, createCert } from 'mkcert'

export interface HttpsHost {
  readonly port: number
  /** For `fetch` of a jar: it follows no redirect. */
  send(request: Request): Promise<Response>
  close(): Promise<void>
}

export async function serveHttps(listener: RequestListener, names: readonly [string, ...string[]]): Promise<HttpsHost> {
  const ca = await createCA({ organization: 'test', countryCode: 'EU', state: '-', locality: '-', validity: 2 })
  const server = createServer(await createCert({ ca, domains: [...names], validity: 2 }), listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    port,
    async send(request) {
      const url = new URL(request.url)
      const body = request.method === 'GET' ? '' : await request.text()
      const sent = httpsRequest({
        host: '127.0.0.1',
        port,
        servername: url.hostname,
        ca: ca.cert,
        agent: false,
        method: request.method,
        path: url.pathname + url.search,
        headers: { ...Object.fromEntries(request.headers), host: url.host, 'content-length': Buffer.byteLength(body) },
      })
      sent.end(body)
      const [answer] = await once(sent, 'response')
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part)
      const headers = new Headers()
      for (let at = 0; at < answer.rawHeaders.length; at += 2) {
        headers.append(answer.rawHeaders[at], answer.rawHeaders[at + 1])
      }
      const { statusCode: status } = answer
      return new Response([204, 304].includes(status) ? null : Buffer.concat(parts), { status, headers })
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
