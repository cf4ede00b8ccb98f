/**
 * Other middleware on the same answer: what wraps the head or the end, before us and after us; what sets the headers
 * that the session needs too; and a second set of sessions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import { describe, expect, test } from 'vitest'
import { type Middleware, sessionMiddleware } from '../../src/adapter/express.ts'
import { attachSession, withSession } from '../../src/adapter/node.ts'
import type { Session } from '../../src/session/session.ts'
import { clientSide, type Data, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { type Listener, PROTOCOLS, type Protocol, valuesOf, type Wire } from '../support/wire.ts'

const serve = useWire()

/** One after the other, as Connect does. */
function chain(middlewares: readonly Middleware[], handler: Listener): Listener {
  return (req, res) => {
    const run = (index: number): void => {
      const middleware = middlewares[index]
      if (middleware === undefined) handler(req, res)
      else middleware(req, res, () => run(index + 1))
    }
    run(0)
  }
}

/** As on-headers does it: a listener that runs once, when the head is about to leave. */
function onHead(listener: (res: ServerResponse) => void): Middleware {
  return (_req, res, next) => {
    const { writeHead } = res
    let isFirst = true
    res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
      if (isFirst) {
        isFirst = false
        listener(this)
      }
      return Reflect.apply(writeHead, this, args)
    } as typeof writeHead
    next()
  }
}

/** As response-time does it, with a count in place of a time, which a test can compare. */
function countingEnds(log: string[]): Middleware {
  return (_req, res, next) => {
    const { end } = res
    res.end = function (this: ServerResponse, ...args: unknown[]) {
      log.push('end')
      return Reflect.apply(end, this, args)
    } as typeof end
    next()
  }
}

const touch: Listener = (req) => sessionsOf(req).set('note', 'kept')
let sessionsOf: (req: object) => Session<Data> = () => {
  throw new Error('No sessions yet')
}

/** The same answer client-side, over a store that answers at once, and after a wait at a gate. */
async function inAllModes(
  protocol: Protocol,
  around: (session: Middleware) => Middleware[],
  answer: Listener,
): Promise<Wire[]> {
  const wires: Wire[] = []
  for (const mode of ['client-side', 'at once', 'after a wait'] as const) {
    const { sessions, store } = mode === 'client-side' ? { sessions: clientSide(), store: null } : serverSide()
    const gate = mode === 'after a wait' ? store?.pause('create') : undefined
    sessionsOf = (req) => sessions.of(req)
    const handler: Listener = (req, res) => {
      touch(req, res)
      answer(req, res)
    }
    const at = await serve(protocol, chain(around(sessionMiddleware(sessions)), handler))
    const sent = at.send()
    await gate?.reached
    gate?.release()
    wires.push(await sent)
  }
  return wires
}

/** The names of the cookies that an answer sets, sorted and without their prefix. */
function namesOf(wire: Wire): string[] {
  return valuesOf(wire, 'set-cookie')
    .map((value) => value.replace(/=.*/, '').replace('__Host-Http-', ''))
    .sort()
}

