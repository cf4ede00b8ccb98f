/**
 * Handlers that throw, stores that fail: no crash, no hang, and what was recorded is saved or not as the laws say.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import type { Session } from '../../src/session/session.ts'
import { type Data, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { PROTOCOLS, valuesOf } from '../support/wire.ts'

const serve = useWire()
let logged: MockInstance
beforeEach(() => {
  logged = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

type Handler = (req: IncomingMessage, res: ServerResponse, session: Session<Data>) => unknown

const boom = new Error('the handler of this test throws')

const THROWERS: Record<string, { handler: Handler; dropped: boolean }> = {
  'before it touches the session': {
    dropped: false,
    handler: () => {
      throw boom
    },
  },
  'after it recorded something': {
    dropped: true,
    handler: (req, res, session) => {
      res.setHeader('X-Handler', 'own')
      if (req.httpVersionMajor < 2) res.statusMessage = 'Fine'
      session.set('note', 'lost')
      throw boom
    },
  },
  'later, after it recorded something': {
    dropped: true,
    handler: async (_req, res, session) => {
      res.setHeader('Set-Cookie', 'handler=1')
      session.set('note', 'lost')
      await new Promise(setImmediate)
      throw boom
    },
  },
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  test.each(Object.entries(THROWERS))(
    'a handler that throws %s: 500, nothing of its head, nothing saved',
    async (_name, { handler, dropped }) => {
      const { sessions, store, events } = serverSide()
      const at = await serve(protocol, withSession(sessions, handler))
      const wire = await at.send()
      expect(wire.status).toBe(500)
      expect(JSON.parse(wire.body)).toMatchObject({ status: 500 })
      expect(wire.body).not.toContain('throws')
      expect(valuesOf(wire, 'set-cookie')).toEqual([])
      expect(JSON.stringify([wire.headers, wire.message])).not.toMatch(/handler|fine/i)
      expect(store.calls.create).toBe(0)
      expect(events.map(({ type }) => type)).toEqual(dropped ? ['write-dropped'] : [])
      expect(logged).toHaveBeenCalledWith(expect.stringContaining('threw'), boom)
    },
  )

  test('a handler that throws after it destroyed the session: 500, and the session is over', async () => {
    const { sessions, store } = serverSide()
    const opened = await sessions.open({ headers: {}, secure: protocol === 'HTTP/2' })
    opened.set('note', 'kept')
    const { setCookies } = await sessions.commit(opened)
    const cookie = String(setCookies[0]).split(';')[0] ?? ''
    const at = await serve(
      protocol,
      withSession(sessions, (_req, _res, session) => {
        session.destroy()
        throw boom
      }),
    )
    const wire = await at.send({ headers: { cookie } })
    expect([wire.status, valuesOf(wire, 'set-cookie').length]).toEqual([500, 1])
    expect(await store.find(String(opened.publicId))).toMatchObject({ grave: true })
  })

  test('a store that cannot be read: 503 at the first touch, without a cookie and without a line about the handler', async () => {
    const { sessions, store } = serverSide()
    const opened = await sessions.open({ headers: {}, secure: protocol === 'HTTP/2' })
    opened.set('note', 'kept')
    const { setCookies } = await sessions.commit(opened)
    store.fail('find')
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => res.end(session.get('note'))),
    )
    const wire = await at.send({ headers: { cookie: String(setCookies[0]).split(';')[0] ?? '' } })
    expect([wire.status, valuesOf(wire, 'set-cookie')]).toEqual([503, []])
    expect(logged).not.toHaveBeenCalled()
  })

  test('a handler that throws after a whole answer: the answer stands and is saved, the error is on the console', async () => {
    const { sessions, store, events } = serverSide()
    const gate = store.pause('create')
    const at = await serve(
      protocol,
      withSession(sessions, async (_req, res, session) => {
        session.set('note', 'kept')
        res.end('whole')
        throw boom
      }),
    )
    const sent = at.send()
    await gate.reached
    gate.release()
    const wire = await sent
    expect([wire.status, wire.body]).toEqual([200, 'whole'])
    expect(events.map(({ type }) => type)).toEqual(['session-created'])
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('threw'), boom)
  })

  test('a handler that throws in the middle of its answer: the client sees it cut off', async () => {
    const { sessions } = serverSide()
    const at = await serve(
      protocol,
      withSession(sessions, async (_req, res, session) => {
        session.set('note', 'kept')
        res.write('half')
        throw boom
      }),
    )
    const outcome = await at.send().then(
      ({ body }) => body.endsWith('0\r\n\r\n') && body,
      () => 'cut off',
    )
    expect(['cut off', false, '']).toContain(outcome)
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('threw'), boom)
  })

  test('an answer that cannot be sent after the wait is cut off, and the console says why', async () => {
    const { sessions, store } = serverSide()
    const gate = store.pause('create')
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'kept')
        const { writeHead } = res
        res.writeHead = () => {
          res.writeHead = writeHead
          throw boom
        }
        res.end('body')
      }),
    )
    const sent = at.send().catch((error: Error) => error.message)
    await gate.reached
    gate.release()
    expect(await sent).toContain('without an answer')
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('could not be sent'), boom)
  })

  test('a source that goes on after its answer was replaced runs dry, and its pipeline ends', async () => {
    const { sessions, store } = serverSide()
    store.fail('create')
    let finished = Promise.resolve()
    let pieces = 0
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'lost')
        const left = once(res, 'close')
        finished = pipeline(async function* () {
          yield 'handler-body'
          await left
          for (; pieces < 3; pieces++) yield 'handler-body'
        }, res)
      }),
    )
    expect((await at.send()).status).toBe(503)
    await finished
    expect(pieces).toBe(3)
  })
})
