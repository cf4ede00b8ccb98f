/** requireEverywhere: every route needs a login but those that are named, however a path is written. */
import assert from 'node:assert/strict'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sessionMiddleware as expressSessions } from '../../src/adapter/express.ts'
import { sessionMiddleware as honoSessions } from '../../src/adapter/hono.ts'
import { withSession as withNodeSession } from '../../src/adapter/node.ts'
import { withSession as withWebSession } from '../../src/adapter/web.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions, type Sessions, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { codeOf, loggedIn, post, quietly, read } from '../support/answers.ts'
import { type Tale, tellEach } from '../support/laws.ts'
import { type Listener, serveWire, talk } from '../support/wire.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const HTML = { accept: 'text/html' }

/** A story in which all but /untouched and what is below /open needs a login. */
function everywhere(title: string, tell: Tale, options: Partial<SessionsOptions> = {}): void {
  const guarded: Tale = async (world) => {
    world.auth.requireEverywhere({ except: ['/untouched', '/open/*'] })
    await tell(world)
  }
  tellEach('everywhere', title, guarded, { options, auth: { confirmPath: '/confirm' } })
}

describe('every route', () => {
  everywhere('needs a login, one that nobody has thought of as well', async (world) => {
    const browser = world.browser()
    for (const path of ['/read', '/set?key=x', '/added-yesterday', '/', '/me', '/untouched/below', '/openly']) {
      assert.deepEqual(await codeOf(await browser.get(path)), [401, 'LOGIN_REQUIRED'], path)
      assert.equal((await browser.post(path)).status, 401, path)
    }
    assert.deepEqual([...browser.cookies], [])
  })

  everywhere('sends a person to the login and back', async (world) => {
    const page = await world.browser().get('/read?key=theme', HTML)
    assert.deepEqual([page.status, page.headers.get('location')], [302, '/login?next=%2Fread%3Fkey%3Dtheme'])
    const form = await world.browser().post('/set', {}, HTML)
    assert.deepEqual([form.status, form.headers.get('location')], [303, '/login'])
  })

  everywhere('is open to whoever is logged in', async (world) => {
    const browser = world.browser()
    await post(browser, '/login')
    await post(browser, '/set?key=theme&value=dark')
    assert.equal(await read(browser, '/read?key=theme'), 'dark')
    assert.equal((await browser.get('/added-yesterday')).status, 404)
    assert.equal(await read(browser, '/private'), 'ada')
    await post(browser, '/logout')
    assert.equal((await browser.get('/read')).status, 401)
  })

  everywhere('but those that are named, and the login page', async (world) => {
    const browser = world.browser()
    assert.equal(await read(browser, '/untouched?x=1'), 'untouched')
    assert.equal((await browser.get('/open/below')).status, 404)
    assert.equal((await browser.get('/login?next=/read', HTML)).status, 200)
  })

  everywhere('is closed while a second factor is due, the page for it too where it is not named', async (world) => {
    const browser = world.browser()
    await post(browser, '/login?pending')
    for (const path of ['/read', '/complete', '/pending', '/logout']) {
      assert.equal((await browser.post(path)).status, 401, path)
    }
  })

  everywhere('the page to confirm at is for those who are logged in', async (world) => {
    const page = await world.browser().get('/confirm', HTML)
    assert.deepEqual([page.status, page.headers.get('location')], [302, '/login?next=%2Fconfirm'])
    const browser = world.browser()
    await post(browser, '/login')
    await post(browser, '/confirm')
  })

  everywhere('is closed to every method; a preflight gets an empty answer and reaches no handler', async (world) => {
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'GET' }
    const options = await world.browser().request('/read', { method: 'OPTIONS', headers: preflight })
    assert.deepEqual([options.status, await options.text()], [200, ''])
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'PURGE']) {
      assert.equal((await world.browser().request('/read', { method, headers: preflight })).status, 401, method)
    }
  })

  everywhere(
    'without a session, by `skip`, is an error and no pass, unless it is named',
    async (world) => {
      const answer = await quietly(() => world.browser().get('/read'))
      assert.equal(answer.status, 500)
      assert.equal((await answer.text()).includes('"key"'), false)
      assert.equal((await quietly(() => world.browser().get('/open/x'))).status, 404)
    },
    { skip: ({ url }) => /\/(read|open\/x)$/.test(url) },
  )

  tellEach('endable', 'is closed while the store is down', async (world) => {
    const browser = await loggedIn(world)
    world.auth.requireEverywhere({ except: ['/untouched'] })
    world.store.fail('find')
    assert.equal((await quietly(() => browser.get('/read'))).status, 503)
    assert.equal(await read(browser, '/untouched'), 'untouched')
  })
})

