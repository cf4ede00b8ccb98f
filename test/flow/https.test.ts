/**
 * Only https: who is redirected, who is refused, and what browsers are told to remember. In every adapter.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import * as express from '../../src/adapter/express.ts'
import * as hono from '../../src/adapter/hono.ts'
import * as node from '../../src/adapter/node.ts'
import type { HstsOptions } from '../../src/adapter/shared/https-gate.ts'
import * as web from '../../src/adapter/web.ts'
import { createSessions, type SessionEvent, type SessionsOptions } from '../../src/index.ts'
import { HOSTS, type HostName, type PlainHost, type PlainRequest, startHost } from '../support/plain-hosts.ts'
import type { Data } from '../support/story-app.ts'
import { useWire } from '../support/use-wire.ts'
import { valuesOf } from '../support/wire.ts'
import { SECRET } from '../support/world.ts'

const ORIGIN = 'https://app.example'
const HSTS = 'max-age=63072000'
const PAGE = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
/** What the proxy in front of these servers says, where it is trusted. */
const BY_HTTPS = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' }
const RAW = ['node', 'express', 'hono'] as const

const open: PlainHost[] = []
afterEach(async () => {
  for (const host of open.splice(0)) await host.close()
})

interface World {
  readonly host: PlainHost
  readonly events: SessionEvent[]
  readonly reached: string[]
}

async function start(name: HostName, options: Partial<SessionsOptions> = {}, https: HstsOptions = {}): Promise<World> {
  const events: SessionEvent[] = []
  const reached: string[] = []
  const onEvent = (event: SessionEvent) => events.push(event)
  const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET, onEvent, ...options })
  const handle = (request: object) => {
    reached.push((request as { method?: string }).method ?? '')
    return 'the page'
  }
  const host = await startHost(name, { sessions, handle, https })
  open.push(host)
  return { host, events, reached }
}

const location = async ({ host }: World, request: PlainRequest) => {
  const { status, headers } = await host.send({ headers: PAGE, ...request })
  return status === 308 ? headers.location : status
}

describe.each(HOSTS)('%s: over plain http', (name) => {
  test('a page is redirected to the origin, whatever its Host says, and nothing runs', async () => {
    const world = await start(name)
    const { status, headers, setCookies, body } = await world.host.send({
      path: '/cart/items?page=2&q=a%20b',
      headers: { ...PAGE, Host: 'evil.example' },
    })
    expect([status, headers.location]).toEqual([308, `${ORIGIN}/cart/items?page=2&q=a%20b`])
    expect([headers['cache-control'], headers['strict-transport-security'], setCookies, body]).toEqual([
      'no-store',
      undefined,
      [],
      '',
    ])
    expect(world.reached).toEqual([])
  })

  test.each(['POST', 'PUT', 'DELETE', 'HEAD'])('a %s keeps its method: 308', async (method) => {
    const world = await start(name)
    expect(await location(world, { method, path: '/cart' })).toBe(`${ORIGIN}/cart`)
  })

  test.each([
    ['no Accept', {}],
    ['anything', { Accept: '*/*' }],
    ['JSON', { Accept: 'application/json' }],
  ])('a program that accepts %s is refused, and told why', async (_, headers) => {
    const world = await start(name)
    const answer = await world.host.send({ method: 'POST', path: '/api?key=hidden', headers })
    expect([answer.status, answer.headers['content-type']]).toEqual([403, 'application/problem+json'])
    expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'HTTPS_REQUIRED', title: 'HTTPS required' })
    expect(answer.body).not.toContain('hidden')
    expect([answer.headers.location, answer.headers['strict-transport-security']]).toEqual([undefined, undefined])
    expect(world.reached).toEqual([])
  })

  test.each([
    ['//evil.example', `${ORIGIN}//evil.example`],
    ['///evil.example/a', `${ORIGIN}///evil.example/a`],
    ['/@evil.example', `${ORIGIN}/@evil.example`],
    ['/:443@evil.example', `${ORIGIN}/:443@evil.example`],
    ['/.evil.example', `${ORIGIN}/.evil.example`],
    ['/%0d%0aSet-Cookie:%20a=b', `${ORIGIN}/%0d%0aSet-Cookie:%20a=b`],
    ['/a%5c..%2f', `${ORIGIN}/a%5c..%2f`],
    ['/?next=//evil.example', `${ORIGIN}/?next=//evil.example`],
    ['/?a=b\\c', `${ORIGIN}/`],
  ])('the target %s leads nowhere else', async (path, to) => {
    const told = await location(await start(name), { path })
    expect(told).toBe(to)
    expect(new URL(String(told)).origin).toBe(ORIGIN)
  })

  test('of several origins the one that was asked for counts, else the first', async () => {
    const world = await start(name, { origin: ['https://a.example', 'https://b.example:8443'] })
    const to = (host: string) => location(world, { headers: { ...PAGE, Host: host } })
    expect(await to('b.example:8443')).toBe('https://b.example:8443/')
    expect(await to('evil.example')).toBe('https://a.example/')
  })

  test('an origin that a function finds; and where it knows none, a page is refused', async () => {
    const asked: string[] = []
    const origin = (host: string) => {
      asked.push(host)
      return host.endsWith('.shops.example') ? `https://${host}` : null
    }
    const world = await start(name, { origin })
    const to = (host: string) => location(world, { path: '/x', headers: { ...PAGE, Host: host } })
    expect(await to('a.shops.example')).toBe('https://a.shops.example/x')
    expect(await to('evil.example')).toBe(403)
    expect(asked).toEqual(['a.shops.example', 'evil.example'])
  })

  test('an app that lives on http on this machine is where it should be', async () => {
    const world = await start(name, { origin: 'http://localhost:3000' })
    const { status, headers, body } = await world.host.send({ headers: PAGE })
    expect([status, headers['strict-transport-security'], body]).toEqual([200, undefined, 'the page'])
    expect(world.events).toEqual([])
  })
})

