/**
 * One handler behind every adapter, on real servers where the runtime has one, and a client that sends what no browser would.
 *
 * In: sessions and a handler. Out: a host for each adapter. The client is raw: any header, any target, several lines of one
 * name. Must not know: what the handler does.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request as rawRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import * as express5 from '../../src/adapter/express.ts'
import * as hono4 from '../../src/adapter/hono.ts'
import * as node from '../../src/adapter/node.ts'
import type { HstsOptions } from '../../src/adapter/shared/https-gate.ts'
import * as web from '../../src/adapter/web.ts'
import type { Sessions } from '../../src/index.ts'
import type { Data } from './story-app.ts'

export const HOSTS = ['node', 'web', 'express', 'hono'] as const
export type HostName = (typeof HOSTS)[number]

export interface PlainRequest {
  readonly method?: string
  /** The target as it stands on the request line. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
}

export interface PlainAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: string
}

export interface PlainHost {
  readonly name: HostName
  send(request?: PlainRequest): Promise<PlainAnswer>
  close(): Promise<void>
}

export interface PlainApp {
  readonly sessions: Sessions<Data>
  /** `request` as `sessions.of` takes it. */
  handle(request: object): string | Promise<string>
  /** Whether only https passes. */
  readonly https?: HstsOptions
}

const START: Readonly<Record<HostName, (app: PlainApp) => Promise<PlainHost>>> = {
  node: async ({ sessions, handle, https }) => {
    const open = node.withSession(sessions, async (req, res) => void res.end(await handle(req)))
    return served('node', createServer(https === undefined ? open : node.httpsRequired(sessions, open, https)))
  },

  express: async ({ sessions, handle, https }) => {
    const app = express()
    if (https !== undefined) app.use(express5.httpsRequired(sessions, https))
    app.use(express5.sessionMiddleware(sessions))
    app.use(async (req, res) => void res.send(await handle(req)))
    return served('express', createServer(app))
  },

  hono: async ({ sessions, handle, https }) => {
    const app = new Hono()
    if (https !== undefined) app.use(hono4.httpsRequired(sessions, https))
    app.use(hono4.sessionMiddleware(sessions))
    app.all('*', async (c) => c.text(await handle(c)))
    return served('hono', createAdaptorServer({ fetch: app.fetch }) as Server)
  },

  web: async ({ sessions, handle, https }) => {
    const open = web.withSession(sessions, async (request) => new Response(await handle(request)))
    const fetch = https === undefined ? open : web.httpsRequired(sessions, open, https)
    return { name: 'web', send: (request = {}) => sendWeb(fetch, request), close: async () => {} }
  },
}

export async function startHost(name: HostName, app: PlainApp): Promise<PlainHost> {
  return START[name](app)
}

async function served(name: HostName, server: Server): Promise<PlainHost> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    name,
    send: (request = {}) => sendRaw(port, request),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** By node:http, which sends any header as it is told. */
export async function sendRaw(port: number, { method, path, headers, body }: PlainRequest): Promise<PlainAnswer> {
  const outgoing = rawRequest({
    host: '127.0.0.1',
    port,
    method: method ?? 'GET',
    path: path ?? '/',
    agent: false,
    headers: { host: 'localhost:3000', ...(headers as Record<string, string | string[]>) },
  })
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  const chunks: Buffer[] = await incoming.toArray()
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    setCookies: incoming.headers['set-cookie'] ?? [],
    body: Buffer.concat(chunks).toString(),
  }
}

/** No wire: a Request goes in. Its scheme and host are those of its URL. */
async function sendWeb(
  fetch: (request: Request) => Promise<Response>,
  { method = 'GET', path = '/', headers = {}, body }: PlainRequest,
): Promise<PlainAnswer> {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) all.append(name, one)
  const url = path.startsWith('/') ? `http://${all.get('host') ?? 'localhost:3000'}${path}` : path
  // As over HTTP/2: the URL alone says the host.
  all.delete('host')
  const answer = await fetch(new Request(url, { method, headers: all, body: body as string }))
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    setCookies: answer.headers.getSetCookie(),
    body: await answer.text(),
  }
}
