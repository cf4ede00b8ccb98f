/**
 * Several answers on one connection, and what comes before an answer: 100, 103, an upgrade.
 */
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import { clientSide, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { valuesOf, type WireServer } from '../support/wire.ts'

const serve = useWire()

/** The requests as one text, the last of which closes the connection; the statuses and bodies that came, in order. */
async function pipelined(at: WireServer, paths: readonly string[], between?: () => Promise<void>) {
  const texts = paths.map(
    (path, index) =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${index === paths.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
  )
  const talked = at.talk(texts.join(''))
  await between?.()
  const text = await talked
  return [...text.matchAll(/HTTP\/1\.1 (\d+) .*?\r\n\r\n(.*?)(?=HTTP\/1\.1 |$)/gs)].map(([, status, body]) => [
    Number(status),
    body,
  ])
}

describe('HTTP/1.1', () => {
  test('answers to pipelined requests come in the order of the requests, however long each one waits', async () => {
    const { sessions, store } = serverSide()
    const first = store.pause('create')
    const second = store.pause('create')
    const finished: string[] = []
    const at = await serve(
      'HTTP/1.1',
      withSession(sessions, (req, res, session) => {
        if (req.url !== '/plain') session.set('note', 'kept')
        res.on('finish', () => finished.push(String(req.url)))
        res.end(String(req.url))
      }),
    )
    const answers = await pipelined(at, ['/one', '/two', '/plain'], async () => {
      await first.reached
      await second.reached
      second.release()
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      expect(finished).toEqual([])
      first.release()
    })
    expect(answers).toEqual([
      [200, '/one'],
      [200, '/two'],
      [200, '/plain'],
    ])
    expect(finished).toEqual(['/one', '/two', '/plain'])
  })

  test('a 503 in the middle of a connection leaves the answers around it whole', async () => {
    const { sessions, store } = serverSide()
    const at = await serve(
      'HTTP/1.1',
      withSession(sessions, (req, res, session) => {
        if (req.url === '/fails') {
          store.fail('create')
          session.set('note', 'lost')
          res.write('handler-body')
        }
        res.end(String(req.url))
      }),
    )
    const answers = await pipelined(at, ['/one', '/fails', '/two'])
    expect(answers.map(([status]) => status)).toEqual([200, 503, 200])
    expect(JSON.parse(String(answers[1]?.[1]))).toMatchObject({ code: 'STORE_FAILED' })
    expect(answers[2]?.[1]).toBe('/two')
  })

  test('a hundred requests over one connection each get their own answer and their own cookie', async () => {
    const { sessions } = serverSide()
    const at = await serve(
      'HTTP/1.1',
      withSession(sessions, (req, res, session) => {
        session.set('note', String(req.url))
        res.end(String(req.url))
      }),
    )
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const cookies = new Set<string>()
    const ports = new Set<number | undefined>()
    for (let index = 0; index < 100; index++) {
      const request = http.get({ port: at.port, host: '127.0.0.1', path: `/${index}`, agent })
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      ports.add(request.socket?.localPort)
      cookies.add(String(response.headers['set-cookie']))
      let body = ''
      for await (const chunk of response) body += chunk
      expect(body).toBe(`/${index}`)
    }
    agent.destroy()
    expect([ports.size, cookies.size]).toEqual([1, 100])
  })

  test('100 Continue goes out before the commit, by itself and by the hand of the app', async () => {
    for (const byHand of [false, true]) {
      const { sessions, store } = serverSide()
      const gate = store.pause('create')
      const listener = withSession(sessions, async (req, res, session) => {
        session.set('note', 'kept')
        if (byHand) res.writeContinue()
        let body = ''
        for await (const chunk of req) body += chunk
        res.end(body)
      })
      const at = await serve('HTTP/1.1', listener)
      if (byHand) at.server.on('checkContinue', listener)
      const socket = net.connect(at.port, '127.0.0.1')
      socket.setEncoding('latin1')
      socket.write(
        'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
      )
      expect((await once(socket, 'data'))[0]).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      socket.write('body')
      await gate.reached
      let rest = ''
      socket.on('data', (chunk) => {
        rest += chunk
      })
      gate.release()
      await once(socket, 'close')
      expect(rest).toMatch(/^HTTP\/1\.1 200 OK\r\n.*set-cookie: session=.*\r\n\r\nbody$/is)
    }
  })

  test('103 Early Hints arrive while the answer waits', async () => {
    const { sessions, store } = serverSide()
    const gate = store.pause('create')
    const at = await serve(
      'HTTP/1.1',
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'kept')
        res.end('body')
        res.writeEarlyHints({ link: '</late.css>; rel=preload; as=style' })
      }),
    )
    const request = http.get({ port: at.port, host: '127.0.0.1' })
    const [information] = await once(request, 'information')
    expect(information.statusCode).toBe(103)
    await gate.reached
    gate.release()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    expect([response.statusCode, response.headers['set-cookie']?.length]).toEqual([200, 1])
  })

  test('an upgrade to WebSocket never comes to the session', async () => {
    const { sessions, store } = serverSide()
    const handled: unknown[] = []
    const at = await serve(
      'HTTP/1.1',
      withSession(sessions, (req, res) => {
        handled.push(req.url)
        res.end()
      }),
    )
    at.server.on('upgrade', (req: IncomingMessage, socket: net.Socket) => {
      expect(() => sessions.of(req)).toThrow(expect.objectContaining({ code: 'SESSION_NOT_ATTACHED' }))
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nframes')
    })
    const text = await at.talk(
      'GET / HTTP/1.1\r\nHost: localhost\r\nCookie: session=x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    expect(text).toBe('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nframes')
    expect([handled, store.total]).toEqual([[], 0])
  })
})

