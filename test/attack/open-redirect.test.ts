/** An attacker who hands out links to the login page, so that whoever logs in is sent to a page of the attacker’s. */
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as forExpress from '../../src/adapter/express.ts'
import * as forWeb from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { createJar, type Jar } from '../../src/testing/jar.ts'
import { type HttpsHost, serveHttps } from '../support/https-host.ts'
import { SECRET } from '../support/world.ts'
import vectors from '../vector/next-url.json' with { type: 'json' }

const ORIGIN = 'https://site.test'

/** Beyond the frozen ones: what has carried open redirects past checks elsewhere. */
const MORE = [
  '//evil.test',
  '/\\evil.test',
  '/\t/evil.test',
  '/%09/evil.test',
  '/%2f%2fevil.test',
  '/%5cevil.test',
  'https:evil.test',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//site.test',
  'https://site.test@evil.test/',
  'https://site.test.evil.test/',
  'https://site.test\\.evil.test/',
  '/..//evil.test',
  '/.//evil.test',
  '//evil%E3%80%82test',
  '/a@\\evil.test',
  '\u2028//evil.test',
  '/a\r\nLocation: https://evil.test',
]

type Login = (query: string, accept?: string) => Promise<Response>

const hosts: HttpsHost[] = []
const logins: Record<string, { login: Login; visit: Login }> = {}

beforeAll(async () => {
  const { sessions, auth } = app()
  const server = express()
  server.use(forExpress.sessionMiddleware(sessions))
  server.use('/private', forExpress.loginRequired(auth))
  server.post('/login', async (req, res) => {
    await auth.login(req, { id: 'ada' })
    res.redirect(303, auth.nextUrl(req))
  })
  const host = await serveHttps(server, ['site.test'])
  hosts.push(host)
  logins.express = through(() => createJar({ origin: ORIGIN, fetch: host.send }))

  const web = app()
  const guarded = forWeb.loginRequired(web.auth, async () => new Response('in'))
  const handler = forWeb.withSession(web.sessions, async (request, session) => {
    if (new URL(request.url).pathname.startsWith('/private')) return guarded(request, session)
    await web.auth.login(request, { id: 'ada' })
    return new Response(null, { status: 303, headers: { Location: web.auth.nextUrl(request) } })
  })
  logins.web = through(() => createJar({ origin: ORIGIN, fetch: handler }))
})
afterAll(async () => {
  for (const host of hosts) await host.close()
})

describe.each(['express', 'web'])('after a login on %s', (adapter) => {
  const rows = vectors.vectors.map((row) => [JSON.stringify(row.url).slice(0, 80), row] as const)

  test.each(rows)('%s leads nowhere but where Django would let it, and never elsewhere', async (_, row) => {
    const location = await nextAfter(adapter, row.url)
    expectOwn(location)
    // Refused is answered with the front page, which is a page to ask for as well.
    if (location === '/') return
    expect(row.django_require_https).toBe(true)
    expect(new URL(row.url, ORIGIN).href).toBe(ORIGIN + location)
  })

  test('what the frozen rows accept and is a path of ours is gone to', async () => {
    const kept: string[] = []
    for (const { url } of vectors.vectors) if ((await nextAfter(adapter, url)) !== '/') kept.push(url)
    expect(kept).toEqual(['/a', '/a/b?c=d#e', '/a b', 'https://site.test/a', '/@evil.com', '/\u2044evil.com'])
  })

  test.each(MORE.map((url) => [JSON.stringify(url), url]))('%s leads to the front page', async (_, url) => {
    expect(await nextAfter(adapter, url)).toBe('/')
  })

  test('a second next, an empty one or none leads to a page of ours', async () => {
    for (const query of [
      '',
      '?next',
      '?next=',
      '?next=//evil.test&next=/a',
      '?next=/a&next=//evil.test',
      '?NEXT=//evil.test',
      '?next[]=//evil.test',
    ]) {
      expectOwn(await locationOf(adapter, query))
    }
  })

  test('the guard offers no page of elsewhere to come back to, and what it offers passes the login', async () => {
    for (const path of [
      '/private',
      '/private//evil.test',
      '/private/%2f%2fevil.test',
      '/private/..%2f..%2f/evil.test',
      '/private?next=//evil.test',
    ]) {
      const answer = await via(adapter).visit(path, 'text/html')
      expect([path, answer.status]).toEqual([path, 302])
      const location = new URL(answer.headers.get('location') ?? '', ORIGIN)
      expect([path, location.origin, location.pathname]).toEqual([path, ORIGIN, '/login'])
      expectOwn(await locationOf(adapter, location.search))
    }
  })
})

function app() {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
  return { sessions, auth: createAuth(sessions, { findUser: (id) => ({ id }) }) }
}

function through(browser: () => Jar): { login: Login; visit: Login } {
  return {
    login: (query) => browser().post(`/login${query}`),
    visit: (path, accept = '*/*') => browser().get(path, { accept }),
  }
}

function via(adapter: string): { login: Login; visit: Login } {
  const found = logins[adapter]
  if (found === undefined) throw new Error(`No app runs on ${adapter}`)
  return found
}

async function nextAfter(adapter: string, next: string): Promise<string> {
  // By hand: half a character has no percent-encoding, and a browser sends the replacement character.
  return locationOf(adapter, `?${new URLSearchParams({ next })}`)
}

async function locationOf(adapter: string, query: string): Promise<string> {
  const answer = await via(adapter).login(query)
  expect(answer.status).toBe(303)
  return answer.headers.get('location') ?? ''
}

/** As a browser reads it, and as one that decodes or normalises once too often does. */
function expectOwn(location: string): void {
  expect(location).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/)
  for (const text of [location, decodeURI(location), location.replaceAll('\\', '/')]) {
    expect(new URL(text, `${ORIGIN}/login`).origin).toBe(ORIGIN)
  }
}
