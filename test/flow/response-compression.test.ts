/**
 * Held responses and the compression middleware, which wraps the same methods: installed before the session
 * middleware and after it.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import net from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import compression from 'compression'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Middleware, sessionMiddleware } from '../../src/adapter/express.ts'
import type { Sessions } from '../../src/index.ts'
import { clientSide, type Data, type HeldWorld, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { contentOf, type Listener, PROTOCOLS, valuesOf, type Wire } from '../support/wire.ts'

const serve = useWire()
afterEach(() => void vi.restoreAllMocks())

type Handler = (res: ServerResponse & { flush?: () => void }, req: IncomingMessage) => unknown
type Order = 'compression first' | 'session first'

/** The two middlewares in either order, before the handler; compresses whatever its size. */
function stack(order: Order, sessions: Sessions<Data>, handler: Handler): Listener {
  const compress = compression({ threshold: 0, level: 1 }) as unknown as Middleware
  const session = sessionMiddleware(sessions)
  const [outer, inner] = order === 'compression first' ? [compress, session] : [session, compress]
  return (req, res) => {
    outer(req, res, () => inner(req, res, () => handler(res, req)))
  }
}

const GZIP = { headers: { 'accept-encoding': 'gzip' } }
const LARGE = 'handler-body '.repeat(40_000)

async function* pieces(): AsyncGenerator<string> {
  for (let index = 0; index < 40; index++) yield LARGE.slice(index * 13_000, (index + 1) * 13_000)
}

const ANSWERS: Record<string, { text: string; answer: Handler }> = {
  'a small text at once': { text: 'handler-body', answer: (res) => res.end('handler-body') },
  'a large text at once': { text: LARGE, answer: (res) => res.end(LARGE) },
  'a head, then a text': { text: LARGE, answer: (res) => res.writeHead(200, { 'X-Handler': 'own' }).end(LARGE) },
  'a text in pieces': {
    text: 'handler-body 1, handler-body 2',
    answer: (res) => {
      res.write('handler-body 1, ')
      res.end('handler-body 2')
    },
  },
  'headers, flushed': {
    text: 'handler-body',
    answer: (res) => {
      res.flushHeaders()
      res.end('handler-body')
    },
  },
  'a pipe': { text: LARGE, answer: (res) => Readable.from(pieces()).pipe(res) },
  'a pipeline from an async iterator': { text: LARGE, answer: (res) => pipeline(pieces, res).catch(() => {}) },
  'a loop that waits for drain': {
    text: LARGE,
    answer: async (res) => {
      // One listener for all: compression never lets go of one, so `once` in a loop leaks with it or without us.
      let go = () => {}
      res.on('drain', () => go())
      for await (const piece of pieces()) {
        if (!res.write(piece)) {
          await new Promise<void>((resolve) => {
            go = resolve
          })
        }
      }
      res.end()
    },
  },
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  describe.each(['compression first', 'session first'] as const)('%s', (order) => {
    describe.each(Object.entries(ANSWERS))('%s', (_name, { text, answer }) => {
      const touching =
        (sessions: Sessions<Data>): Handler =>
        (res, req) => {
          sessions.of(req).set('note', 'kept')
          res.setHeader('Content-Type', 'text/plain')
          return answer(res, req)
        }

      function expectWhole(wire: Wire): void {
        expect(contentOf(wire).toString()).toBe(text)
        expect(valuesOf(wire, 'set-cookie')).toHaveLength(1)
        expect(valuesOf(wire, 'vary').join(', ').split(', ').sort()).toEqual(['Accept-Encoding', 'Cookie'])
        expect(valuesOf(wire, 'cache-control')).toEqual(['private, no-store'])
      }

      test('leaves whole and compressed, with the cookie', async () => {
        const sessions = clientSide()
        const at = await serve(protocol, stack(order, sessions, touching(sessions)))
        const wire = await at.send(GZIP)
        expectWhole(wire)
        expect(valuesOf(wire, 'content-encoding')).toEqual(['gzip'])
      })

      test('leaves whole after a wait', async () => {
        const { sessions, store } = serverSide()
        const gate = store.pause('create')
        const at = await serve(protocol, stack(order, sessions, touching(sessions)))
        const sent = at.send(GZIP)
        await gate.reached
        gate.release()
        const wire = await sent
        expectWhole(wire)
        expect(valuesOf(wire, 'content-encoding')).toEqual(['gzip'])
      })

      test('is replaced by a 503 that can be read', async () => {
        const { sessions, store } = serverSide()
        store.fail('create')
        const at = await serve(protocol, stack(order, sessions, touching(sessions)))
        const wire = await at.send(GZIP)
        expect([wire.status, valuesOf(wire, 'set-cookie')]).toEqual([503, []])
        expect(JSON.parse(contentOf(wire).toString())).toMatchObject({ status: 503, code: 'STORE_FAILED' })
        expect(JSON.stringify(wire.headers)).not.toMatch(/handler/i)
      })
    })
  })
})

