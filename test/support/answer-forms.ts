/**
 * Every way to send an answer, as handlers.
 *
 * In: a response, and a way to touch the session. Out: an answer sent in one certain form; all that it says has
 * "handler" in it, so that a test can see that nothing of it is left. Must not know: what is tested.
 *
 * @module
 */
import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Protocol, Request } from './wire.ts'

export interface Scene {
  readonly res: ServerResponse
  /** Uses the session, and gives a text to answer with. */
  readonly touch: () => string
  /** The order of what the handler was told. */
  readonly log: string[]
}

interface Circumstances {
  readonly request?: Request
  /** Where one protocol alone has this form. */
  readonly only?: Protocol
  /** The code of what the handler meets when another answer went in place of its own. */
  readonly whenReplaced?: string
}

export interface Form extends Circumstances {
  readonly name: string
  readonly run: (scene: Scene) => unknown
}

/** A form whose handler has touched the session when it begins to answer. */
function form(name: string, answer: (res: ServerResponse, log: string[]) => unknown, more: Circumstances = {}): Form {
  return {
    ...more,
    name,
    run({ res, touch, log }) {
      touch()
      return answer(res, log)
    },
  }
}

const HTTP_1: Circumstances = { only: 'HTTP/1.1' }
const HEADERS = { 'X-Handler': 'own', 'Content-Type': 'text/plain' }
const PAIRS = [
  ['X-Handler', 'a'],
  ['X-Handler', 'b'],
  ['Set-Cookie', 'h=1'],
  ['Set-Cookie', 'h2=2'],
]

