/**
 * Every way to send an answer, against the same handler without a session: what leaves is what would have left, with
 * the session's headers beside it, and nothing of it leaves before the commit.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import type { Sessions } from '../../src/index.ts'
import type { Session } from '../../src/session/session.ts'
import { EARLY_HINTS, FORMS, type Form } from '../support/answer-forms.ts'
import { clientSide, type Data, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { PROTOCOLS, type Protocol, valuesOf, type Wire, type WireServer } from '../support/wire.ts'

const serve = useWire()
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

interface Stage {
  readonly at: WireServer
  /** The response, once the handler ran, and a promise of the handler's end. */
  readonly seen: { res: ServerResponse | null; finished: Promise<unknown>; log: string[] }
}

async function stage(protocol: Protocol, form: Form, sessions: Sessions<Data> | null): Promise<Stage> {
  const seen: Stage['seen'] = { res: null, finished: Promise.resolve(), log: [] }
  function run(_req: IncomingMessage, res: ServerResponse, session: Session<Data> | null): unknown {
    const touch = () => {
      session?.set('note', 'kept')
      return 'handler-body'
    }
    seen.res = res
    res.on('finish', () => seen.log.push('finish')).on('close', () => seen.log.push('close'))
    seen.finished = Promise.resolve(form.run({ res, touch, log: seen.log }))
    return seen.finished
  }
  const at = await serve(
    protocol,
    sessions === null ? (req, res) => void run(req, res, null) : withSession(sessions, run),
  )
  return { at, seen }
}

/** An answer without what the session adds to it. */
function plain(wire: Wire): Wire {
  const headers = wire.headers.filter(
    ([name, value]) => !['vary', 'cache-control'].includes(name) && !(name === 'set-cookie' && /session=/.test(value)),
  )
  return { ...wire, headers }
}

function sessionCookies(wire: Wire): string[] {
  return valuesOf(wire, 'set-cookie').filter((value) => /session=/.test(value))
}

/** Whether anything beyond the `early` bytes has left, by what the server itself knows. */
function hasLeft(res: ServerResponse | null, early: number): boolean {
  const stream = (res as unknown as Http2ServerResponse | null)?.stream
  return stream === undefined ? res?.socket?.bytesWritten !== early : stream.headersSent || stream.writableLength > 0
}

/** What comes before 'finish' and after is Node's own affair; the order of the rest is not. */
function inOrder(log: readonly string[]): string[] {
  return log.filter((entry) => !['finish', 'close'].includes(entry))
}

/** Lets what is on its way arrive: sources that go on by themselves have every chance to be let out too early. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

describe.each(PROTOCOLS)('%s', (protocol) => {
  const forms = FORMS.filter(({ only }) => only === undefined || only === protocol)

  describe.each(forms)('$name', (form) => {
    async function bare(): Promise<{ wire: Wire; log: string[] }> {
      const { at, seen } = await stage(protocol, form, null)
      const wire = await at.send(form.request)
      await seen.finished
      return { wire, log: seen.log }
    }

    test.each([
      ['client-side', () => clientSide()],
      ['over a store that answers at once', () => serverSide().sessions],
    ] as const)('leaves as without a session, %s', async (_name, make) => {
      const { at, seen } = await stage(protocol, form, make())
      const wire = await at.send(form.request)
      await seen.finished
      const expected = await bare()
      expect(plain(wire)).toEqual(expected.wire)
      expect(sessionCookies(wire)).toHaveLength(1)
      expect(valuesOf(wire, 'vary')).toEqual(['Cookie'])
      expect(valuesOf(wire, 'cache-control')).toEqual(['private, no-store'])
      expect(inOrder(seen.log)).toEqual(inOrder(expected.log))
    })

    test('waits for the commit, and then leaves as without a session', async () => {
      const { sessions, store } = serverSide()
      const gate = store.pause('create')
      const { at, seen } = await stage(protocol, form, sessions)
      const sent = at.send(form.request)
      await gate.reached
      await turns()
      expect(hasLeft(seen.res, form.name.startsWith('early hints') ? EARLY_HINTS.length : 0)).toBe(false)
      gate.release()
      const wire = await sent
      await seen.finished
      const expected = await bare()
      expect(plain(wire)).toEqual(expected.wire)
      expect(sessionCookies(wire)).toHaveLength(1)
      expect(inOrder(seen.log)).toEqual(inOrder(expected.log))
    })

    test('leaves nothing of itself in the 503 when the store fails', async () => {
      const { sessions, store, events } = serverSide()
      store.fail('create')
      const { at, seen } = await stage(protocol, form, sessions)
      const wire = await at.send(form.request)
      const outcome = await seen.finished.then(
        () => 'done',
        (error) => error.code,
      )
      expect(outcome).toBe(form.whenReplaced ?? 'done')
      expect(wire.status).toBe(503)
      expect(valuesOf(wire, 'set-cookie')).toEqual([])
      expect(valuesOf(wire, 'content-type')).toEqual(['application/problem+json'])
      expect(JSON.stringify({ ...wire, informational: [] })).not.toMatch(/handler|etag|location/i)
      expect(wire.body === '' || JSON.parse(wire.body).status === 503).toBe(true)
      expect(wire.body === '').toBe(form.request?.method === 'HEAD')
      expect(events.map(({ type }) => type)).toEqual(['store-error'])
    })
  })
})