describe.each(RAW)('%s: targets that are no path', (name) => {
  test('a whole URL is redirected by its path alone', async () => {
    const world = await start(name)
    expect(await location(world, { path: 'http://evil.example/a?b=c' })).toBe(`${ORIGIN}/a?b=c`)
    // Whoever writes https there has not spoken it.
    expect(await location(world, { path: 'https://app.example/a' })).toBe(`${ORIGIN}/a`)
    expect(world.reached).toEqual([])
  })

  test('a star', async () => {
    const world = await start(name)
    // Hono's server gives it no URL and answers by itself.
    const told = await location(world, { method: 'OPTIONS', path: '*' })
    expect([`${ORIGIN}/`, 400]).toContain(told)
    expect(world.reached).toEqual([])
  })

  test('bytes above ASCII do not break the answer', async () => {
    const world = await start(name)
    const told = await location(world, { path: '/caf\u00e9' })
    if (told !== 400) expect(new URL(String(told)).origin).toBe(ORIGIN)
    expect(world.reached).toEqual([])
  })
})

describe.each(HOSTS)('%s: behind a proxy that is trusted', (name) => {
  const trusted = { trustProxy: 1 }

  test('https passes, with two years of HSTS', async () => {
    const world = await start(name, trusted)
    const { status, headers, body } = await world.host.send({ headers: { ...PAGE, ...BY_HTTPS, Host: 'app.example' } })
    expect([status, body, headers['strict-transport-security']]).toEqual([200, 'the page', HSTS])
    expect(world.events).toEqual([])
  })

  test('http does not', async () => {
    const world = await start(name, trusted)
    const headers = { ...PAGE, ...BY_HTTPS, 'X-Forwarded-Proto': 'http' }
    expect(await location(world, { headers })).toBe(`${ORIGIN}/`)
    // Nor where a stranger put https to the left of it.
    expect(await location(world, { headers: { ...headers, 'X-Forwarded-Proto': 'https, http' } })).toBe(`${ORIGIN}/`)
  })

  test('an answer to a program has it, too, and one behind a proxy that asks for us as localhost', async () => {
    const { host } = await start(name, trusted)
    const program = await host.send({ headers: { ...BY_HTTPS, Accept: 'application/json', Host: 'localhost:3000' } })
    expect(program.headers['strict-transport-security']).toBe(HSTS)
  })

  test.each<[HstsOptions, string]>([
    [{ includeSubDomains: true }, `${HSTS}; includeSubDomains`],
    [{ includeSubDomains: true, preload: true }, `${HSTS}; includeSubDomains; preload`],
    [{ includeSubDomains: false, preload: false }, HSTS],
  ])('%j', async (https, value) => {
    const { host } = await start(name, trusted, https)
    expect((await host.send({ headers: BY_HTTPS })).headers['strict-transport-security']).toBe(value)
  })

  test.each([
    'https://localhost:8443',
    'https://app.localhost',
    'https://127.0.0.1:8443',
    'https://127.9.9.9',
    'https://[::1]:8443',
  ])('never for %s', async (origin) => {
    const { host } = await start(name, { ...trusted, origin })
    const { status, headers } = await host.send({ headers: BY_HTTPS })
    expect([status, headers['strict-transport-security']]).toEqual([200, undefined])
  })

  test.each(['localhost', 'localhost:3000', 'LOCALHOST:3000', 'app.localhost:3000', '127.0.0.1:3000', '[::1]:3000'])(
    'never where the browser asked for %s, wherever the app lives',
    async (asked) => {
      const { host } = await start(name, trusted)
      const { status, headers } = await host.send({
        headers: { ...BY_HTTPS, Host: 'inner', 'X-Forwarded-Host': asked },
      })
      expect([status, headers['strict-transport-security']]).toEqual([200, undefined])
    },
  )

  test('never where the app lives nowhere for such a host', async () => {
    const { host } = await start(name, { ...trusted, origin: () => null })
    expect((await host.send({ headers: BY_HTTPS })).headers['strict-transport-security']).toBeUndefined()
  })

  test('its host decides which of several origins is meant', async () => {
    const world = await start(name, { ...trusted, origin: ['https://a.example', 'https://b.example'] })
    const headers = { ...PAGE, 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'http' }
    const to = (forwarded: string) =>
      location(world, { headers: { ...headers, Host: 'inner', 'X-Forwarded-Host': forwarded } })
    expect(await to('b.example')).toBe('https://b.example/')
    expect(await to('b.example, a.example')).toBe('https://a.example/')
    expect(await to('evil.example')).toBe('https://a.example/')
  })
})