describe('HTTP/2', () => {
  test('one stream that waits holds up no other on its connection, and nothing of it is on the wire', async () => {
    const { sessions, store } = serverSide()
    const gate = store.pause('create')
    const at = await serve(
      'HTTP/2',
      withSession(sessions, (req, res, session) => {
        if (req.url === '/waits') session.set('note', 'kept')
        res.end(String(req.url))
      }),
    )
    const client = http2.connect(`https://127.0.0.1:${at.port}`, { rejectUnauthorized: false })
    const frames: string[] = []
    const waiting = client.request({ ':path': '/waits' })
    waiting.on('response', (headers) => frames.push(`head ${headers[':status']}`))
    waiting.on('data', (chunk) => frames.push(`body ${chunk}`))
    await gate.reached
    const other = client.request({ ':path': '/plain' })
    const [head] = await once(other, 'response')
    other.resume()
    await once(other, 'close')
    // The answer to a ping comes after everything that was sent before it.
    await new Promise((resolve) => client.ping(resolve))
    expect([head[':status'], frames]).toEqual([200, []])
    gate.release()
    await once(waiting, 'close')
    expect(frames).toEqual(['head 200', 'body /waits'])
    client.destroy()
  })

  test('the same server speaks HTTP/1.1 to those who ask for it, with the same cookie', async () => {
    const sessions = clientSide()
    const at = await serve(
      'HTTP/2',
      withSession(sessions, (req, res, session) => {
        session.set('note', 'kept')
        res.end(req.httpVersion)
      }),
    )
    const request = https.get({ port: at.port, host: '127.0.0.1', rejectUnauthorized: false, agent: false })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    let body = ''
    for await (const chunk of response) body += chunk
    expect([body, response.headers['set-cookie']?.[0]?.split('=')[0]]).toEqual(['1.1', '__Host-Http-session'])
    const wire = await at.send()
    expect([wire.body, valuesOf(wire, 'set-cookie')[0]?.split('=')[0]]).toEqual(['2.0', '__Host-Http-session'])
  })
})
