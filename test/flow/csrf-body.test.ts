/**
 * The token in a body, and the body after it was looked for: whoever reads it next gets every byte, however it was sent and
 * however it is read.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import express, { type RequestHandler } from 'express'
import { Hono } from 'hono'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { sessionMiddleware as honoSessions } from '../../src/adapter/hono.ts'
import { withSession } from '../../src/adapter/node.ts'
import { withSession as withWebSession } from '../../src/adapter/web.ts'
import { createSessions, csrfToken, type SessionEvent, type Sessions, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { pausingStore } from '../../src/testing/stores.ts'
import { quietly } from '../support/answers.ts'
import type { Data } from '../support/story-app.ts'
import { useWire } from '../support/use-wire.ts'
import { type Listener, PROTOCOLS, type Protocol } from '../support/wire.ts'
import { SECRET } from '../support/world.ts'

const ORIGINS = { 'HTTP/1.1': 'http://localhost:3000', 'HTTP/2': 'https://localhost:3001' } as const
const URLENCODED = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=x'
const MODES = ['sealed', 'stored'] as const
type Mode = (typeof MODES)[number]

const serve = useWire()

/** A form that was shown to a browser that has a session: stored, that costs a read before the body is looked at. */
async function shown(mode: Mode, protocol: Protocol = 'HTTP/1.1', csrf: SessionsOptions['csrf'] = 'token') {
  const events: SessionEvent[] = []
  const store = pausingStore(memoryStore())
  const origin = ORIGINS[protocol]
  const onEvent = (event: SessionEvent) => events.push(event)
  const sessions: Sessions<Data> = createSessions<Data>({
    origin,
    secret: SECRET,
    csrf,
    onEvent,
    ...(mode === 'stored' && { store }),
  })
  const session = await sessions.open({ headers: {} })
  const token = csrfToken(session)
  session.set('note', 'kept')
  const { setCookies } = await sessions.commit(session)
  const cookie = setCookies.map((one) => one.split(';')[0]).join('; ')
  return { sessions, events, store, origin, token, headers: { cookie, origin } }
}

const part = (head: string, content: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
const field = (token: string) => part('name="csrf_token"', token)
const file = (content: string | Buffer) =>
  part('name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream', content)
const END = Buffer.from('--x--\r\n')

const hashOf = (...pieces: Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** Ways to read a body: each gives its hash. */
const READERS: Readonly<Record<string, (req: IncomingMessage) => Promise<string>>> = {
  'by its data events': (req) =>
    new Promise((resolve, reject) => {
      const hash = createHash('sha256')
      req.on('data', (chunk) => hash.update(chunk))
      req.on('end', () => resolve(hash.digest('hex')))
      req.on('error', reject)
    }),
  'by its readable events': (req) =>
    new Promise((resolve) => {
      const hash = createHash('sha256')
      req.on('readable', () => {
        for (let chunk = req.read(); chunk !== null; chunk = req.read()) hash.update(chunk)
      })
      req.on('end', () => resolve(hash.digest('hex')))
    }),
  'by iteration': async (req) => {
    const hash = createHash('sha256')
    for await (const chunk of req) hash.update(chunk)
    return hash.digest('hex')
  },
  'by a pipe': async (req) => {
    const hash = createHash('sha256')
    const sink = new Writable({ write: (chunk, _, done) => void done(hash.update(chunk) && null) })
    req.pipe(sink)
    await once(sink, 'finish')
    return hash.digest('hex')
  },
  'by a slow pipe': async (req) => {
    const hash = createHash('sha256')
    const write = (chunk: Buffer, _: unknown, done: () => void) => {
      hash.update(chunk)
      setImmediate().then(done)
    }
    const sink = new Writable({ highWaterMark: 1, write })
    req.pipe(sink)
    await once(sink, 'finish')
    return hash.digest('hex')
  },
  'as a web stream': async (req) => {
    const hash = createHash('sha256')
    for await (const chunk of Readable.toWeb(req)) hash.update(chunk)
    return hash.digest('hex')
  },
  'after it was paused': async (req) => {
    req.pause()
    await setImmediate()
    const hash = createHash('sha256')
    req.on('data', (chunk) => hash.update(chunk))
    req.resume()
    await once(req, 'end')
    return hash.digest('hex')
  },
}

/** A handler that tells what it read. */
function reading(sessions: Sessions<Data>, read: (req: IncomingMessage) => Promise<string>): Listener {
  return withSession(sessions, async (req, res) => {
    const hash = await read(req)
    res.end(hash)
  })
}

interface Sent {
  readonly type: string
  readonly pieces: readonly Uint8Array[]
  readonly headers: Readonly<Record<string, string>>
  /** Without a length: in chunks. */
  readonly chunked?: boolean
}

/** Sends a body piece by piece, each of which the server may see by itself, at the pace it takes them. */
async function sendBody(protocol: Protocol, port: number, sent: Sent): Promise<{ status: number; body: string }> {
  const { type, pieces, chunked = false } = sent
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const headers = { ...sent.headers, 'content-type': type, ...(!chunked && { 'content-length': String(length) }) }
  if (protocol === 'HTTP/1.1') {
    const outgoing = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers })
    const answered = once(outgoing, 'response')
    await writeAll(outgoing, pieces)
    const [answer] = await answered
    return { status: answer.statusCode, body: Buffer.concat(await answer.toArray()).toString() }
  }
  const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  const stream = client.request({ ':method': 'POST', ':path': '/', ...headers })
  const answered = once(stream, 'response')
  await writeAll(stream, pieces)
  const [answer] = await answered
  const body = Buffer.concat(await stream.toArray()).toString()
  client.close()
  return { status: answer[':status'], body }
}