describe.each(RAW)('%s: behind a proxy by its address', (name) => {
  test('the peer of the socket is what counts', async () => {
    const ours = await start(name, { trustProxy: ['loopback'] })
    expect((await ours.host.send({ headers: { ...PAGE, ...BY_HTTPS } })).status).toBe(200)
    const theirs = await start(name, { trustProxy: ['10.0.0.0/8'] })
    expect(await location(theirs, { headers: { ...PAGE, ...BY_HTTPS } })).toBe(`${ORIGIN}/`)
    expect(theirs.events).toMatchObject([{ type: 'insecure-request', cause: 'proxy-not-trusted' }])
  })
})

describe.each(HOSTS)('%s: behind a proxy that is not trusted', (name) => {
  test('what it says changes nothing', async () => {
    const world = await start(name)
    const headers = {
      ...PAGE,
      ...BY_HTTPS,
      Forwarded: 'for=1.1.1.1;proto=https;host=evil.example',
      'X-Forwarded-Host': 'evil.example',
    }
    expect(await location(world, { headers, path: '/a' })).toBe(`${ORIGIN}/a`)
    expect(world.reached).toEqual([])
    expect(world.events).toMatchObject([{ type: 'insecure-request', cause: 'proxy-not-trusted' }])
  })
})

describe('over real TLS', () => {
  const serve = useWire()

  const page = (_req: IncomingMessage, res: ServerResponse) => void res.end('the page')

  test('it passes; an app of its own name says HSTS, and not to a browser that asked for localhost', async () => {
    const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET })
    const at = await serve('HTTP/2', node.httpsRequired(sessions, page))
    const answer = await at.send({ headers: { ':authority': 'app.example' } })
    expect([answer.status, answer.body, valuesOf(answer, 'strict-transport-security')]).toEqual([
      200,
      'the page',
      [HSTS],
    ])
    const tried = await at.send({ headers: { ':authority': `localhost:${at.port}` } })
    expect([tried.status, valuesOf(tried, 'strict-transport-security')]).toEqual([200, []])
  })

  test('a function that finds the origin is asked by the name of HTTP/2', async () => {
    const asked: string[] = []
    const origin = (host: string) => {
      asked.push(host)
      return `https://${host}`
    }
    const sessions = createSessions<Data>({ origin, secret: SECRET })
    const at = await serve('HTTP/2', node.httpsRequired(sessions, page))
    const answer = await at.send({ headers: { ':authority': 'a.shops.example', host: 'b.shops.example' } })
    expect([asked, valuesOf(answer, 'strict-transport-security')]).toEqual([['a.shops.example'], [HSTS]])
  })
})

describe('options', () => {
  const sessions = createSessions<Data>({ origin: ORIGIN, secret: SECRET })
  const MAKERS = {
    node: (options: HstsOptions) => node.httpsRequired(sessions, () => {}, options),
    web: (options: HstsOptions) => web.httpsRequired(sessions, () => new Response(), options),
    express: (options: HstsOptions) => express.httpsRequired(sessions, options),
    hono: (options: HstsOptions) => hono.httpsRequired(sessions, options),
  }
  test.each(HOSTS)('%s: preload without subdomains is refused at start-up', (name) => {
    const refusal = expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'preload' } })
    expect(() => MAKERS[name]({ preload: true })).toThrow(refusal)
    expect(() => MAKERS[name]({ preload: true, includeSubDomains: false })).toThrow(refusal)
    MAKERS[name]({ preload: true, includeSubDomains: true })
  })
})
