/**
 * Clients that leave before they have their answer, and clients that stay for many: no crash, no hang, no leak.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import { serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { PROTOCOLS, type Protocol, type WireServer } from '../support/wire.ts'

const serve = useWire()
let logged: MockInstance
beforeEach(() => {
  logged = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

const boom = new Error('the handler of this test throws')

describe.each(PROTOCOLS)('%s: a client that leaves', (protocol) => {
  test('before the commit is done: what was answered is saved, and nothing crashes', async () => {
    const { sessions, store, events } = serverSide()
    const gate = store.pause('create')
    const told: string[] = []
    let response: ServerResponse | undefined
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        response = res
        session.set('note', 'kept')
        res.write('body', () => told.push('write'))
        res.end(() => told.push('end'))
      }),
    )
    const leave = await arrive(protocol, at)
    await gate.reached
    const closed = once(response as ServerResponse, 'close')
    leave()
    await closed
    gate.release()
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toEqual(['session-created']))
    await vi.waitFor(() => expect(told).toContain('write'))
    expect(logged).not.toHaveBeenCalled()
  })

  test('before a commit that fails: the handler is told, and nothing crashes', async () => {
    const { sessions, store, events } = serverSide()
    const gate = store.pause('create')
    const told: string[] = []
    let response: ServerResponse | undefined
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        response = res
        session.set('note', 'kept')
        res.write('body', () => told.push('write'))
        res.end(() => told.push('end'))
      }),
    )
    const leave = await arrive(protocol, at)
    await gate.reached
    const closed = once(response as ServerResponse, 'close')
    leave()
    await closed
    store.fail('create')
    gate.release()
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toEqual(['store-error']))
    await vi.waitFor(() => expect(told).toEqual(['write', 'end']))
    expect(logged).not.toHaveBeenCalled()
  })

  test('before the handler answers: nothing is saved until it does', async () => {
    const { sessions, store, events } = serverSide()
    let answer = () => {}
    let response: ServerResponse | undefined
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'kept')
        response = res
        answer = () => void res.end('too late')
      }),
    )
    const leave = await arrive(protocol, at)
    await vi.waitFor(() => expect(response).toBeDefined())
    const closed = once(response as ServerResponse, 'close')
    leave()
    await closed
    expect(store.calls.create).toBe(0)
    answer()
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toEqual(['session-created']))
  })

  test.each(['at once', 'after a wait'] as const)(
    'in the middle of a stream: its source is closed (%s)',
    async (mode) => {
      const { sessions, store } = serverSide()
      const gate = mode === 'after a wait' ? store.pause('create') : null
      let outcome: Promise<string> | undefined
      const source = new Readable({
        read() {
          this.push(Buffer.alloc(64 * 1024))
        },
      })
      const at = await serve(
        protocol,
        withSession(sessions, (_req, res, session) => {
          session.set('note', 'kept')
          outcome = pipeline(source, res).then(
            () => 'done',
            (error) => error.code,
          )
        }),
      )
      const leave = await arrive(protocol, at)
      await vi.waitFor(() => expect(outcome).toBeDefined())
      await gate?.reached
      leave()
      if (gate !== null) await new Promise((resolve) => source.once('close', resolve))
      gate?.release()
      expect(await outcome).toBe('ERR_STREAM_PREMATURE_CLOSE')
      expect(source.destroyed).toBe(true)
    },
  )

  test('while its handler fails: no crash', async () => {
    const { sessions } = serverSide()
    let fail = (_error: Error) => {}
    let response: ServerResponse | undefined
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'lost')
        response = res
        return new Promise((_resolve, reject) => {
          fail = reject
        })
      }),
    )
    const leave = await arrive(protocol, at)
    await vi.waitFor(() => expect(response).toBeDefined())
    const closed = once(response as ServerResponse, 'close')
    leave()
    await closed
    fail(boom)
    await vi.waitFor(() => expect(logged).toHaveBeenCalledWith(expect.stringContaining('threw'), boom))
  })
})

describe.each(PROTOCOLS)('%s: a client that stays', (protocol) => {
  test('two hundred answers leave no listener behind on their connection', async () => {
    const { sessions } = serverSide()
    const counts = new Set<number>()
    const at = await serve(
      protocol,
      withSession(sessions, (req, res, session) => {
        session.set('note', 'kept')
        counts.add(req.socket.listenerCount('close') + req.socket.listenerCount('error'))
        res.end('body')
      }),
    )
    await overOneConnection(protocol, at, 200)
    expect(counts.size).toBeLessThanOrEqual(2)
  })
})

/** A client that has sent its request; the function returned makes it leave. */
async function arrive(protocol: Protocol, { port }: WireServer): Promise<() => void> {
  if (protocol === 'HTTP/1.1') {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    return () => socket.destroy()
  }
  const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  client.on('error', () => {})
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  return () => client.destroy()
}

async function overOneConnection(protocol: Protocol, { port }: WireServer, count: number): Promise<void> {
  if (protocol === 'HTTP/2') {
    const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    for (let index = 0; index < count; index++) {
      const stream = client.request({ ':path': '/' })
      stream.resume()
      await once(stream, 'close')
    }
    client.destroy()
    return
  }
  const socket = net.connect(port, '127.0.0.1')
  for (let index = 0; index < count; index++) {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
  }
  socket.destroy()
}
