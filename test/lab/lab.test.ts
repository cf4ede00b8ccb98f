/**
 * The lab, walked through as a person would: a real process, real HTTPS, every way to keep a session.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from './browser.ts'
import { type RunningLab, requireFreshBuild, startLab } from './run-lab.ts'

const COOKIE = '__Host-Http-session'
const PASSWORD = 'one fine sentence'
const NEXT_YEAR = `${new Date().getUTCFullYear() + 1}-04-05`

const CELLS = [
  { mode: 'stored', store: 'sqlite', survivesRestart: true },
  { mode: 'stored', store: 'memory', survivesRestart: false },
  { mode: 'stored', store: 'file', survivesRestart: true },
  { mode: 'sealed', store: 'sqlite', survivesRestart: true },
] as const

beforeAll(requireFreshBuild)

/** Every form has another token each time it is shown. */
function withoutTokens({ body }: { readonly body: string }): string {
  return body.replaceAll(/(name="csrf_token" value=)"[^"]+"/g, '$1""')
}

describe.each(CELLS)('the lab, $mode in $store', ({ mode, store, survivesRestart }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-lab-'))
  const args = ['--mode', mode, '--store', store]
  let lab: RunningLab

  beforeAll(async () => {
    lab = await startLab(folder, args)
  }, 60_000)

  afterAll(async () => {
    const { code } = await lab.stop()
    rmSync(folder, { recursive: true, force: true })
    expect(code).toBe(0)
  })

  function open(): Browser {
    return createBrowser(lab.origin, lab.ca)
  }

  async function registered(name: string): Promise<Browser> {
    const browser = open()
    await browser.submit('/register', { name, password: PASSWORD })
    return browser
  }

  it('knows a person from the registration to the logout', async () => {
    const browser = open()
    const first = await browser.visit('/')
    expect(first.body).toContain('You are not logged in')
    expect(browser.cookies.size).toBe(0)

    const registered = await browser.submit('/register', { name: 'Ada', password: PASSWORD })
    expect(registered.path).toBe('/')
    expect(registered.body).toContain('Hello, Ada')
    expect(registered.body).toContain('Welcome, Ada.')
    expect((await browser.visit('/')).body).not.toContain('Welcome, Ada.')

    const profile = await browser.visit('/profile')
    expect(profile.status).toBe(200)
    expect(profile.body).toContain('Your profile')
    expect(profile.headers['cache-control']).toBe('private, no-store')

    const left = await browser.submit('/logout')
    expect(left.path).toBe('/')
    expect(left.body).toContain('You are not logged in')
    expect((await browser.visit('/profile')).path).toBe('/login?next=%2Fprofile')
  })

  it(
    mode === 'stored'
      ? 'lets nobody in with a copy of the cookie after the logout'
      : 'still opens a copy of the cookie after the logout, for nothing on the server could forget it',
    async () => {
      const browser = await registered('Thief')
      const copy = browser.cookies.get(COOKIE) ?? ''
      await browser.submit('/logout')

      const thief = open()
      thief.cookies.set(COOKIE, copy)
      const profile = await thief.visit('/profile')
      expect(profile.path).toBe(mode === 'stored' ? '/login?next=%2Fprofile' : '/profile')
      expect(profile.body.includes('Your profile')).toBe(mode === 'sealed')
    },
  )

  it('gives a new cookie at the login, and nothing to whoever planted the old one', async () => {
    await registered('Victim')
    const browser = open()
    await browser.submit('/session/count')
    const planted = browser.cookies.get(COOKIE) ?? ''
    await browser.submit('/login', { name: 'Victim', password: PASSWORD })
    expect(browser.cookies.get(COOKIE)).not.toBe(planted)

    const attacker = open()
    attacker.cookies.set(COOKIE, planted)
    expect((await attacker.visit('/')).body).toContain('You are not logged in')
  })

  it('answers a wrong password and an unknown name alike', async () => {
    await registered('Grace')
    const browser = open()
    const wrong = await browser.submit('/login', { name: 'Grace', password: 'not that one' })
    const unknown = await browser.submit('/login', { name: 'Gracf', password: 'not that one' })
    expect(wrong.status).toBe(401)
    expect(wrong.body).toContain('Wrong name or password')
    expect(unknown.status).toBe(401)
    expect(withoutTokens(unknown).replaceAll('Gracf', 'Grace')).toBe(withoutTokens(wrong))
    expect(wrong.body).not.toContain('not that one')
  })

  it('leads back to where the login was needed, but never to another site', async () => {
    await registered('Edsger')
    const browser = open()
    const asked = await browser.visit('/profile')
    expect(asked.body).toContain('action="/login?next=%2Fprofile"')
    const refused = await browser.submit(asked.path, { name: 'edsger', password: 'wrong' })
    expect(refused.body).toContain('action="/login?next=%2Fprofile"')
    expect((await browser.submit(asked.path, { name: 'edsger', password: PASSWORD })).path).toBe('/profile')

    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example']) {
      const target = `/login?next=${encodeURIComponent(next)}`
      const led = await open().send('POST', target, { name: 'Edsger', password: PASSWORD })
      expect([led.status, led.headers.location]).toEqual([303, '/'])
    }
  })

  it('refuses a name that is taken in another case, and says so beside the field', async () => {
    await registered('Ädä')
    const answer = await open().submit('/register', { name: 'äDÄ', password: PASSWORD })
    expect(answer.status).toBe(422)
    expect(answer.body).toContain('This name is taken')
    expect(answer.body).toMatch(/<input id="name"[^>]* value="äDÄ"[^>]* aria-describedby="name-error name-hint"/)
  })

  it('shows a name as text, whatever it is', async () => {
    const browser = await registered('<b title="x">Bob</b>')
    const { body } = await browser.visit('/')
    expect(body).toContain('Hello, &lt;b title=&quot;x&quot;&gt;Bob&lt;/b&gt;')
    expect(body).not.toContain('<b title')
  })

  it('applies preferences to every page at once', async () => {
    const browser = open()
    const kept = await browser.submit('/preferences', { theme: 'dark', fontSize: 'large' })
    expect(kept.body).toContain('Your preferences are kept')
    for (const path of ['/', '/shop', '/cart', '/login', '/nowhere']) {
      expect((await browser.visit(path)).body).toContain('<html lang="en" data-theme="dark" data-font-size="large">')
    }
    const refused = await browser.submit('/preferences', { theme: 'pink', fontSize: 'large' })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('Choose a theme')
  })

  it('keeps a cart through changes and through a login', async () => {
    await registered(`Shopper ${mode} ${store}`)
    const browser = open()
    expect((await browser.visit('/cart')).body).toContain('Your cart is empty')
    await browser.submit('/cart/add', { sku: 'compass' })
    await browser.submit('/cart/add', { sku: 'compass' })
    await browser.submit('/cart/add', { sku: 'map' })
    await browser.submit('/login', { name: `Shopper ${mode} ${store}`, password: PASSWORD })
    expect((await browser.visit('/cart')).body).toContain('€87.90')

    const wrong = await browser.submit('/cart', { sku: 'map', quantity: 'many' })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('Enter a whole number from 0 to 99')
    expect(wrong.body).toContain('value="many"')

    expect((await browser.submit('/cart', { sku: 'map', quantity: '3' })).body).toContain('€107.70')
    expect((await browser.submit('/cart/remove', { sku: 'compass' })).body).toContain('€29.70')
    const emptied = await browser.submit('/cart', { sku: 'map', quantity: '0' })
    expect(emptied.body).toContain('Your cart is empty')
  })

  it('remembers a form of three steps, forwards and backwards', async () => {
    const browser = open()
    expect((await browser.visit('/form/3')).path).toBe('/form/1')

    const wrong = await browser.submit('/form/1', { traveller: 'Ada', people: 'some' })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('Enter a whole number from 1 to 9')
    expect(wrong.body).toContain('value="Ada"')

    expect((await browser.submit('/form/1', { traveller: 'Ada', people: '2' })).path).toBe('/form/2')
    expect((await browser.visit('/form/3')).path).toBe('/form/2')
    const back = await browser.submit('/form/2', { destination: 'kyoto', departure: '', go: 'back' })
    expect(back.path).toBe('/form/1')
    expect(back.body).toContain('value="Ada"')

    expect((await browser.visit('/form')).path).toBe('/form/2')
    expect((await browser.visit('/form/2')).body).toMatch(/value="kyoto" required checked/)
    const confirm = await browser.submit('/form/2', { destination: 'kyoto', departure: NEXT_YEAR })
    expect(confirm.path).toBe('/form/3')
    expect(confirm.body).toContain('Kyoto')

    const done = await browser.submit('/form/3')
    expect(done.path).toBe('/form/done')
    expect(done.body).toContain('Your trip is booked')
    // A second click on the same button.
    expect((await browser.submit('/form/3')).path).toBe('/form/done')
    expect((await browser.visit('/form')).path).toBe('/form/1')
  })

  it('shows what is in a session, and never the token', async () => {
    const browser = open()
    expect((await browser.visit('/session')).body).toContain('You have no session')
    expect([...browser.cookies.keys()]).toEqual([`${COOKIE}-visitor`])
    await browser.submit('/session/count')
    const before = browser.cookies.get(COOKIE) ?? ''
    const shown = await browser.visit('/session')
    expect(shown.body).toContain('<code>visits</code>')
    expect(before.length).toBeGreaterThan(20)
    expect(shown.body).not.toContain(before)

    await browser.submit('/session/regenerate')
    expect(browser.cookies.get(COOKIE)).not.toBe(before)
    expect((await browser.visit('/session')).body).toContain('<code>visits</code>')
    expect((await browser.submit('/session/destroy')).body).toContain('You have no session')
  })

  it(survivesRestart
    ? 'keeps a person logged in when it is started anew'
    : 'forgets its sessions when it is started anew', async () => {
    const browser = await registered('Patient')
    expect((await lab.stop()).code).toBe(0)
    lab = await startLab(folder, args)
    const later = open()
    for (const [name, value] of browser.cookies) later.cookies.set(name, value)
    const greeting = survivesRestart ? 'Hello, Patient' : 'You are not logged in'
    expect((await later.visit('/')).body).toContain(greeting)
  }, 60_000)
})

