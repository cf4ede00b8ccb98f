/**
 * Real servers and raw clients, for tests where bytes matter.
 *
 * In: request listeners and requests. Out: what came over the wire: status, header lines as they stood, informational
 * answers, the body, trailers. Must not know: sessions.
 *
 * @module
 */
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import net, { type AddressInfo, type Server } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { createCA, createCert } from 'mkcert'

export type Protocol = 'HTTP/1.1' | 'HTTP/2'
export const PROTOCOLS: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2']

/** What a handler of either protocol is here: their types differ where no test looks. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => void

export interface Request {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer as it came over the wire. */
export interface Wire {
  readonly status: number
  /** The reason phrase; HTTP/2 has none. */
  readonly message: string
  /** In the order of the wire, names in lower case, without Date. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Status codes of 1xx answers that came before. */
  readonly informational: readonly number[]
  /** HTTP/1.1: with its chunks, as they were framed. */
  readonly body: string
  readonly trailers: string
}

export interface WireServer {
  readonly port: number
  readonly server: Server
  send(request?: Request): Promise<Wire>
  /** HTTP/1.1 only: the bytes as given, and everything that came back until the server closed. */
  talk(bytes: string | Buffer): Promise<string>
  close(): Promise<void>
}

let certificate: Promise<{ key: string; cert: string }> | null = null

/** A certificate for localhost, made once a run. */
function certificateOfLocalhost(): Promise<{ key: string; cert: string }> {
  certificate ??= createCA({ organization: 'test', countryCode: 'EU', state: '-', locality: '-', validity: 2 }).then(
    (ca) => createCert({ ca, domains: ['localhost'], validity: 2 }),
  )
  return certificate
}

/** `HTTP/1.1` over plain http, `HTTP/2` over TLS; the latter server speaks HTTP/1.1 too. */
export async function serveWire(protocol: Protocol, listener: Listener): Promise<WireServer> {
  const server =
    protocol === 'HTTP/1.1'
      ? http.createServer(listener)
      : http2.createSecureServer({ ...(await certificateOfLocalhost()), allowHTTP1: true }, listener as never)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients = new Set<ClientHttp2Session>()

  return {
    port,
    server,
    send: (request = {}) => (protocol === 'HTTP/1.1' ? send1(port, request) : send2(connect2(port, clients), request)),
    talk: (bytes) => talk(port, bytes),
    async close() {
      for (const client of clients) client.destroy()
      if ('closeAllConnections' in server) (server as http.Server).closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function connect2(port: number, clients: Set<ClientHttp2Session>): ClientHttp2Session {
  const client = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false, lookup: loopback })
  clients.add(client)
  return client
}

/** The test's servers listen on 127.0.0.1 alone. */
const loopback: net.LookupFunction = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

async function send1(port: number, { method = 'GET', path = '/', headers = {} }: Request): Promise<Wire> {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers })
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)]
  const [wire] = wiresOf(await talk(port, `${head.join('\r\n')}\r\n\r\n`))
  if (wire === undefined) throw new Error('The server closed without an answer')
  return wire
}

export async function talk(port: number, bytes: string | Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  // A server that resets tells by what it did not send.
  socket.on('error', () => {})
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(received).toString('latin1')
}

/** The first answer in a text, with the informational ones before it; everything after its head is its body. */
function wiresOf(text: string): Wire[] {
  const informational: number[] = []
  let rest = text
  while (rest !== '') {
    const split = rest.indexOf('\r\n\r\n')
    if (split === -1) return []
    const [first = '', ...lines] = rest.slice(0, split).split('\r\n')
    rest = rest.slice(split + 4)
    const [, code, message = ''] = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(first) ?? []
    const status = Number(code)
    if (status < 200) {
      informational.push(status)
      continue
    }
    const headers = lines.map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const
    })
    return [{ status, message, headers: withoutDate(headers), informational, body: rest, trailers: '' }]
  }
  return []
}

async function send2(client: ClientHttp2Session, { method = 'GET', path = '/', headers = {} }: Request): Promise<Wire> {
  client.on('error', () => {})
  const stream = client.request({ ':method': method, ':path': path, ...headers })
  stream.end()
  const informational: number[] = []
  let head: IncomingHttpHeaders = {}
  let trailers: object = {}
  const body: Buffer[] = []
  stream.on('headers', (early) => informational.push(Number(early[':status'])))
  stream.on('response', (received) => {
    head = received
  })
  stream.on('trailers', ({ ...received }) => {
    trailers = received
  })
  stream.on('data', (chunk: Buffer) => body.push(chunk))
  stream.on('error', () => {})
  await new Promise((resolve) => stream.once('close', resolve))
  if (head[':status'] === undefined) throw new Error('The server closed without an answer')
  const lines = Object.entries(head).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, `${each}`] as const),
  )
  return {
    status: Number(head[':status']),
    message: '',
    headers: withoutDate(lines.filter(([name]) => !name.startsWith(':'))),
    informational,
    body: Buffer.concat(body).toString('latin1'),
    trailers: JSON.stringify(trailers),
  }
}

function withoutDate<Line extends readonly [string, string]>(headers: readonly Line[]): Line[] {
  return headers.filter(([name]) => name !== 'date')
}

/** All values of a header, one for each line. */
export function valuesOf(wire: Wire, name: string): string[] {
  return wire.headers.filter(([found]) => found === name).map(([, value]) => value)
}

/** The body as the app meant it: without chunks, and without compression. */
export function contentOf(wire: Wire): Buffer {
  const raw = Buffer.from(wire.body, 'latin1')
  const content = valuesOf(wire, 'transfer-encoding').includes('chunked') ? withoutChunks(raw) : raw
  return valuesOf(wire, 'content-encoding').includes('gzip') ? gunzipSync(content) : content
}

function withoutChunks(raw: Buffer): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  while (at < raw.length) {
    const line = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.toString('latin1', at, line), 16)
    if (size === 0) return Buffer.concat(pieces)
    pieces.push(raw.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  throw new Error('The body ends without its last chunk')
}