async function writeAll(stream: Writable, pieces: readonly Uint8Array[]): Promise<void> {
  if ('setNoDelay' in stream) (stream as ClientRequest).setNoDelay(true)
  for (const piece of pieces) {
    if (!stream.write(piece)) await once(stream, 'drain')
    if (pieces.length < 500) await setImmediate()
  }
  stream.end()
}

const cut = (body: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, index) => body.subarray(index * size, (index + 1) * size))

const BIG = randomBytes(5 * 1024 * 1024)

describe.each(PROTOCOLS)('%s', (protocol) => {
  describe.each(MODES)('%s', (mode) => {
    test.each(Object.keys(READERS))('a body that is read %s is what was sent', async (how) => {
      const { sessions, token, headers, events } = await shown(mode, protocol)
      const { port } = await serve(protocol, reading(sessions, READERS[how] as never))
      const bodies: readonly (readonly [string, string, Buffer, number])[] = [
        ['the token alone', URLENCODED, Buffer.from(`csrf_token=${token}`), 1000],
        ['the token first', URLENCODED, Buffer.from(`csrf_token=${token}&name=Zo%C3%AB`), 7],
        ['the token last', URLENCODED, Buffer.from(`a=${'b'.repeat(3000)}&csrf_token=${token}`), 500],
        ['byte by byte', URLENCODED, Buffer.from(`a=b&csrf_token=${token}`), 1],
        ['a form of parts', MULTIPART, Buffer.concat([field(token), file('hello'), END]), 11],
        ['the token after a small file', MULTIPART, Buffer.concat([file(randomBytes(9000)), field(token), END]), 4000],
      ]
      for (const [what, type, body, size] of bodies) {
        for (const chunked of [false, true]) {
          const answer = await sendBody(protocol, port, { type, headers, chunked, pieces: cut(body, size) })
          expect(answer, `${what}, ${chunked ? 'chunked' : 'with its length'}`).toEqual({
            status: 200,
            body: hashOf(body),
          })
        }
      }
      const upload = Buffer.concat([field(token), file(BIG), END])
      const answer = await sendBody(protocol, port, { type: MULTIPART, headers, pieces: [upload] })
      expect(answer).toEqual({ status: 200, body: hashOf(upload) })
      expect(events.filter(({ type }) => type === 'csrf-refused')).toEqual([])
    })

    test.each(['by its data events', 'by iteration', 'by a pipe'])(
      'an empty body that is read %s has its end',
      async (how) => {
        const { sessions, token, headers } = await shown(mode, protocol)
        const { port } = await serve(protocol, reading(sessions, READERS[how] as never))
        for (const type of [URLENCODED, MULTIPART, 'application/json']) {
          for (const chunked of [false, true]) {
            const sent = { type, headers: { ...headers, 'x-csrf-token': token }, chunked, pieces: [] }
            expect(await sendBody(protocol, port, sent)).toEqual({ status: 200, body: hashOf() })
          }
        }
      },
    )

    test('an empty body without its token: refused, or let pass to a reader who sees its end', async () => {
      const { sessions, headers, events } = await shown(mode, protocol, { mode: 'token', reportOnly: true })
      const { port } = await serve(protocol, reading(sessions, READERS['by its data events'] as never))
      for (const chunked of [false, true]) {
        const answer = await sendBody(protocol, port, { type: URLENCODED, headers, chunked, pieces: [] })
        expect(answer).toEqual({ status: 200, body: hashOf() })
      }
      expect(events.filter(({ type }) => type === 'csrf-refused')).toMatchObject([
        { reason: 'missing' },
        { reason: 'missing' },
      ])
    })

    test('no more of an upload is read than its field needs, until its handler reads it', async () => {
      const { sessions, token, headers } = await shown(mode, protocol)
      let waiting = -1
      const read = async (req: IncomingMessage) => {
        waiting = req.readableLength
        return (READERS['by iteration'] as (req: IncomingMessage) => Promise<string>)(req)
      }
      const { port } = await serve(protocol, reading(sessions, read))
      const upload = Buffer.concat([field(token), file(BIG), END])
      expect(await sendBody(protocol, port, { type: MULTIPART, headers, pieces: [upload] })).toEqual({
        status: 200,
        body: hashOf(upload),
      })
      expect(waiting).toBeGreaterThan(field(token).length)
      expect(waiting).toBeLessThan(1024 * 1024)
    })

    test('the limit: a file may be longer behind the field, and not before it', async () => {
      const { sessions, token, headers, events } = await shown(mode, protocol, { mode: 'token', bodyLimit: 4096 })
      const { port } = await serve(protocol, reading(sessions, READERS['by a pipe'] as never))
      const behind = Buffer.concat([field(token), file(randomBytes(100_000)), END])
      expect(await sendBody(protocol, port, { type: MULTIPART, headers, pieces: cut(behind, 9000) })).toEqual({
        status: 200,
        body: hashOf(behind),
      })
      for (const size of [500, 50_000]) {
        const before = Buffer.concat([file(Buffer.alloc(4096)), field(token), END])
        const answer = await sendBody(protocol, port, { type: MULTIPART, headers, pieces: cut(before, size) })
        expect(answer.status).toBe(403)
        expect(JSON.parse(answer.body)).toMatchObject({
          reason: 'missing',
          header: null,
          send: expect.stringContaining('before any file'),
        })
      }
      expect(events.filter(({ type }) => type === 'csrf-refused')).toMatchObject([
        { reason: 'missing' },
        { reason: 'missing' },
      ])
    })

    test('a client that leaves in the middle leaves nothing waiting', async () => {
      const { sessions, token, headers, events } = await shown(mode, protocol)
      let seen: IncomingMessage | null = null
      const outcomes: string[] = []
      const read = async (req: IncomingMessage) => {
        try {
          return await (READERS['by iteration'] as (req: IncomingMessage) => Promise<string>)(req)
        } catch (error) {
          outcomes.push((error as { code: string }).code)
          return 'left'
        }
      }
      const listen: Listener = (req, res) => {
        seen = req
        reading(sessions, read)(req, res)
      }
      const { port } = await serve(protocol, listen)
      // Before its token, then behind it.
      for (const sent of [Buffer.from('--x\r\nContent-Dis'), Buffer.concat([field(token), file(randomBytes(9000))])]) {
        seen = null
        const leave = await begin(protocol, port, headers, sent)
        await vi.waitFor(() => expect(seen).not.toBeNull())
        await setImmediate()
        leave()
      }
      await vi.waitFor(() => expect(outcomes).toHaveLength(1))
      await vi.waitFor(() =>
        expect(events).toContainEqual(expect.objectContaining({ type: 'csrf-refused', reason: 'missing' })),
      )
    })

    if (mode === 'stored') {
      test('a client that left while its session was read leaves nothing waiting either', async () => {
        const { sessions, token, headers, events, store } = await shown(mode, protocol)
        let closed: Promise<unknown> | null = null
        const { port } = await serve(protocol, (req, res) => {
          closed = once(res, 'close')
          reading(sessions, READERS['by iteration'] as never)(req, res)
        })
        const gate = store.pause('find')
        const leave = await begin(protocol, port, headers, field(token))
        await gate.reached
        leave()
        await closed
        gate.release()
        await vi.waitFor(() =>
          expect(events).toContainEqual(expect.objectContaining({ type: 'csrf-refused', reason: 'missing' })),
        )
      })
    }
  })
})