export const FORMS: readonly Form[] = [
  { name: 'end(text), the session touched inside the argument list', run: ({ res, touch }) => res.end(touch()) },
  form('end() alone', (res) => res.end()),
  form('end(buffer)', (res) => res.end(Buffer.from('handler-body'))),
  form('end(text, encoding, callback)', (res, log) => told(log, (cb) => res.end('68616e646c6572', 'hex', cb('end')))),
  form('end(text, callback)', (res, log) => told(log, (cb) => res.end('handler-body', cb('end')))),
  form('end(callback)', (res, log) => told(log, (cb) => res.end(cb('end')))),
  form('write in every form, then end', (res, log) =>
    told(log, (cb) => {
      res.write('handler-body 1 ')
      res.write('handler-body 2 ', cb('second'))
      res.write('6162', 'hex')
      res.write('6364', 'hex', cb('fourth'))
      res.write(new Uint8Array([101, 102]), cb('fifth'))
      res.end('last', 'latin1', cb('end'))
    }),
  ),

  form('writeHead(status)', (res) => res.writeHead(201).end('handler-body')),
  form('writeHead(status as text)', (res) => res.writeHead('202' as unknown as number).end('handler-body'), HTTP_1),
  form('writeHead(status, message)', (res) => res.writeHead(200, 'Handler Fine').end('handler-body'), HTTP_1),
  form('writeHead(status, object)', (res) =>
    res.writeHead(200, { ...HEADERS, 'Set-Cookie': ['h=1', 'h2=2'] }).end('handler-body'),
  ),
  form(
    'writeHead(status, message, object)',
    (res) => res.writeHead(200, 'Handler Fine', { ...HEADERS, 'Set-Cookie': 'h=1' }).end('handler-body'),
    HTTP_1,
  ),
  form('writeHead(status, undefined, object)', (res) => res.writeHead(200, undefined, HEADERS).end('handler-body')),
  form('writeHead(status, an object that Node passes over, object)', (res) =>
    res.writeHead(200, { 'X-Handler-Lost': '1' } as never, HEADERS).end('handler-body'),
  ),
  form('writeHead(status, flat list) with names repeated', (res) =>
    res.writeHead(200, PAIRS.flat()).end('handler-body'),
  ),
  form('writeHead(status, list of pairs) with names repeated', (res) =>
    res.writeHead(200, PAIRS as never).end('handler-body'),
  ),
  form('writeHead over headers set before', (res) => {
    res.setHeader('X-Handler', 'before')
    res.setHeader('X-Handler-Kept', 'kept')
    res.writeHead(200, { 'X-Handler': 'after' }).end('handler-body')
  }),
  form('writeHead, then write and end', (res) => {
    res.writeHead(200, HEADERS).write('handler-body 1 ')
    res.end('handler-body 2')
  }),
  form(
    'writeHeader, its old name',
    (res) =>
      (res as unknown as { writeHeader: ServerResponse['writeHead'] }).writeHeader(200, HEADERS).end('handler-body'),
    HTTP_1,
  ),
  form('flushHeaders, then end', (res) => {
    res.setHeader('X-Handler', 'own')
    res.flushHeaders()
    res.end('handler-body')
  }),

  form('headers set as text, list and appended', (res) => {
    res.setHeader('Set-Cookie', 'h=1')
    res.appendHeader('Set-Cookie', 'h2=2')
    res.setHeader('X-Handler', ['a', 'b'])
    res.statusCode = 418
    res.end('handler-body')
  }),
  form(
    'setHeaders(Headers)',
    (res) => {
      const headers = new Headers(HEADERS)
      headers.append('Set-Cookie', 'h=1')
      headers.append('Set-Cookie', 'h2=2')
      res.setHeaders(headers).end('handler-body')
    },
    HTTP_1,
  ),
  form('setHeaders(Map)', (res) => res.setHeaders(new Map([['X-Handler', 'own']])).end('handler-body'), HTTP_1),
  form('a statusMessage', (res) => Object.assign(res, { statusMessage: 'Handler Fine' }).end('handler-body'), HTTP_1),
  form('an explicit Content-Length', (res) => {
    res.setHeader('Content-Length', 24)
    res.write('handler-body')
    res.end('handler-body')
  }),
  form('trailers', (res) => {
    res.writeHead(200, { Trailer: 'X-Handler-Trailer' }).write('handler-body')
    res.addTrailers({ 'X-Handler-Trailer': 'handler-trailer' })
    res.end()
  }),
  form('an answer to HEAD', (res) => res.writeHead(200, { ...HEADERS, 'Content-Length': 12 }).end('handler-body'), {
    request: { method: 'HEAD' },
  }),
  form('204', (res) => res.writeHead(204).end()),
  form('304', (res) => {
    res.statusCode = 304
    res.setHeader('ETag', '"handler"')
    res.end()
  }),
  form('a redirect', (res) => res.writeHead(303, { Location: '/handler' }).end()),
  form('early hints before the answer', (res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    res.end('handler-body')
  }),

  form('cork and uncork', (res) => {
    res.cork()
    res.write('handler-body 1 ')
    res.write('handler-body 2 ')
    res.uncork()
    res.end()
  }),
  form('a pipe', (res) => largeBody().pipe(res)),
  // It is told what it is told when a client leaves.
  form('stream.pipeline', (res) => pipeline(largeBody(), res), { whenReplaced: 'ERR_STREAM_PREMATURE_CLOSE' }),
  form('stream.pipeline from an async iterator', (res) => pipeline(pieces, res)),
  form('stream.pipeline from a stream of one piece', (res) => pipeline(Readable.from(['handler-body']), res)),
  form('a loop that waits for drain', async (res) => {
    for await (const piece of pieces()) {
      if (!res.write(piece)) await new Promise<void>((resolve) => res.once('drain', resolve))
    }
    res.end()
  }),
]

/** What 103 takes on the wire of HTTP/1.1, before any of the answer. */
export const EARLY_HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n'

/** Larger than every buffer on the way, and read from the disk. */
function largeBody(): Readable {
  return createReadStream(import.meta.filename, { highWaterMark: 256 }).map(() => 'handler-body '.repeat(2_000))
}

async function* pieces(): AsyncGenerator<string> {
  for (let index = 0; index < 50; index++) yield `handler-body ${index} ${'x'.repeat(4_000)}\n`
}

/** Gives callbacks by name, and waits until all have been called; the log has their order. */
async function told(log: string[], send: (callback: (name: string) => (error?: Error | null) => void) => unknown) {
  const calls: Promise<void>[] = []
  send((name) => {
    let call: (error?: Error | null) => void = () => {}
    calls.push(
      new Promise((resolve) => {
        call = (error) => {
          log.push(error ? `${name}: ${error.message}` : name)
          resolve()
        }
      }),
    )
    return call
  })
  await Promise.all(calls)
}