describe('the lab, whatever keeps its sessions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-lab-'))
  let lab: RunningLab

  beforeAll(async () => {
    lab = await startLab(folder, [])
  }, 60_000)

  afterAll(async () => {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function open(): Browser {
    return createBrowser(lab.origin, lab.ca)
  }

  it('leads from http to its own https, whatever Host a stranger claims', async () => {
    const led = await plainRequest('POST', '/cart?x=1', 'evil.example')
    expect(led).toEqual({ status: 308, location: `${lab.origin}/cart?x=1` })
    expect(await plainRequest('GET', 'http://evil.example/', 'evil.example')).toEqual({
      status: 308,
      location: `${lab.origin}/`,
    })
    // A program would send its secrets in the clear once more with every redirect it follows.
    expect(await plainRequest('GET', '/cart', 'localhost', 'application/json')).toEqual({
      status: 403,
      location: undefined,
    })
  })

  it('asks every form for its token, and offers one that is out of date again', async () => {
    const browser = open()
    const { body } = await browser.visit('/preferences')
    await browser.submit('/register', { name: 'Token', password: PASSWORD })
    const [, token = ''] = /name="csrf_token" value="([^"]+)"/.exec(body) ?? []
    const stale = await browser.send('POST', '/preferences', { theme: 'dark', fontSize: 'large', csrf_token: token })
    expect([stale.status, stale.body.includes('This form is out of date')]).toEqual([403, true])
    expect(stale.body).toContain('href="/preferences"')
    const none = await browser.send('POST', '/logout', { csrf_token: '' })
    expect(none.status).toBe(403)
    expect((await browser.visit('/')).body).toContain('Hello, Token')
  })

  it('remembers who asks for it, for 90 days', async () => {
    await open().submit('/register', { name: 'Elephant', password: PASSWORD })
    const browser = open()
    const login = { name: 'Elephant', password: PASSWORD }
    const { headers } = await browser.send('POST', '/login', { ...login, remember: 'on' })
    const [, seconds] = /; Max-Age=(\d+);/.exec(headers['set-cookie']?.[0] ?? '') ?? []
    // To the end of its 90 days, of which some milliseconds have passed.
    expect(Math.ceil(Number(seconds) / 86_400)).toBe(90)
    const forgetful = await open().send('POST', '/login', login)
    expect(forgetful.headers['set-cookie']?.[0]).not.toContain('Max-Age')
  })

  it('lists one’s devices and ends one of them', async () => {
    const laptop = open()
    await laptop.submit('/register', { name: 'Nomad', password: PASSWORD })
    const phone = open()
    await phone.submit('/login', { name: 'Nomad', password: PASSWORD })
    const { body } = await laptop.visit('/devices')
    expect(body).toContain('this one')
    const ids = [...body.matchAll(/name="id" value="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toHaveLength(2)
    const [other = ''] = ids.filter((id) => !body.includes(`value="${id}">\n        <button class="quiet"`))
    expect((await laptop.submit('/devices/end', { id: other })).body).toContain('That session has ended')
    expect((await phone.visit('/')).body).toContain('You are not logged in')
    expect((await laptop.visit('/')).body).toContain('Hello, Nomad')
    // Somebody else's id ends nothing.
    const stranger = open()
    await stranger.submit('/register', { name: 'Stranger', password: PASSWORD })
    const [own = ''] = ids.filter((id) => id !== other)
    expect((await stranger.submit('/devices/end', { id: own })).body).toContain('That session was over already')
    expect((await laptop.visit('/')).body).toContain('Hello, Nomad')
  })

  it('changes a password after asking for the old one, and ends every other session', async () => {
    const name = 'Changer'
    await open().submit('/register', { name, password: PASSWORD })
    const remembered = open()
    await remembered.submit('/login', { name, password: PASSWORD, remember: 'on' })
    const asked = await remembered.visit('/password')
    expect(asked.path).toBe('/confirm?next=%2Fpassword')
    expect((await remembered.submit(asked.path, { password: 'a wrong one' })).status).toBe(401)
    expect((await remembered.submit(asked.path, { password: PASSWORD })).path).toBe('/password')
    const other = open()
    await other.submit('/login', { name, password: PASSWORD })
    const changed = await remembered.submit('/password', { password: 'another fine sentence' })
    expect([changed.path, changed.body.includes('Your password is changed')]).toEqual(['/profile', true])
    expect((await other.visit('/')).body).toContain('You are not logged in')
    expect((await remembered.visit('/')).body).toContain('Hello, Changer')
    expect((await open().submit('/login', { name, password: PASSWORD })).status).toBe(401)
  })

  it('locks an account that is guessed at, and says nothing of it', async () => {
    await open().submit('/register', { name: 'Target', password: PASSWORD })
    const thief = open()
    const guesses: string[] = []
    for (let guess = 0; guess < 7; guess++) {
      const { status, body } = await thief.submit('/login', { name: 'Target', password: `guess ${guess}` })
      expect(status).toBe(401)
      guesses.push(withoutTokens({ body }))
    }
    expect(new Set(guesses).size).toBe(1)
    expect((await thief.submit('/login', { name: 'Target', password: PASSWORD })).status).toBe(401)
  })

  it('refuses a form that another site sends, cookie or not', async () => {
    const browser = open()
    await browser.submit('/session/count')
    const before = withoutTokens(await browser.visit('/session'))
    const foreign: Record<string, string>[] = [
      { Origin: 'https://localhost:1', 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    ]
    for (const headers of foreign) {
      expect((await browser.send('POST', '/session/count', {}, headers)).status).toBe(403)
    }
    expect(withoutTokens(await browser.visit('/session'))).toBe(before)
  })

  it('says on every page what a browser may do with it', async () => {
    const { headers, body } = await open().visit('/login')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('same-origin')
    expect(headers['x-powered-by']).toBeUndefined()
    expect(body).not.toMatch(/<script|style=/)
  })

  it('lets the stylesheet be kept, without asking for a session', async () => {
    const browser = open()
    const href = /<link rel="stylesheet" href="([^"]+)"/.exec((await browser.visit('/')).body)?.[1] ?? ''
    const { status, headers } = await browser.send('GET', href)
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(headers.vary).toBeUndefined()
  })

  it('tells a person what went wrong, and nothing of its inside', async () => {
    const browser = open()
    const missing = await browser.visit('/nowhere')
    expect([missing.status, missing.body.includes('There is no such page')]).toEqual([404, true])
    const link = await browser.visit('/logout')
    expect([link.status, link.headers.allow]).toEqual([405, 'POST'])
    const large = await browser.send('POST', '/login', { name: 'x'.repeat(9_000), password: 'y' })
    expect([large.status, large.body.includes('That was too much')]).toEqual([413, true])
    for (const { body } of [missing, link, large]) expect(body).not.toMatch(/\bat \S+ \(|node_modules/)
  })

  it('sets a cookie that no script and no plain connection can read', async () => {
    const browser = open()
    const { headers } = await browser.send('POST', '/session/count', {})
    const [line = ''] = headers['set-cookie'] ?? []
    expect(line.startsWith(`${COOKIE}=`)).toBe(true)
    expect(line).toContain('; HttpOnly')
    expect(line).toContain('; Secure')
    expect(line).toContain('; SameSite=Lax')
  })

  it('keeps its secret and its key to the user it runs as', () => {
    for (const file of ['secret', join('tls', 'localhost.key')]) {
      expect((statSync(join(folder, file)).mode & 0o777).toString(8)).toBe('600')
    }
  })

  it('says where it is, where data are kept, and that the browser will warn', () => {
    expect(lab.output).toContain(lab.origin)
    expect(lab.output).toContain(folder)
    expect(lab.output).toContain('Your browser will warn you')
    expect(lab.output).toContain(join(folder, 'tls', 'authority.crt'))
  })

  function plainRequest(method: string, path: string, host: string, accept = 'text/html') {
    return new Promise<{ status: number | undefined; location: string | undefined }>((resolve, reject) => {
      const outgoing = request({
        port: lab.httpPort,
        host: 'localhost',
        method,
        path,
        headers: { Host: host, Accept: accept },
      })
      outgoing.on('error', reject)
      outgoing.on('response', (incoming) => {
        incoming.resume()
        resolve({ status: incoming.statusCode, location: incoming.headers.location })
      })
      outgoing.end()
    })
  }
})
