/**
 * What a response says of itself while it is held, and what it refuses: what it would say and refuse without us.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import type { Session } from '../../src/session/session.ts'
import { clientSide, type Data, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { PROTOCOLS, type Protocol, valuesOf, type Wire } from '../support/wire.ts'

const serve = useWire()
afterEach(() => void vi.restoreAllMocks())

type Handler = (res: ServerResponse, session: Session<Data>, req: IncomingMessage) => unknown

interface Waiting {
  /** Lets the commit be done, and gives the answer. */
  release(): Promise<Wire>
}

/** Runs the handler, and stops where its answer waits for the commit. */
async function heldAtTheGate(protocol: Protocol, handler: Handler): Promise<Waiting> {
  const { sessions, store } = serverSide()
  const gate = store.pause('create')
  const at = await serve(
    protocol,
    withSession(sessions, (req, res, session) => {
      session.set('note', 'kept')
      return handler(res, session, req)
    }),
  )
  const sent = at.send()
  await gate.reached
  return {
    release() {
      gate.release()
      return sent
    },
  }
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'nothing thrown'
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name
  }
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  test('a held answer that was ended says that its headers are sent, that it is ended, and that it is not finished', async () => {
    const said: unknown[] = []
    const { release } = await heldAtTheGate(protocol, (res) => {
      said.push([res.headersSent, res.writableEnded, res.writableFinished])
      res.end('body')
      said.push([res.headersSent, res.writableEnded, res.writableFinished, res.writableNeedDrain])
      res.on('finish', () => said.push([res.headersSent, res.writableEnded]))
    })
    await release()
    expect(said).toEqual([
      [false, false, false],
      [true, true, false, false],
      [true, true],
    ])
  })

  test('a held answer that has a body asks to wait for drain, and drains when it leaves', async () => {
    const said: unknown[] = []
    const { release } = await heldAtTheGate(protocol, (res) => {
      res.on('drain', () => {
        said.push('drain')
        res.end()
      })
      said.push(res.write('body'), res.writableNeedDrain, res.writableEnded)
    })
    expect(said).toEqual([false, true, false])
    expect((await release()).body).toContain('body')
    expect(said).toEqual([false, true, false, 'drain'])
  })

  test('a large piece that fills the buffers drains when they have room, not before', async () => {
    const drained: number[] = []
    const { release } = await heldAtTheGate(protocol, (res) => {
      res.on('drain', () => {
        drained.push(res.writableLength)
        res.end()
      })
      res.write(Buffer.alloc(8 * 1024 * 1024, 'x'))
    })
    expect((await release()).body.length).toBeGreaterThanOrEqual(8 * 1024 * 1024)
    expect(drained).toEqual([0])
  })

  test('finish and close come once, in their order, after the commit', async () => {
    const events: string[] = []
    const closed = withResolvers()
    const { release } = await heldAtTheGate(protocol, (res) => {
      for (const name of ['prefinish', 'finish', 'close', 'error']) res.on(name, () => events.push(name))
      res.on('close', () => closed.resolve())
      res.end('body')
    })
    expect(events).toEqual([])
    await release()
    await closed.promise
    expect(events.filter((name) => name !== 'prefinish')).toEqual(['finish', 'close'])
  })

  test('what was set after the answer was given does not change it', async () => {
    const { release } = await heldAtTheGate(protocol, (res) => {
      res.statusCode = 201
      res.end('body')
      // As an error handler does that runs into an answer already given.
      res.statusCode = 500
      if (protocol === 'HTTP/1.1') res.statusMessage = 'Broken'
    })
    const wire = await release()
    expect(wire.status).toBe(201)
    expect(wire.message).toBe(protocol === 'HTTP/1.1' ? 'Created' : '')
    expect(valuesOf(wire, 'set-cookie')).toHaveLength(1)
  })

  test('the status given to writeHead decides what is saved, not what is assigned later', async () => {
    const { sessions, events } = serverSide()
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'kept')
        res.writeHead(200)
        res.statusCode = 500
        res.end('body')
      }),
    )
    const wire = await at.send()
    expect([wire.status, valuesOf(wire, 'set-cookie').length]).toEqual([200, 1])
    expect(events.map(({ type }) => type)).toEqual(['session-created'])
  })

  test('headers given to writeHead can be read back, with those that were set before', async () => {
    const { sessions } = serverSide()
    const seen: unknown[] = []
    const at = await serve(
      protocol,
      withSession(sessions, (_req, res, session) => {
        session.set('note', 'kept')
        res.setHeader('X-One', '1')
        res.writeHead(200, { 'X-Two': '2', 'Set-Cookie': ['a=1', 'b=2'] })
        seen.push(res.getHeader('x-one'), res.getHeader('X-Two'), res.getHeader('set-cookie'), res.hasHeader('x-two'))
        res.end()
      }),
    )
    await at.send()
    expect(seen).toEqual(['1', '2', ['a=1', 'b=2'], true])
  })

  test('a list of cookies that the app shares between its answers never gets one of ours', async () => {
    const shared = ['theme=dark']
    const at = await serve(
      protocol,
      withSession(clientSide(), (_req, res, session) => {
        session.set('note', 'kept')
        res.setHeader('Set-Cookie', shared)
        res.end()
      }),
    )
    const first = await at.send()
    const second = await at.send()
    expect(valuesOf(first, 'set-cookie')).toHaveLength(2)
    expect(valuesOf(second, 'set-cookie')).toHaveLength(2)
    expect(shared).toEqual(['theme=dark'])
  })

  test('a method that somebody had wrapped is theirs again after the wait', async () => {
    const names: string[] = []
    let afterwards: unknown
    let wrapper: unknown
    const { release } = await heldAtTheGate(protocol, (res) => {
      const setHeader = res.setHeader
      wrapper = res.setHeader = function (this: ServerResponse, name: string, value: never) {
        names.push(name)
        return setHeader.call(this, name, value)
      } as typeof setHeader
      res.setHeader('X-Own', '1')
      res.on('finish', () => {
        afterwards = res.setHeader
      })
      res.end('body')
    })
    await release()
    expect(afterwards).toBe(wrapper)
    expect(names).toEqual(['X-Own', 'Set-Cookie', 'Vary', 'Cache-Control'])
  })

  test('an answer that is ended twice is the first one, and the error is the one without a session', async () => {
    const endTwice = (errors: unknown[], res: ServerResponse) => {
      res.on('error', (error: { code?: string }) => errors.push(error.code))
      res.end('first')
      res.end('second')
      res.end()
    }
    const expected: unknown[] = []
    const bare = await serve(protocol, (_req, res) => endTwice(expected, res))
    await bare.send()
    const errors: unknown[] = []
    const { release } = await heldAtTheGate(protocol, (res) => endTwice(errors, res))
    expect((await release()).body).toBe('first')
    expect(errors).toEqual(expected)
  })

  test('a write after the end fails in its callback, and the answer is the first one', async () => {
    const told: unknown[] = []
    const { release } = await heldAtTheGate(protocol, (res) => {
      res.on('error', () => {})
      res.end('first')
      res.write('second', (error) => told.push((error as { code?: string } | null)?.code))
    })
    expect((await release()).body).toBe('first')
    expect(told).toEqual(['ERR_STREAM_WRITE_AFTER_END'])
  })

  describe('refuses what Node refuses, with its code', () => {
    const ATTEMPTS: Record<string, (res: ServerResponse) => unknown> = {
      'a status below 100': (res) => res.writeHead(99),
      // HTTP/2 takes it and sends a status of 0, which we do not imitate.
      'a status that is no number': (res) => (protocol === 'HTTP/2' ? null : res.writeHead('fine' as never)),
      'a status of four digits': (res) => res.writeHead(1000),
      'a message with a line break': (res) => res.writeHead(200, 'Fine\r\nX: y'),
      'a header value with a line break': (res) => res.writeHead(200, { 'X-Own': 'a\r\nX: y' }),
      'a header name with a space': (res) => res.writeHead(200, { 'X Own': 'a' }),
      'a header without a value': (res) => res.writeHead(200, { 'X-Own': undefined }),
      'a list of odd length': (res) => res.writeHead(200, ['X-Own', 'a', 'X-Two']),
      'a chunk that is null': (res) => res.write(null),
      'a chunk that is a number': (res) => res.write(1),
      'an end with a number': (res) => res.end(1 as never),
    }
    const LATE: Record<string, (res: ServerResponse) => unknown> = {
      setHeader: (res) => res.setHeader('X-Late', '1'),
      appendHeader: (res) => res.appendHeader('X-Late', '1'),
      removeHeader: (res) => res.removeHeader('X-Late'),
      setHeaders: (res) => res.setHeaders(new Map([['X-Late', '1']])),
      writeHead: (res) => res.writeHead(500, { 'X-Late': '1' }),
      'a second writeHead': (res) => res.writeHead(200),
      'a chunk that is null, later': (res) => res.write(null),
      'a chunk that is a number, later': (res) => res.write(1),
    }

    async function codes(held: boolean, attempt: (res: ServerResponse) => unknown, before: string): Promise<string> {
      let code = ''
      const handler = (_req: IncomingMessage, res: ServerResponse, session: Session<Data> | null) => {
        session?.set('note', 'kept')
        if (before === 'write') res.write('body')
        if (before === 'writeHead') res.writeHead(200)
        code = codeOf(() => attempt(res))
        // What was refused may have left its mark on the response: that is Node's affair.
        res.destroy()
      }
      const at = await serve(
        protocol,
        held ? withSession(serverSide().sessions, handler) : (req, res) => handler(req, res, null),
      )
      await at.send().catch(() => {})
      return code
    }

    test.each(Object.entries(ATTEMPTS))('%s', async (_name, attempt) => {
      expect(await codes(true, attempt, 'nothing')).toBe(await codes(false, attempt, 'nothing'))
    })

    test.each(Object.entries(LATE))('%s after a write', async (_name, attempt) => {
      const code = await codes(true, attempt, 'write')
      expect(code).toBe(await codes(false, attempt, 'write'))
      expect(code).not.toBe('nothing thrown')
    })

    test.each(Object.entries(LATE).filter(([name]) => !name.startsWith('a chunk')))(
      '%s after writeHead',
      async (_name, attempt) => {
        const code = await codes(true, attempt, 'writeHead')
        expect(code).toBe(await codes(false, attempt, 'writeHead'))
        expect(code).not.toBe('nothing thrown')
      },
    )
  })

  test.each(['writeHead', 'flushHeaders', 'write', 'end'] as const)(
    'a first touch after %s is refused, because the headers have left',
    async (method) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const codes: string[] = []
      const { sessions, store } = serverSide()
      const at = await serve(
        protocol,
        withSession(sessions, (_req, res, session) => {
          if (method === 'writeHead') res.writeHead(200)
          else if (method === 'write') res.write('body')
          else res[method]()
          codes.push(codeOf(() => session.get('note')))
          codes.push(codeOf(() => session.set('note', 'late')))
          res.end()
        }),
      )
      const wire = await at.send()
      expect(codes).toEqual(['HEADERS_SENT', 'SESSION_COMMITTED'])
      expect([valuesOf(wire, 'vary'), valuesOf(wire, 'set-cookie')]).toEqual([[], []])
      expect(store.total).toBe(0)
    },
  )

  test('a change after the answer was given throws, and nothing of it is saved', async () => {
    const codes: string[] = []
    const { release } = await heldAtTheGate(protocol, (res, session) => {
      res.end('body')
      codes.push(codeOf(() => session.set('note', 'late')))
      codes.push(String(session.get('note')))
    })
    expect((await release()).status).toBe(200)
    expect(codes).toEqual(['SESSION_COMMITTED', 'kept'])
  })
})

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