/** Sends the head and some of a body, and gives the way to leave. */
async function begin(
  protocol: Protocol,
  port: number,
  more: Record<string, string>,
  bytes: Buffer,
): Promise<() => void> {
  const headers = { ...more, 'content-type': MULTIPART, 'content-length': '100000' }
  if (protocol === 'HTTP/2') {
    const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    client.on('error', () => {})
    const stream = client.request({ ':method': 'POST', ':path': '/', ...headers })
    stream.on('error', () => {})
    await new Promise((resolve) => stream.write(bytes, resolve))
    return () => client.destroy()
  }
  const outgoing = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers })
  outgoing.on('error', () => {})
  await new Promise((resolve) => outgoing.write(bytes, resolve))
  return () => outgoing.destroy()
}

describe('over one connection', () => {
  test.each(MODES)('the request behind a body that nobody read is answered (HTTP/1.1, %s)', async (mode) => {
    const { sessions, token, headers } = await shown(mode)
    const { port } = await serve('HTTP/1.1', withSession(sessions, (_req, res) => void res.end('not read')) as Listener)
    const socket = net.connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    const sent = [field(token), field('x')].map((first) => Buffer.concat([first, file(BIG), END]))
    for (const body of sent) {
      const lines = Object.entries({
        host: 'localhost:3000',
        ...headers,
        'content-type': MULTIPART,
        'content-length': body.length,
      })
      socket.write(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
      socket.write(body)
    }
    socket.write('GET / HTTP/1.1\r\nhost: localhost:3000\r\n\r\n')
    await vi.waitFor(
      () => expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403', 'HTTP/1.1 200']),
      { timeout: 20_000 },
    )
    socket.destroy()
  })

  test.each(MODES)('the request beside a body that nobody read is answered (HTTP/2, %s)', async (mode) => {
    const { sessions, token, headers } = await shown(mode, 'HTTP/2')
    const { port } = await serve('HTTP/2', withSession(sessions, (_req, res) => void res.end('not read')) as Listener)
    const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const statuses: unknown[] = []
    for (const first of [field(token), field('x'), null]) {
      const method = first === null ? 'GET' : 'POST'
      const stream = client.request({ ':method': method, ':path': '/', ...headers, 'content-type': MULTIPART })
      // The server may cut the upload short, which is no error of the answer.
      stream.on('error', () => {})
      stream.end(first === null ? undefined : Buffer.concat([first, file(BIG), END]))
      const [answer] = await once(stream, 'response')
      statuses.push(answer[':status'])
      stream.resume()
      await new Promise((resolve) => stream.once('close', resolve))
    }
    client.destroy()
    expect(statuses).toEqual([200, 403, 200])
  })

  test.each(MODES)('a client that waits for 100 Continue gets it (%s)', async (mode) => {
    const { sessions, token, headers } = await shown(mode)
    const { port } = await serve('HTTP/1.1', reading(sessions, READERS['by its data events'] as never))
    const body = Buffer.concat([field(token), file('hello'), END])
    const all = { ...headers, 'content-type': MULTIPART, 'content-length': String(body.length), expect: '100-continue' }
    const outgoing = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers: all })
    outgoing.flushHeaders()
    await once(outgoing, 'continue')
    outgoing.end(body)
    const [answer] = await once(outgoing, 'response')
    expect([answer.statusCode, Buffer.concat(await answer.toArray()).toString()]).toEqual([200, hashOf(body)])
  })
})

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

