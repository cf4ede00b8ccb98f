/**
 * Answers that never touch the session: not a byte, a header or an event of them is another than without us.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import { describe, expect, test } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { withSession } from '../../src/adapter/node.ts'
import { FORMS } from '../support/answer-forms.ts'
import { type HeldWorld, serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'
import { PROTOCOLS, type Request, valuesOf, type Wire } from '../support/wire.ts'

const serve = useWire()
const EVENTS = ['pipe', 'unpipe', 'drain', 'finish', 'close', 'error']

describe.each(PROTOCOLS)('%s', (protocol) => {
  const forms = FORMS.filter(({ only }) => only === undefined || only === protocol)

  test.each(forms)('$name', async (form) => {
    async function answer({ sessions, store }: HeldWorld, held: boolean) {
      const log: string[] = []
      let closed = Promise.resolve()
      const run = (_req: IncomingMessage, res: ServerResponse) => {
        for (const name of EVENTS) res.on(name, () => log.push(name))
        closed = new Promise((resolve) => res.on('close', resolve))
        return form.run({ res, touch: () => 'handler-body', log })
      }
      const at = await serve(protocol, held ? withSession(sessions, run) : run)
      const wire = await at.send(form.request)
      await closed
      return { wire, log, calls: store.total }
    }
    const bare = await answer(serverSide(), false)
    expect(await answer(serverSide(), true)).toEqual({ ...bare, calls: 0 })
  })

  test('where "skip" says that a request has no session, nothing is put on its response', async () => {
    const { sessions, store } = serverSide({ skip: ({ url }) => url === '/skipped' })
    const own: Record<string, string[]> = {}
    const errors: unknown[] = []
    const at = await serve(
      protocol,
      withSession(sessions, (req, res, session) => {
        own[String(req.url)] = ['writeHead', 'write', 'end', 'flushHeaders', 'on'].filter((name) =>
          Object.hasOwn(res, name),
        )
        try {
          if (req.url === '/skipped') session.get('note')
        } catch (error) {
          errors.push((error as { code?: string }).code)
        }
        res.end('body')
      }),
    )
    const skipped = await at.send({ path: '/skipped', headers: { cookie: '__Host-Http-session=x; session=x' } })
    await at.send({ path: '/held' })
    expect(own).toEqual({ '/skipped': [], '/held': ['writeHead', 'write', 'end', 'flushHeaders', 'on'] })
    expect([valuesOf(skipped, 'vary'), valuesOf(skipped, 'set-cookie'), store.total]).toEqual([[], [], 0])
    expect(errors).toEqual(['SESSION_SKIPPED'])
  })
})

describe('Express', () => {
  const LARGE = 'handler-body '.repeat(10_000)

  function app(prepare: (app: Express) => void): Express {
    const made = express()
    prepare(made)
    made.get('/send', (_req, res) => void res.send(LARGE))
    made.get('/json', (_req, res) => void res.status(202).json({ handler: true }))
    made.get('/redirect', (_req, res) => void res.redirect('/handler'))
    made.get('/file', (_req, res) => void res.sendFile(import.meta.filename))
    made.get('/cookie', (_req, res) => void res.cookie('handler', 'a,b').vary('Origin').send('handler'))
    return made
  }

  const REQUESTS: Record<string, Request> = {
    'res.send': { path: '/send' },
    'res.send for HEAD': { path: '/send', method: 'HEAD' },
    'res.json': { path: '/json' },
    'res.redirect': { path: '/redirect' },
    'res.sendFile': { path: '/file' },
    'res.sendFile of a range': { path: '/file', headers: { range: 'bytes=10-29' } },
    'res.sendFile of an impossible range': { path: '/file', headers: { range: 'bytes=9999999-' } },
    'res.cookie': { path: '/cookie' },
    'nothing there': { path: '/missing' },
  }

  test.each(Object.entries(REQUESTS))('%s is the same with the middleware and without', async (_name, request) => {
    const { sessions, store } = serverSide()
    const bare = await (
      await serve(
        'HTTP/1.1',
        app(() => {}),
      )
    ).send(request)
    const held = await (
      await serve(
        'HTTP/1.1',
        app((made) => made.use(sessionMiddleware(sessions))),
      )
    ).send(request)
    expect(held).toEqual(bare)
    expect(store.total).toBe(0)
  })

  test.each(Object.entries(REQUESTS))(
    '%s that touched the session differs by its headers alone',
    async (_name, request) => {
      for (const wait of [false, true]) {
        const { sessions, store } = serverSide()
        const gate = wait ? store.pause('create') : null
        const bare = await (
          await serve(
            'HTTP/1.1',
            app(() => {}),
          )
        ).send(request)
        const at = await serve(
          'HTTP/1.1',
          app((made) => {
            made.use(sessionMiddleware(sessions), (req, _res, next) => {
              sessions.of(req).set('note', 'kept')
              next()
            })
          }),
        )
        const sent = at.send(request)
        await gate?.reached
        gate?.release()
        const wire = await sent
        expect(withoutOurs(wire)).toEqual(withoutOurs(bare))
        expect(valuesOf(wire, 'set-cookie').filter((cookie) => cookie.startsWith('session='))).toHaveLength(1)
        expect(valuesOf(wire, 'vary').join()).toContain('Cookie')
        expect(valuesOf(wire, 'cache-control').join()).toContain('private, no-store')
      }
    },
  )

  test('a page that has not changed is still a 304, with the headers of the session', async () => {
    const { sessions } = serverSide()
    const made = app((host) => {
      host.use(sessionMiddleware(sessions), (req, _res, next) => {
        sessions.of(req).get('note')
        next()
      })
    })
    const at = await serve('HTTP/1.1', made)
    for (const path of ['/send', '/file']) {
      const etag = valuesOf(await at.send({ path }), 'etag').join()
      const again = await at.send({ path, headers: { 'if-none-match': etag } })
      expect([again.status, again.body, valuesOf(again, 'vary')]).toEqual([304, '', ['Cookie']])
    }
  })
})

/** Without the three headers that the session may change. */
function withoutOurs(wire: Wire): Wire {
  const headers = wire.headers.filter(
    ([name, value]) => !['vary', 'cache-control'].includes(name) && !value.startsWith('session='),
  )
  return { ...wire, headers }
}