test('a compressed 503 has none of the trailers that the handler had set', async () => {
  const { sessions, store } = serverSide()
  store.fail('create')
  const at = await serve(
    'HTTP/1.1',
    stack('compression first', sessions, (res, req) => {
      sessions.of(req).set('note', 'lost')
      res.setHeader('Trailer', 'X-Handler')
      res.write('handler-body')
      res.addTrailers({ 'X-Handler': 'own' })
      res.end()
    }),
  )
  const wire = await at.send(GZIP)
  expect(JSON.parse(contentOf(wire).toString())).toMatchObject({ status: 503 })
  expect(wire.body).not.toMatch(/handler/i)
})

/** What compression does for event streams: `flush` pushes out what it has. Before the commit there is nothing to push. */
test.each(['compression first', 'session first'] as const)(
  'an event that was flushed while the answer waited reaches the client before the next one, %s',
  async (order) => {
    const { sessions, store } = serverSide()
    const gate = store.pause('create')
    let response: ServerResponse | null = null
    const at = await serve(
      'HTTP/1.1',
      stack(order, sessions, (res, req) => {
        response = res
        sessions.of(req).set('note', 'kept')
        res.setHeader('Content-Type', 'text/event-stream')
        res.write('data: first\n\n')
        res.flush?.()
      }),
    )
    const socket = net.connect(at.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n')
    await gate.reached
    gate.release()
    const received: Buffer[] = []
    // The head, and after it a chunk of more than the ten bytes that gzip begins with.
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received.push(chunk)
        const text = Buffer.concat(received).toString('latin1')
        if (/\r\n\r\n(?:[0-9a-f]+\r\n.*?\r\n){2}/s.test(text)) resolve()
      })
    })
    socket.destroy()
    expect((response as ServerResponse | null)?.writableEnded).toBe(false)
  },
)

describe('a slow client and a fast source', () => {
  const TOTAL = 24 * 1024 * 1024
  /** The kernel takes some for a socket of its own accord; a source that nobody holds back is all of it ahead. */
  const AHEAD = 12 * 1024 * 1024
  const chunk = randomBytes(64 * 1024)

  async function race(order: Order | 'no compression', { sessions, store }: HeldWorld) {
    const gate = store.pause('create')
    let produced = 0
    let ahead = 0
    let pauses = 0
    const socket = new net.Socket()
    const source = new Readable({
      read() {
        produced += chunk.length
        ahead = Math.max(ahead, produced - socket.bytesRead)
        this.push(produced > TOTAL ? null : chunk)
      },
    })
    source.on('pause', () => pauses++)
    const handler: Handler = (res, req) => {
      sessions.of(req).set('note', 'kept')
      res.setHeader('Content-Type', 'text/plain')
      source.pipe(res)
    }
    const session = sessionMiddleware(sessions)
    const alone: Listener = (req, res) => session(req, res, () => handler(res, req))
    const at = await serve('HTTP/1.1', order === 'no compression' ? alone : stack(order, sessions, handler))
    socket.connect(at.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n')
    await gate.reached
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    const producedWhileHeld = produced
    gate.release()
    // Slow: it takes what there is only every few turns.
    socket.on('data', () => {
      socket.pause()
      let turns = 3
      const turn = () => (--turns > 0 ? setImmediate(turn) : socket.resume())
      setImmediate(turn)
    })
    await new Promise((resolve) => socket.once('close', resolve))
    return { producedWhileHeld, ahead, pauses, received: socket.bytesRead }
  }

  test.each(['no compression', 'compression first', 'session first'] as const)(
    'the source is held back, and all of it arrives: %s',
    async (order) => {
      const { producedWhileHeld, ahead, pauses, received } = await race(order, serverSide())
      expect(producedWhileHeld).toBeLessThan(4 * 1024 * 1024)
      expect(pauses).toBeGreaterThan(0)
      expect(ahead).toBeLessThan(AHEAD)
      expect(received).toBeGreaterThan(TOTAL)
    },
  )
})