describe('Express', () => {
  const answerBody: RequestHandler = (req, res) => void res.json(req.body ?? null)

  async function start(...handlers: RequestHandler[]): Promise<number> {
    const app = express()
    for (const handler of handlers) app.use(handler)
    return listen(http.createServer(app as RequestListener))
  }

  const PARSERS: Readonly<Record<string, RequestHandler>> = {
    plain: express.urlencoded(),
    extended: express.urlencoded({ extended: true }),
  }

  test.each(MODES.flatMap((mode) => Object.keys(PARSERS).map((parser) => [mode, parser] as const)))(
    'a parser before or after the sessions reads the same (%s, %s)',
    async (mode, parser) => {
      const { sessions, token, headers } = await shown(mode)
      const ours = sessionMiddleware(sessions) as RequestHandler
      const theirs = PARSERS[parser] as RequestHandler
      for (const handlers of [
        [ours, theirs],
        [theirs, ours],
      ]) {
        const port = await start(...handlers, answerBody)
        const post = (text: string) =>
          sendBody('HTTP/1.1', port, { type: URLENCODED, headers, pieces: cut(Buffer.from(text), 20) })
        const good = await post(`csrf_token=${token}&a=b`)
        expect([good.status, JSON.parse(good.body)]).toEqual([200, { csrf_token: token, a: 'b' }])
        expect(await post('a=b')).toMatchObject({ status: 403, body: expect.stringContaining('"reason":"missing"') })
        expect(await post(`csrf_token=x${token}`)).toMatchObject({
          status: 403,
          body: expect.stringContaining('"reason":"malformed"'),
        })
        expect(await post('')).toMatchObject({ status: 403 })
      }
    },
  )

  test.each(MODES)('JSON brings its token in the header, whoever parses it first (%s)', async (mode) => {
    const { sessions, token, headers } = await shown(mode)
    const ours = sessionMiddleware(sessions) as RequestHandler
    for (const handlers of [
      [ours, express.json()],
      [express.json(), ours],
    ]) {
      const port = await start(...handlers, answerBody)
      const pieces = [Buffer.from('{"csrf_token":"x","a":1}')]
      const good = { type: 'application/json', headers: { ...headers, 'x-csrf-token': token }, pieces }
      expect(JSON.parse((await sendBody('HTTP/1.1', port, good)).body)).toEqual({ csrf_token: 'x', a: 1 })
      expect(await sendBody('HTTP/1.1', port, { ...good, headers })).toMatchObject({ status: 403 })
    }
  })

  test('a parser that left an empty object where it did not read does not hide the token', async () => {
    const { sessions, token, headers } = await shown('stored')
    const leaving: RequestHandler = (req, _res, next) => {
      req.body = {}
      next()
    }
    const raw = express.raw({ type: '*/*', limit: '10mb' })
    const port = await start(
      leaving,
      sessionMiddleware(sessions) as RequestHandler,
      raw,
      (req, res) => void res.end(hashOf(req.body)),
    )
    const body = Buffer.concat([field(token), file(BIG), END])
    expect(await sendBody('HTTP/1.1', port, { type: MULTIPART, headers, pieces: [body] })).toEqual({
      status: 200,
      body: hashOf(body),
    })
  })

  test('a body that was consumed by somebody who kept nothing has no token any more', async () => {
    const { sessions, token, headers } = await shown('sealed')
    const eat: RequestHandler = (req, _res, next) => {
      req.resume()
      req.on('end', () => next())
    }
    const port = await start(eat, sessionMiddleware(sessions) as RequestHandler, answerBody)
    const sent = { type: URLENCODED, headers, pieces: [Buffer.from(`csrf_token=${token}`)] }
    expect(await sendBody('HTTP/1.1', port, sent)).toMatchObject({
      status: 403,
      body: expect.stringContaining('"missing"'),
    })
  })
})

