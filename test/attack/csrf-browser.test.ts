/**
 * A real Chromium, and a neighbour on another port of the same host: cookies do not know ports, so what the neighbour's pages
 * send carries the session. They are refused; the app's own forms pass, through tabs, logins and the back button.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { withSession } from '../../src/adapter/node.ts'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions, csrfField, type Session, type SessionEvent } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { findProgram, leftOut } from '../support/servers/server-process.ts'
import { SECRET } from '../support/world.ts'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

interface App {
  readonly origin: string
  readonly events: SessionEvent[]
  /** The status of each answer to a form or a script. */
  readonly answered: number[]
  /** How often something was done in the name of whoever is logged in. */
  readonly transfers: string[]
  close(): void
}

async function startApp(csrf: 'origin' | 'token'): Promise<App> {
  const { server, origin } = await listening()
  const events: SessionEvent[] = []
  const transfers: string[] = []
  const answered: number[] = []
  const sessions = createSessions<{ seen?: number }>({
    origin,
    secret: SECRET,
    store: memoryStore(),
    csrf,
    onEvent: (event) => events.push(event),
  })
  const auth = createAuth(sessions, { findUser: (id) => ({ id }) })

  const formOf = (session: Session<{ seen?: number }>, action: string, title: string) =>
    `<!doctype html><title>${title}</title><h1>${session.ownerId ?? 'nobody'}</h1>
     <form method="post" action="${action}">${csrfField(session)}<input name="to" value="bob"><button>Send</button></form>`

  server.on('request', (req, res) => {
    if (req.method === 'POST') res.once('finish', () => answered.push(res.statusCode))
  })
  server.on(
    'request',
    withSession(sessions, async (req, res, session) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8')
      if (req.method === 'GET') {
        res.end(formOf(session, req.url === '/login' ? '/login' : '/transfer', req.url ?? ''))
        return
      }
      const fields = new URLSearchParams(await textOf(req))
      if (req.url === '/login') await auth.login(req, { id: 'ada' })
      else transfers.push(`${session.ownerId} to ${fields.get('to')}`)
      res.writeHead(303, { Location: '/' }).end()
    }),
  )
  return { origin, events, transfers, answered, close: () => stop(server) }
}

/** Whatever page its query holds. */
async function startNeighbour(): Promise<{ readonly origin: string; close(): void }> {
  const page: RequestListener = (req, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.end(new URL(req.url ?? '/', 'http://neighbour').searchParams.get('page'))
  }
  const { server, origin } = await listening()
  server.on('request', page)
  return { origin, close: () => stop(server) }
}

async function listening(): Promise<{ server: Server; origin: string }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` }
}

function stop(server: Server): void {
  server.closeAllConnections()
  server.close()
}

async function textOf(req: IncomingMessage): Promise<string> {
  return Buffer.concat(await req.toArray()).toString()
}

const executablePath = findProgram('chromium')
if (executablePath === null) leftOut('what a real browser does with forms of another origin, in Chromium')

describe.runIf(executablePath !== null)('in Chromium', () => {
  let browser: Browser
  let neighbour: Awaited<ReturnType<typeof startNeighbour>>
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS })
    neighbour = await startNeighbour()
  })
  afterAll(async () => {
    await browser.close()
    neighbour.close()
  })
  describe.each(['origin', 'token'] as const)('mode %s', (mode) => inChromium(mode, () => ({ browser, neighbour })))
})

interface Surroundings {
  readonly browser: Browser
  readonly neighbour: { readonly origin: string }
}

function inChromium(mode: 'origin' | 'token', surroundings: () => Surroundings): void {
  let app: App
  let context: BrowserContext
  let page: Page

  beforeEach(async () => {
    app = await startApp(mode)
    context = await surroundings().browser.newContext()
    page = await context.newPage()
  })
  afterEach(async () => {
    await context.close()
    app.close()
  })

  const who = (at = page) => at.locator('h1').textContent()
  const submit = async (at = page) => {
    const answered = at.waitForResponse((answer) => answer.request().method() === 'POST')
    await at.locator('button').click()
    return (await answered).status()
  }

  async function login(): Promise<void> {
    await page.goto(`${app.origin}/login`)
    expect(await submit()).toBe(303)
    await page.waitForURL(`${app.origin}/`)
    expect(await who()).toBe('ada')
  }

  const submitting = (attributes: string, fields = '<input name="to" value="mallory">') =>
    `<form method="post" action="${app.origin}/transfer" ${attributes}>${fields}</form><script>document.forms[0].submit()</script>`

  const ATTACKS: Readonly<Record<string, () => string>> = {
    'a form that submits itself': () => submitting(''),
    'a form as plain text': () => submitting('enctype="text/plain"'),
    'a form of parts': () => submitting('enctype="multipart/form-data"'),
    'a script that wants no answer': () =>
      `<script>fetch('${app.origin}/transfer', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'to=mallory' })</script>`,
    'a beacon': () => `<script>navigator.sendBeacon('${app.origin}/transfer', 'to=mallory')</script>`,
  }

  test('what a page on another port sends in the name of whoever is logged in is refused', async () => {
    await login()
    for (const [attack, pageOf] of Object.entries(ATTACKS)) {
      app.events.length = 0
      app.answered.length = 0
      const tab = await context.newPage()
      // A page that sends itself away is never done loading.
      const url = `${surroundings().neighbour.origin}/?page=${encodeURIComponent(pageOf())}`
      await tab.goto(url, { waitUntil: 'commit' })
      await vi.waitFor(() => expect(app.answered, attack).toEqual([403]), { timeout: 20_000, interval: 10 })
      expect(app.transfers).toEqual([])
      const refused = app.events.filter(({ type }) => type === 'csrf-refused')
      expect(refused).toMatchObject([{ reason: 'cross-origin', header: 'Sec-Fetch-Site', path: '/transfer' }])
    }
    // The session is not worse for it.
    await page.goto(app.origin)
    expect(await who()).toBe('ada')
  })

  test('the app’s own form passes', async () => {
    await login()
    expect(await submit()).toBe(303)
    await page.waitForURL(`${app.origin}/`)
    expect(app.transfers).toEqual(['ada to bob'])
    expect(app.events.filter(({ type }) => type === 'csrf-refused')).toEqual([])
  })

  test('the back button after a login: its form works', async () => {
    await login()
    await page.goBack()
    await page.waitForURL(`${app.origin}/login`)
    expect(await submit()).toBe(303)
    await page.waitForURL(`${app.origin}/`)
    expect(await who()).toBe('ada')
    expect(app.events.filter(({ type }) => type === 'csrf-refused')).toEqual([])
  })

  test('two tabs that were opened at once both pass', async () => {
    const other = await context.newPage()
    await Promise.all([page.goto(app.origin), other.goto(app.origin)])
    expect([await submit(), await submit(other)]).toEqual([303, 303])
    expect(app.transfers).toEqual(['null to bob', 'null to bob'])
  })

  if (mode === 'token') {
    test('a form of before the login: the page says so, its link leads to the form, which then passes', async () => {
      const early = await context.newPage()
      await early.goto(`${app.origin}/form`)
      await login()
      expect(await submit(early)).toBe(403)
      expect(await early.locator('p').first().textContent()).toContain('You logged in after this form was shown')
      await early.getByText('Open the form again').click()
      await early.waitForURL(`${app.origin}/form`)
      expect([await who(early), await submit(early)]).toEqual(['ada', 303])
      expect(app.transfers).toEqual(['ada to bob'])
    })
  }
}