/** Where an app decides by itself what a path means, each in a way that is in use. */
const APPS: readonly [string, (sessions: Sessions<object>) => Listener][] = [
  ['node:http, by the URL parser', (sessions) => nodeApp(sessions, (target) => new URL(target, ORIGIN).pathname)],
  ['node:http, by the text before "?"', (sessions) => nodeApp(sessions, (target) => target.split('?', 1)[0] ?? '')],
  ['node:http, decoded first', (sessions) => nodeApp(sessions, decodedPath)],
  [
    'Express',
    (sessions) => {
      const app = express()
      app.use(expressSessions(sessions))
      app.get(['/', '/login', '/assets/*rest'], (_req, res) => void res.send('open'))
      app.use(/\/private/i, (_req, res) => void res.send('SECRET'))
      return app as unknown as Listener
    },
  ],
  [
    'Express, with sessions in the mounted router alone, which sees no more than "/"',
    (sessions) => {
      const [app, router] = [express(), express.Router()]
      router.use(expressSessions(sessions), (_req, res) => void res.send('SECRET'))
      app.use('/private', router)
      app.use((_req, res) => void res.send('open'))
      return app as unknown as Listener
    },
  ],
  [
    'Hono on Node',
    (sessions) => {
      const app = new Hono()
      app.use(honoSessions(sessions))
      for (const path of ['/', '/login', '/assets/*']) app.get(path, (c) => c.text('open'))
      app.all('/private/*', (c) => c.text('SECRET'))
      return (createAdaptorServer({ fetch: app.fetch }) as Server).listeners('request')[0] as Listener
    },
  ],
]

function nodeApp(sessions: Sessions<object>, pathOf: (target: string) => string): Listener {
  return withNodeSession(sessions, (req: IncomingMessage, res: ServerResponse) => {
    let path = 'malformed'
    try {
      path = pathOf(req.url ?? '/')
    } catch {
      // As an app would answer 400.
    }
    res.end(/^\/+private/i.test(path) ? 'SECRET' : 'open')
  })
}