/** Ways to read a web body: each gives its bytes. */
const WEB_READERS: Readonly<Record<string, (request: Request) => Promise<Uint8Array>>> = {
  arrayBuffer: async (request) => new Uint8Array(await request.arrayBuffer()),
  blob: async (request) => new Uint8Array(await (await request.blob()).arrayBuffer()),
  'a stream': async (request) => Buffer.concat(await Readable.fromWeb(request.body as never).toArray()),
  'a stream’s reader': async (request) => {
    const reader = (request.body as ReadableStream<Uint8Array>).getReader()
    const chunks: Uint8Array[] = []
    for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value)
    return Buffer.concat(chunks)
  },
  'a clone': async (request) => new Uint8Array(await request.clone().arrayBuffer()),
}

type WebApp = (read: (request: Request) => Promise<Uint8Array>) => Promise<(request: Request) => Promise<Response>>

const WEB_APPS: Readonly<Record<string, (sessions: Sessions<Data>) => WebApp>> = {
  web: (sessions) => async (read) =>
    withWebSession(sessions, async (request) => new Response(hashOf(await read(request)))),
  hono: (sessions) => async (read) => async (request) => honoApp(sessions, read).fetch(request),
  'hono on node': (sessions) => async (read) => {
    const port = await listen(createAdaptorServer({ fetch: honoApp(sessions, read).fetch }) as Server)
    return (request) => {
      const { method, headers, body } = request
      return fetch(`http://127.0.0.1:${port}/`, {
        method,
        headers,
        body,
        ...(body && { duplex: 'half' }),
      } as RequestInit)
    }
  },
}

