/**
 * A real Chromium against everybody who may want to overwrite or read our cookie: a sibling subdomain, the same host over
 * plain http, and a script on our own page. What they plant is a good session, of the attacker's own.
 */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions } from '../../src/index.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'
import { type HttpsHost, serveHttps } from '../support/https-host.ts'
import { findProgram, leftOut } from '../support/servers/server-process.ts'
import { SECRET } from '../support/world.ts'

const NAME = '__Host-Http-session'
/** Every way to write one's own beside ours. */
const ATTRIBUTES = ['', '; Path=/', '; Path=/; Secure', '; Path=/; Secure; SameSite=Lax', '; Max-Age=0; Path=/; Secure']

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** Sets whatever its query says: the neighbour's server, or somebody on the way who answers for ours. */
const tosser: RequestListener = (req, res) => {
  const { searchParams } = new URL(req.url ?? '/', 'http://evil.site.test')
  res.setHeader('Set-Cookie', searchParams.getAll('set'))
  res.setHeader('Content-Type', 'text/html')
  res.end('<title>evil</title>')
}

let https: HttpsHost
let app: { readonly listener: RequestListener; readonly origin: string; readonly evil: string }
const plain = createServer(tosser)

beforeAll(async () => {
  https = await serveHttps(
    (req, res) => {
      if (req.headers.host?.startsWith('app.')) app.listener(req, res)
      else tosser(req, res)
    },
    ['app.site.test', 'evil.site.test'],
  )
  app = await startApp(`https://app.site.test:${https.port}`)
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
})
afterAll(async () => {
  plain.close()
  await https.close()
})

async function startApp(origin: string): Promise<typeof app> {
  const sessions = createSessions({ origin, secret: SECRET })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })
  const listener = withSession(sessions, async (req, res) => {
    res.setHeader('Content-Type', 'text/html')
    if (req.url === '/login') await auth.login(req, { id: 'ada' })
    // What a browser sent is for the test to look at; no page would show it.
    if (req.url === '/sent') res.end(JSON.stringify(req.headers.cookie ?? ''))
    else res.end(sessions.of(req).ownerId ?? 'nobody')
  })
  const cookie = await cookieFor(sessions, { owner: 'mallory' })
  return { listener, origin, evil: cookie.slice(cookie.indexOf('=') + 1) }
}

test('the cookie is bound to its host, to https and to the server', async () => {
  const answer = await https.send(new Request(`${app.origin}/login`))
  const [line = '', ...more] = answer.headers.getSetCookie()
  expect(more).toEqual([])
  expect(line.replace(/=[^;]*/, '=VALUE')).toBe(`${NAME}=VALUE; Path=/; HttpOnly; Secure; SameSite=Lax`)
})

const executablePath = findProgram('chromium')
if (executablePath === null) leftOut('what a real browser does with our cookies, in Chromium')
else describe('in Chromium', () => inChromium(executablePath))

function inChromium(executablePath: string): void {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  beforeAll(async () => {
    const args = [...FLAGS, '--host-resolver-rules=MAP *.site.test 127.0.0.1', '--disable-features=HttpsUpgrades']
    browser = await chromium.launch({ executablePath, args })
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    context = await browser.newContext({ ignoreHTTPSErrors: true })
    page = await context.newPage()
  })
  afterEach(() => context.close())

  async function textOf(path: string): Promise<string> {
    await page.goto(app.origin + path)
    return (await page.locator('body').textContent()) ?? ''
  }

  async function sent(): Promise<string> {
    return JSON.parse(await textOf('/sent'))
  }

  /** The lines as Set-Cookie headers of the neighbour, and of our own host over plain http. */
  async function toss(lines: readonly string[]): Promise<void> {
    const query = new URLSearchParams(lines.map((line): [string, string] => ['set', line]))
    await page.goto(`https://evil.site.test:${https.port}/?${query}`)
    for (const host of ['evil', 'app']) {
      await page.goto(`http://${host}.site.test:${(plain.address() as AddressInfo).port}/?${query}`)
    }
  }

  /** What an injected script does, on the page that is open. */
  async function script(lines: readonly string[]): Promise<void> {
    await page.evaluate(lines.map((line) => `document.cookie = ${JSON.stringify(line)}`).join('\n'))
  }

  test('the cookie is kept, sent back, and hidden from every script', async () => {
    await page.goto(`${app.origin}/login`)
    expect(await textOf('/who')).toBe('ada')
    expect(await page.evaluate('document.cookie')).toBe('')
    const [cookie, ...more] = await context.cookies()
    expect(more).toEqual([])
    const bound = { domain: 'app.site.test', path: '/', httpOnly: true, secure: true, sameSite: 'Lax', expires: -1 }
    expect(cookie).toMatchObject({ name: NAME, ...bound })
  })

  test('neither a sibling subdomain nor plain http overwrites it, or plants one', async () => {
    const attributes = [
      '',
      '; Path=/',
      '; Path=/; Secure',
      '; Path=/; Secure; HttpOnly',
      '; Path=/who; Secure; HttpOnly',
    ]
    const lines = attributes.flatMap((rest) => [
      `${NAME}=${app.evil}${rest}`,
      `${NAME}=${app.evil}${rest}; Domain=site.test`,
    ])
    const control = 'theme=tossed; Path=/; Domain=site.test'
    await toss([...lines, control])
    expect(await sent()).toBe('theme=tossed')

    await page.goto(`${app.origin}/login`)
    const before = await sent()
    await toss(lines)
    expect(await sent()).toBe(before)
    expect(await textOf('/who')).toBe('ada')
  })

  test('a script on our own page neither overwrites it nor plants one', async () => {
    for (const start of ['/who', '/login']) {
      await page.goto(app.origin + start)
      const before = await sent()
      await script(ATTRIBUTES.map((rest) => `${NAME}=${app.evil}${rest}`))
      expect(await sent()).toBe(before)
    }
    expect(await textOf('/who')).toBe('ada')
  })

  test('names that look like ours are sent by the browser, and read by nobody', async () => {
    const spaces = ['\u00a0', '\u2000', '\u2028', '\u3000', '\ufeff']
    const names = [
      ...spaces.map((space) => space + NAME),
      'session',
      '%5f%5fHost-Http-session',
      '..Host-Http-session',
      '$Version=1,x',
    ]
    for (const start of ['/who', '/login']) {
      await page.goto(app.origin + start)
      const before = await textOf('/who')
      await page.goto(`https://evil.site.test:${https.port}/`)
      await script(names.map((name) => `${name}=${app.evil}; Domain=site.test; Path=/; Secure`))
      expect((await sent()).split('; ').length).toBeGreaterThan(names.length / 2)
      expect(await textOf('/who')).toBe(before)
    }
  })
}