/** Decodes, takes parameters away and resolves dots: what servers of other houses, and some middleware, do. */
function decodedPath(target: string): string {
  const path = decodeURIComponent(target.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/, 1)[0] ?? '').replaceAll(
    '\\',
    '/',
  )
  const segments: string[] = []
  for (const segment of path.replace(/;[^/]*/g, '').split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

const STARTS = ['', '/', '/assets', '/assets/', '/assets/x', '/login', '/ASSETS']
const TRICKS = [
  ...['/', '//', '///', '/./', '/../', '/.././', '/x/../../', '/..//', '/..;/', '/..;x/', ';x/../', ';/../', '/.;/../'],
  ...['/%2e%2e/', '/.%2e/', '/%2E./', '/..%2f', '/..%2F', '%2f..%2f', '%2f%2e%2e%2f', '%2e%2e%2f', '/%2e/', '/%2f'],
  ...['\\', '\\..\\', '/..\\', '\\../', '%5c..%5c', '/..%5C', '/%5c../', '/..%255c', '/%252e%252e%252f', '/..%252f'],
  ...[
    '%00/../',
    '/%00/../',
    '/..%00/',
    '/%00',
    '%0a/../',
    '/..%0d/',
    '/..%09/',
    '%3b/../',
    '/..%3b/',
    '%23/../',
    '%3f/../',
  ],
  ...['?/../', '#/../', '?x=1#/../', '/%/../', '/%zz/../', '/..%c0%af', '/%c0%ae%c0%ae/', '/..%u002f', '/%e2%80%a4./'],
]
const TARGETS = [
  ...STARTS.flatMap((start) => TRICKS.flatMap((trick) => [`${start}${trick}private`, `${start}${trick}private/`])),
  ...[
    '/private',
    '/PRIVATE',
    '/Private/',
    '/private/',
    '/private//',
    '/private?/assets/',
    '/private#/assets/x',
    '/private;',
  ],
  ...[
    '/private/..',
    '/private%00',
    '/private%2f',
    '/%70rivate',
    '/private?/login',
    '/private?next=/assets/app.js',
    'private',
    '*',
  ],
  ...[
    'http://localhost/private',
    'http://evil.example/private',
    'HTTP://LOCALHOST/private',
    'https://x/assets/../private',
  ],
  ...[
    'http:///assets/private',
    'http:///private',
    'http:/private',
    'http:private',
    'http://assets/private',
    'http://?/private',
  ],
  ...[
    'http://x\\private/assets/x',
    'http:\\\\assets\\private',
    'http://assets\\..\\private/assets/x',
    'http://x@assets/private',
  ],
  ...[
    'http://x:y@private/assets/x',
    'ftp://private/assets/x',
    'x:///private',
    'file:///assets/../private',
    'http://[::1]/private',
  ],
  ...[
    'http:////private/assets/x',
    'http://%2fprivate/assets/x',
    'http://#@/assets/../private',
    '//private',
    '//assets/private',
  ],
  ...['///private', '//localhost/private', '//x/../private', '\\private', '/\\private', '/assets/x/..\\..\\private'],
]

describe.each(APPS)('path tricks at %s', (_, appOf) => {
  test(`${TARGETS.length} of them, as bytes over a socket, and none is shown what is private`, async () => {
    const { sessions, auth } = world()
    auth.requireEverywhere({ except: ['/', '/assets/*'] })
    const { port, close } = await serveWire('HTTP/1.1', appOf(sessions))
    onTestFinished(close)
    const shown: string[] = []
    for (const target of TARGETS) {
      for (const method of ['GET', 'OPTIONS']) {
        if ((await ask(port, method, target)).includes('SECRET')) shown.push(`${method} ${target}`)
      }
    }
    expect(shown).toEqual([])
    for (const target of [
      '/',
      '/?x',
      '/assets/app.js',
      '/assets/a/b?x=../',
      '/login?next=/private',
      '/assets/%C3%BC',
    ]) {
      expect([target, (await ask(port, 'GET', target)).slice(0, 12)]).toEqual([target, 'HTTP/1.1 200'])
    }
  })
})

async function ask(port: number, method: string, target: string): Promise<string> {
  return talk(port, `${method} ${target} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n`)
}

/** What `decodeURIComponent` takes: no "%" but before two digits, and no byte that is no ASCII. */
const URL_TEXT = /^(?:[^%]|%[0-7][\da-f])*$/i

test('path tricks at the web adapter, as the URL parser leaves them', async () => {
  const { sessions, auth } = world()
  auth.requireEverywhere({ except: ['/', '/assets/*'] })
  const app = withWebSession(sessions, (request) => {
    const { pathname } = new URL(request.url)
    const paths = [pathname, ...(URL_TEXT.test(pathname) ? [decodedPath(pathname)] : [])]
    return new Response(paths.some((path) => /^\/+private/i.test(path)) ? 'SECRET' : 'open')
  })
  let open = 0
  for (const target of TARGETS) {
    if (!URL.canParse(target, ORIGIN) || new URL(target, ORIGIN).username !== '') continue
    const answer = await (await app(new Request(new URL(target, ORIGIN)))).text()
    expect([target, answer.includes('SECRET')]).toEqual([target, false])
    if (answer === 'open') open++
  }
  expect(open).toBeGreaterThan(0)
})

describe('what cannot work is refused at once', () => {
  test('twice', () => {
    const { auth } = world()
    auth.requireEverywhere()
    expect(() => auth.requireEverywhere({ except: ['/x'] })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    )
  })

  test.each<[unknown]>([
    [['/*']],
    [['/', '/*']],
    ['/login'],
    [[1]],
    [[null]],
    [['assets/*']],
    [['/a*']],
    [['/a/*/b']],
    [['/a//b']],
    [['/a/../b']],
    [['/a;b']],
    [['/a%2fb']],
    [['/a?b']],
    [['/a#b']],
    [['']],
    [['*']],
    [['http://localhost/']],
    [['/\u00fc']],
    [['//*']],
  ])('%j', (except) => {
    const { auth } = world()
    const refused = { code: 'OPTION_INVALID', details: { option: 'except' } }
    expect(() => auth.requireEverywhere({ except: except as string[] })).toThrow(expect.objectContaining(refused))
    expect(() => auth.requireEverywhere()).not.toThrow()
  })

  test.each(['login', '//login', 'https://evil.example/login', '/a/../login', '/login\n', '', null])(
    'a loginPath %j',
    (loginPath) => {
      const sessions = createSessions({ origin: ORIGIN, secret: SECRET })
      const options = { findUser: (id: string) => ({ id }), loginPath: loginPath as string }
      expect(() => createAuth(sessions, options)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'loginPath' } }),
      )
    },
  )
})

function world() {
  const sessions: Sessions<object> = createSessions<object>({ origin: ORIGIN, secret: SECRET, store: memoryStore() })
  return { sessions, auth: createAuth(sessions, { findUser: (id) => ({ id }) }) }
}