function honoApp(sessions: Sessions<Data>, read: (request: Request) => Promise<Uint8Array>): Hono {
  const app = new Hono()
  app.use(honoSessions(sessions))
  app.post('/', async (c) => c.text(hashOf(await read(c.req.raw))))
  return app
}

describe.each(Object.keys(WEB_APPS))('%s', (name) => {
  const request = (headers: Record<string, string>, type: string, body: Uint8Array | ReadableStream | null) =>
    new Request(ORIGINS['HTTP/1.1'], {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body,
      duplex: 'half',
    } as RequestInit)

  const streamOf = (body: Uint8Array, size: number) => Readable.toWeb(Readable.from(cut(body, size))) as ReadableStream

  async function start(mode: Mode, read: (request: Request) => Promise<Uint8Array>, csrf?: SessionsOptions['csrf']) {
    const form = await shown(mode, 'HTTP/1.1', csrf)
    const app = WEB_APPS[name] as (sessions: Sessions<Data>) => WebApp
    return { ...form, send: await app(form.sessions)(read) }
  }

  describe.each(MODES)('%s', (mode) => {
    test.each(Object.keys(WEB_READERS))('%s is what was sent', async (how) => {
      const { token, headers, send } = await start(mode, WEB_READERS[how] as never)
      const bodies: readonly (readonly [string, Buffer, number])[] = [
        [URLENCODED, Buffer.from(`csrf_token=${token}`), 1000],
        [URLENCODED, Buffer.from(`a=b&csrf_token=${token}`), 1],
        [MULTIPART, Buffer.concat([field(token), file(BIG), END]), 60_000],
        [MULTIPART, Buffer.concat([file(randomBytes(50_000)), field(token), END]), 7000],
      ]
      for (const [type, body, size] of bodies) {
        for (const sent of [body, streamOf(body, size)]) {
          const answer = await send(request(headers, type, sent))
          expect([answer.status, await answer.text()]).toEqual([200, hashOf(body)])
        }
      }
    })

    test('no body, or an empty one', async () => {
      const { token, headers, send } = await start(mode, WEB_READERS.arrayBuffer as never)
      for (const body of [null, Buffer.alloc(0)]) {
        const good = await send(request({ ...headers, 'x-csrf-token': token }, URLENCODED, body))
        expect([good.status, await good.text()]).toEqual([200, hashOf()])
        expect((await send(request(headers, URLENCODED, body))).status).toBe(403)
      }
    })

    test('text and formData', async () => {
      const read = async (given: Request) => {
        const copy = given.clone()
        const text = await copy.text()
        const form = await given.formData()
        return Buffer.from(
          JSON.stringify([text.length, form.get('csrf_token'), form.get('a'), (form.get('f') as File | null)?.size]),
        )
      }
      const { token, headers, send } = await start(mode, read)
      const plain = new URLSearchParams({ csrf_token: token, a: 'Zoë' }).toString()
      const first = await send(request(headers, URLENCODED, Buffer.from(plain)))
      expect(await first.text()).toBe(hashOf(Buffer.from(JSON.stringify([plain.length, token, 'Zoë', undefined]))))
      const form = new FormData()
      form.append('csrf_token', token)
      form.append('a', 'b')
      form.append('f', new Blob([BIG.subarray(0, 300_000)]))
      const encoded = new Response(form)
      const type = encoded.headers.get('content-type') ?? ''
      const body = Buffer.from(await encoded.arrayBuffer())
      const second = await send(request(headers, type, body))
      const length = new TextDecoder().decode(body).length
      expect(await second.text()).toBe(hashOf(Buffer.from(JSON.stringify([length, token, 'b', 300_000]))))
    })

    test('the limit, and a refused upload that is longer', async () => {
      const { token, headers, send, events } = await start(mode, WEB_READERS.arrayBuffer as never, {
        mode: 'token',
        bodyLimit: 4096,
      })
      const behind = Buffer.concat([field(token), file(BIG), END])
      expect((await send(request(headers, MULTIPART, streamOf(behind, 9000)))).status).toBe(200)
      const before = Buffer.concat([file(randomBytes(4096)), field(token), END])
      for (const size of [100, 100_000]) {
        const answer = await send(request(headers, MULTIPART, streamOf(before, size)))
        expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ reason: 'missing' })])
      }
      expect(events.filter(({ type }) => type === 'csrf-refused')).toHaveLength(2)
    })
  })

  if (name !== 'hono on node') {
    test('a stream that breaks is nobody’s token, and its handler hears of it', async () => {
      const { token, headers, send } = await start('sealed', WEB_READERS.arrayBuffer as never, {
        mode: 'token',
        reportOnly: true,
      })
      const broken = () => new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
      const sent = () => send(request(headers, URLENCODED, broken()))
      const heard = await quietly(sent).then(
        ({ status }) => status,
        () => 500,
      )
      expect(heard).toBe(500)
      expect((await send(request(headers, URLENCODED, Buffer.from(`csrf_token=${token}`)))).status).toBe(200)
    })

    test('a body that somebody else has begun to read has no token', async () => {
      const { token, headers, send } = await start('sealed', async () => new Uint8Array())
      const locked = request(headers, URLENCODED, Buffer.from(`csrf_token=${token}`))
      locked.body?.getReader()
      expect((await send(locked)).status).toBe(403)
      const used = request(headers, URLENCODED, Buffer.from(`csrf_token=${token}`))
      await used.text()
      expect((await send(used)).status).toBe(403)
    })
  }
})
