/** The attacks that succeed in `flask.test.ts`, step by step the same, against sojourn on Express. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionsOptions } from '../../../src/index.ts'
import { memoryStore } from '../../../src/store/memory.ts'
import { fixation, oddCookie, replay, resurrection, submit, tokenFromBefore, tokenOf, whoIs } from './attacks.ts'
import { type Stack, startOurs } from './stack.ts'

const KEPT: readonly (readonly [where: string, options: () => Partial<SessionsOptions>])[] = [
  ['on the server', () => ({ store: memoryStore() })],
  ['in the cookie', () => ({ revocation: memoryStore() })],
]

describe.each(KEPT)('sessions %s', (_, options) => {
  let stack: Stack
  beforeEach(async () => {
    stack = await startOurs(options())
  })
  afterEach(() => stack.close())

  test('fixation: the attacker is nobody, and nothing that was planted is in the login', async () => {
    expect(await fixation(stack)).toEqual({ attackerIs: '401', victimSees: '' })
  })

  test('replay: a copy of the cookie opens nothing after the logout', async () => {
    expect(await replay(stack)).toEqual({ victimIs: '401', thiefIs: '401' })
  })

  test('resurrection: a slow request is told 409, and who has logged out stays so', async () => {
    expect(await resurrection(stack)).toEqual({ slow: 409, loggedOut: '401', afterwards: '401' })
  })

  test('a cookie that ends in é, under any name of ours, is nobody’s', async () => {
    const names = ['session', 'session-seen', 'session-visitor', 'remember_token', 'session=x; session-seen']
    expect(await oddCookie(stack, names)).toEqual([401])
  })

  test('the secret of forms changes at the login: a token the attacker knows is refused', async () => {
    expect(await tokenFromBefore(stack)).toBe(403)
    const victim = stack.browser()
    await submit(victim, '/login', { user: 'ada' })
    const inside = await tokenOf(victim)
    expect((await victim.post('/note', { note: 'own', csrf_token: inside })).status).toBe(200)
    await submit(victim, '/login', { user: 'ada' })
    expect((await victim.post('/note', { note: 'late', csrf_token: inside })).status).toBe(403)
  })

  test('a remember cookie that ends in é, in part or in whole, is nobody’s', async () => {
    const browser = stack.browser()
    await submit(browser, '/login', { user: 'ada', remember: 'on' })
    expect(await whoIs(browser)).toBe('ada')
    for (const [name, value] of browser.cookies) {
      for (const text of [`${value.slice(0, -1)}é`, `${value}|é`, '1|é']) {
        expect((await stack.browser().get('/me', { cookie: `${name}=${text}` })).status).toBe(401)
      }
    }
    expect(await oddCookie(stack, [...browser.cookies.keys()])).toEqual([401])
    expect(await whoIs(browser)).toBe('ada')
  })
})
