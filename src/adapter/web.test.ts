import { afterEach, describe, expect, test, vi } from 'vitest'
import { createSessions, type Sessions } from '../session/sessions.ts'
import { memoryStore } from '../store/memory.ts'
import { createJar } from '../testing/jar.ts'
import { failingStore, pausingStore } from '../testing/stores.ts'
import { type SessionHandler, withSession } from './web.ts'

interface Data {
  note?: string
}

const ORIGIN = 'https://app.example'
afterEach(() => void vi.restoreAllMocks())

function world() {
  const store = pausingStore(failingStore(memoryStore({ unsafeAllowInProduction: true })))
  const events: string[] = []
  const sessions: Sessions<Data> = createSessions<Data>({
    origin: ORIGIN,
    secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
    store,
    onEvent: ({ type }) => events.push(type),
  })
  return { store, events, sessions }
}

type Handler = SessionHandler<Data, []>

function request(path = '/', init?: RequestInit): Request {
  return new Request(ORIGIN + path, init)
}

/** A session that exists, as a Cookie header. */
async function cookieOf(sessions: Sessions<Data>): Promise<string> {
  const response = await withSession(sessions, (_request, session) => {
    session.set('note', 'kept')
    return new Response()
  })(request())
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const touching: Handler = (_request, session) => {
  session.set('note', 'kept')
  return new Response('body', { headers: { 'X-Handler': 'own', 'Set-Cookie': 'own=1' } })
}

describe('an answer', () => {
  test('comes back as the very same Response where the session was not touched', async () => {
    const { sessions } = world()
    const own = new Response('body')
    expect(await withSession(sessions, () => own)(request())).toBe(own)
    expect([...own.headers]).toEqual([['content-type', 'text/plain;charset=UTF-8']])
  })

  test('carries the cookie beside those of the app, once', async () => {
    const response = await withSession(world().sessions, touching)(request())
    const [own, ours, ...more] = response.headers.getSetCookie()
    expect([own, more]).toEqual(['own=1', []])
    expect(ours).toMatch(/^__Host-Http-session=/)
    expect(await response.text()).toBe('body')
  })

  test.each<[string, () => Response | Promise<Response>]>([
    ['Response.redirect', () => Response.redirect(`${ORIGIN}/next`, 303)],
    ['what fetch returned', () => fetch('data:text/plain,body')],
    ['Response.json', () => Response.json({ body: true }, { status: 201 })],
    ['no body', () => new Response(null, { status: 204 })],
  ])('may be %s', async (_name, make) => {
    const response = await withSession(world().sessions, (_request, session) => {
      session.set('note', 'kept')
      return make()
    })(request())
    const expected = await make()
    expect([response.status, await response.text()]).toEqual([expected.status, await expected.text()])
    expect(response.headers.get('location')).toBe(expected.headers.get('location'))
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.get('vary')).toBe('Cookie')
  })

  test('with headers that cannot be changed still says that it varies, where the session was only read', async () => {
    const response = await withSession(world().sessions, (_request, session) => {
      session.get('note')
      return Response.redirect(`${ORIGIN}/next`, 302)
    })(request())
    expect([response.status, response.headers.get('vary'), response.headers.get('cache-control')]).toEqual([
      302,
      'Cookie',
      'private',
    ])
  })

  test('that the app hands out again and again never carries the cookie of the visitor before', async () => {
    const shared = new Response(null, { status: 204 })
    const handler = withSession(world().sessions, (_request, session) => {
      session.set('note', 'kept')
      return shared
    })
    const [first, second] = [await handler(request()), await handler(request())]
    expect([first.headers.getSetCookie().length, second.headers.getSetCookie().length]).toEqual([1, 1])
    expect(first.headers.getSetCookie()).not.toEqual(second.headers.getSetCookie())
    expect(shared.headers.getSetCookie()).toEqual([])
  })

  test('to HEAD has the headers of the session too', async () => {
    const response = await withSession(world().sessions, (_request, session) => {
      session.set('note', 'kept')
      return new Response(null, { headers: { 'Content-Length': '4' } })
    })(request('/', { method: 'HEAD' }))
    expect([response.headers.get('content-length'), response.headers.getSetCookie().length]).toEqual(['4', 1])
  })

  test('starts to stream only when the session is committed', async () => {
    const { sessions, store } = world()
    const gate = store.pause('create')
    let pulled = 0
    const answered = withSession(sessions, (_request, session) => {
      session.set('note', 'kept')
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled++
            controller.enqueue(new TextEncoder().encode('piece '))
            if (pulled === 3) controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(body)
    })(request())
    let isAnswered = false
    void answered.then(() => {
      isAnswered = true
    })
    await gate.reached
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    expect([isAnswered, pulled]).toEqual([false, 0])
    gate.release()
    expect(await (await answered).text()).toBe('piece piece piece ')
  })

  test('whose stream touches the session for the first time fails there: the headers have left', async () => {
    const errors: unknown[] = []
    const response = await withSession(world().sessions, (_request, session) => {
      const body = new ReadableStream(
        {
          pull(controller) {
            try {
              controller.enqueue(new TextEncoder().encode(session.get('note') ?? 'nobody'))
            } catch (error) {
              errors.push((error as { code?: string }).code)
            }
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(body)
    })(request())
    expect([await response.text(), errors]).toEqual(['', ['HEADERS_SENT']])
  })
})

describe('an upgrade', () => {
  /** Node cannot make a Response of status 101; runtimes that upgrade can, some with headers that cannot be changed. */
  function upgrade(mutable: boolean): Response {
    const response = mutable ? new Response(null) : Response.redirect(`${ORIGIN}/x`, 302)
    return Object.defineProperty(response, 'status', { value: 101 })
  }

  test('comes back as it is, where the session was read too', async () => {
    const { sessions } = world()
    for (const touch of [false, true]) {
      for (const mutable of [false, true]) {
        const own = upgrade(mutable)
        const response = await withSession(sessions, (_request, session) => {
          if (touch) session.get('note')
          return own
        })(request())
        expect(response).toBe(own)
      }
    }
  })

  test('carries a cookie where its headers can be changed, and fails loudly where not', async () => {
    const { sessions } = world()
    const answer = (own: Response) =>
      withSession(sessions, (_request, session) => {
        session.set('note', 'kept')
        return own
      })(request())
    const own = upgrade(true)
    expect(await answer(own)).toBe(own)
    expect(own.headers.getSetCookie()).toHaveLength(1)
    await expect(answer(upgrade(false))).rejects.toMatchObject({ code: 'HEADERS_SENT' })
  })
})

describe('a failure', () => {
  test('of the store is a 503 with nothing of the answer', async () => {
    const { sessions, store, events } = world()
    store.fail('create')
    const response = await withSession(sessions, touching)(request())
    expect([response.status, response.headers.getSetCookie(), response.headers.has('x-handler')]).toEqual([
      503,
      [],
      false,
    ])
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(await response.json()).toMatchObject({ code: 'STORE_FAILED' })
    expect(events).toEqual(['store-error'])
  })

  test('of the store is a page for a person, and has no body for HEAD', async () => {
    const { sessions, store } = world()
    store.fail('create')
    const page = await withSession(sessions, touching)(request('/', { headers: { accept: 'text/html' } }))
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(await page.text()).toContain('<h1>Sessions are unavailable</h1>')
    const head = await withSession(sessions, touching)(request('/', { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([503, ''])
  })

  test('to read is a 503 at the first touch; a page that does not touch works', async () => {
    const { sessions, store } = world()
    const cookie = await cookieOf(sessions)
    store.fail('find')
    const reading = withSession(sessions, (_request, session) => new Response(session.get('note')))
    const response = await reading(request('/', { headers: { cookie } }))
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
    const plain = await withSession(sessions, () => new Response('works'))(request('/', { headers: { cookie } }))
    expect(await plain.text()).toBe('works')
  })

  test('of the handler goes on to the host, and nothing is saved', async () => {
    const { sessions, events } = world()
    const boom = new Error('the handler of this test throws')
    const handler = withSession(sessions, (_request, session) => {
      session.set('note', 'lost')
      throw boom
    })
    await expect(handler(request())).rejects.toBe(boom)
    expect(events).toEqual(['write-dropped'])
  })

  test('of a commit that the handler waited for, because the session ended meanwhile, is a 409', async () => {
    const { sessions, store } = world()
    const jar = createJar({ origin: ORIGIN, fetch: withSession(sessions, touching) })
    await jar.post('/')
    const gate = store.pause('replace')
    const late = createJar({
      origin: ORIGIN,
      fetch: withSession(sessions, async (_request, session) => {
        session.set('note', 'late')
        await session.commit()
        return new Response('saved')
      }),
    })
    for (const [name, value] of jar.cookies) late.cookies.set(name, value)
    const answered = late.post('/')
    await gate.reached
    // Another process: this one would queue behind the write.
    const id = (await sessions.peek({ cookie: [...jar.cookies].map((pair) => pair.join('=')).join('; ') }))?.publicId
    await store.bury(String(id), '', Date.now() + 60_000, Date.now())
    gate.release()
    expect((await answered).status).toBe(409)
  })
})

describe('the session of a request', () => {
  test('is found by the request, and not by a copy of it', async () => {
    const { sessions } = world()
    const codes: string[] = []
    await withSession(sessions, (given, session) => {
      expect(sessions.of(given)).toBe(session)
      for (const copy of [given.clone(), new Request(given), Object.create(given)]) {
        try {
          sessions.of(copy)
        } catch (error) {
          codes.push(`${(error as { code?: string }).code}: ${(error as Error).message.includes('copy')}`)
        }
      }
      return new Response()
    })(request())
    expect(codes).toEqual(Array(3).fill('SESSION_NOT_ATTACHED: true'))
  })

  test('twice on one request is refused', async () => {
    const { sessions } = world()
    const twice = withSession(sessions, (given) => withSession(sessions, () => new Response())(given))
    await expect(twice(request())).rejects.toMatchObject({ code: 'SESSION_ALREADY_ATTACHED' })
  })

  test('comes before what the host passes along', async () => {
    const { sessions } = world()
    const handler = withSession(sessions, (_request, session, env: { name: string }, more: number) =>
      Response.json([session.isNew, env.name, more]),
    )
    expect(await (await handler(request(), { name: 'env' }, 2)).json()).toEqual([true, 'env', 2])
  })
})