const ENDINGS: Record<string, Listener> = {
  'end alone': (_req, res) => res.end('body'),
  'write and end': (_req, res) => {
    res.write('bo')
    res.end('dy')
  },
  'writeHead first': (_req, res) => res.writeHead(200, { 'X-Own': '1' }).end('body'),
  'flushHeaders first': (_req, res) => {
    res.flushHeaders()
    res.end('body')
  },
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  describe.each(Object.entries(ENDINGS))('%s', (_name, answer) => {
    test.each([
      ['before', (own: Middleware, session: Middleware) => [own, session]],
      ['after', (own: Middleware, session: Middleware) => [session, own]],
    ] as const)(
      'a listener for the head, installed %s the session middleware, sets headers beside ours',
      async (_when, order) => {
        const own = onHead((res) => {
          res.setHeader('X-Late', 'yes')
          res.setHeader('Set-Cookie', [...[res.getHeader('Set-Cookie') ?? []].flat().map(String), 'own=1'])
        })
        for (const wire of await inAllModes(protocol, (session) => order(own, session), answer)) {
          expect(valuesOf(wire, 'x-late')).toEqual(['yes'])
          expect(namesOf(wire)).toEqual(['own', 'session'])
          expect(wire.body).toContain('bo')
        }
      },
    )

    test('a listener for the head that makes an answer public is overruled, and its cookie does not replace ours', async () => {
      const own = onHead((res) => {
        res.setHeader('Cache-Control', 'public, max-age=600')
        res.setHeader('Vary', 'Accept')
        res.setHeader('Set-Cookie', 'own=1')
      })
      for (const wire of await inAllModes(protocol, (session) => [session, own], answer)) {
        expect(valuesOf(wire, 'cache-control')).toEqual(['private, no-store'])
        expect(valuesOf(wire, 'vary')).toEqual(['Accept, Cookie'])
        expect(valuesOf(wire, 'set-cookie')).toHaveLength(2)
      }
    })

    test('a wrapper around end is called once', async () => {
      for (const order of [0, 1]) {
        const log: string[] = []
        const own = countingEnds(log)
        await inAllModes(protocol, (session) => (order === 0 ? [own, session] : [session, own]), answer)
        expect(log).toEqual(['end', 'end', 'end'])
      }
    })
  })

  test('a wrapper that puts a cookie into the arguments of writeHead keeps it, and we keep ours', async () => {
    const own: Middleware = (_req, res, next) => {
      const { writeHead } = res
      res.writeHead = ((status: number) => writeHead.call(res, status, { 'Set-Cookie': 'own=1' })) as typeof writeHead
      next()
    }
    for (const wire of await inAllModes(
      protocol,
      (session) => [session, own],
      (_req, res) => res.end('body'),
    )) {
      expect(valuesOf(wire, 'set-cookie')).toHaveLength(2)
    }
  })

  test('a flush before anything was written does not begin the answer', async () => {
    const compress = compression({ threshold: 0 }) as unknown as Middleware
    const wires = await inAllModes(
      protocol,
      (session) => [compress, session],
      (req, res) => {
        ;(res as ServerResponse & { flush(): void }).flush()
        sessionsOf(req).set('count', 1)
        res.setHeader('X-Own', '1')
        res.end('body')
      },
    )
    for (const wire of wires) expect(valuesOf(wire, 'x-own')).toEqual(['1'])
  })

  describe('headers that the app sets', () => {
    const OWN: Record<string, (res: ServerResponse) => unknown> = {
      'setHeader with a text': (res) => res.setHeader('Set-Cookie', 'own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT'),
      'setHeader with a list': (res) => res.setHeader('Set-Cookie', ['own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT']),
      appendHeader: (res) => res.appendHeader('Set-Cookie', 'own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT'),
      'writeHead with an object': (res) =>
        res.writeHead(200, { 'Set-Cookie': 'own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT' }),
      'writeHead with a list': (res) =>
        res.writeHead(200, ['Set-Cookie', 'own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT']),
    }

    test.each(Object.entries(OWN))('a cookie by %s has a line of its own, and so has ours', async (_name, set) => {
      const answer: Listener = (_req, res) => {
        set(res)
        res.end('body')
      }
      for (const wire of await inAllModes(protocol, (session) => [session], answer)) {
        const [own, ours, ...more] = valuesOf(wire, 'set-cookie')
        expect(own).toBe('own=a,b; Expires=Thu, 01 Jan 2099 00:00:00 GMT')
        expect(ours).toMatch(/^(__Host-Http-)?session=/)
        expect(more).toEqual([])
      }
    })

    test('Vary and Cache-Control are merged, not replaced, and not doubled', async () => {
      const answer: Listener = (_req, res) => {
        res.setHeader('Vary', ['Accept-Encoding', 'Origin'])
        res.setHeader('Cache-Control', 'public, max-age=60, no-transform')
        res.end('body')
      }
      for (const wire of await inAllModes(protocol, (session) => [session], answer)) {
        expect(valuesOf(wire, 'vary')).toEqual(['Accept-Encoding, Origin, Cookie'])
        expect(valuesOf(wire, 'cache-control')).toEqual(['private, no-store, no-transform'])
      }
    })

    test('a session that was only read leaves the answer cacheable by its own browser', async () => {
      const sessions = clientSide()
      const at = await serve(
        protocol,
        withSession(sessions, (_req, res, session) => {
          session.get('note')
          res.setHeader('Cache-Control', 'max-age=60')
          res.end('body')
        }),
      )
      const wire = await at.send()
      expect([valuesOf(wire, 'vary'), valuesOf(wire, 'cache-control')]).toEqual([['Cookie'], ['max-age=60']])
    })

    test('a commit of the handler’s own sends the cookie once', async () => {
      const { sessions } = serverSide()
      const at = await serve(
        protocol,
        withSession(sessions, async (_req, res, session) => {
          session.set('note', 'kept')
          await session.commit()
          res.end('body')
        }),
      )
      expect(valuesOf(await at.send(), 'set-cookie')).toHaveLength(1)
    })
  })

  describe('two sets of sessions on one request', () => {
    async function both(failing: 'none' | 'first' | 'second', wait: boolean): Promise<Wire> {
      const first = serverSide()
      const second = serverSide({ cookie: { name: 'basket' } })
      if (failing === 'first') first.store.fail('create')
      if (failing === 'second') second.store.fail('create')
      const gates = wait ? [first.store.pause('create'), second.store.pause('create')] : []
      const at = await serve(protocol, async (req, res) => {
        const [one, other] = [
          await attachSession(first.sessions, req, res),
          await attachSession(second.sessions, req, res),
        ]
        one.set('note', 'one')
        other.set('note', 'other')
        expect([first.sessions.of(req), second.sessions.of(req)]).toEqual([one, other])
        res.setHeader('X-Handler', 'own')
        res.end('handler-body')
      })
      const sent = at.send()
      // The one attached last is asked first.
      for (const gate of gates.toReversed()) {
        await gate.reached
        gate.release()
      }
      return sent
    }

    test.each([false, true])('both commit, each with its cookie (waiting: %s)', async (wait) => {
      const wire = await both('none', wait)
      expect(namesOf(wire)).toEqual(['basket', 'session'])
      expect([wire.body, valuesOf(wire, 'vary')]).toEqual(['handler-body', ['Cookie']])
    })

    test.each(['first', 'second'] as const)(
      'where the %s fails, the answer is a 503 without a cookie',
      async (failing) => {
        const wire = await both(failing, false)
        expect([wire.status, valuesOf(wire, 'set-cookie')]).toEqual([503, []])
        expect(JSON.parse(wire.body).code).toBe('STORE_FAILED')
        expect(JSON.stringify(wire.headers)).not.toMatch(/handler/)
      },
    )
  })

  test('the same sessions twice on one request are refused, with what to do', async () => {
    const { sessions } = serverSide()
    const errors: unknown[] = []
    const session = sessionMiddleware(sessions)
    const at = await serve(protocol, (req: IncomingMessage, res) => {
      session(req, res, () => {
        session(req, res, (error) => errors.push(error))
        res.end()
      })
    })
    await at.send()
    expect(errors).toEqual([
      expect.objectContaining({ code: 'SESSION_ALREADY_ATTACHED', message: expect.stringContaining('remove one') }),
    ])
  })
})
