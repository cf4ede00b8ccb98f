/**
 * Attacks on a site with a login, step by step, for whichever stack the site is on.
 *
 * In: a stack. Out: what the attacker, and the victim, saw in the end. Must not know: which stack it is, and what should
 * come of it.
 *
 * @module
 */
import type { Jar } from '../../../src/testing/jar.ts'
import type { Stack } from './stack.ts'

/** What somebody sees of themselves: `ada`, or `401`. */
export async function whoIs(browser: Jar): Promise<string> {
  const answer = await browser.get('/me')
  return answer.status === 200 ? answer.text() : String(answer.status)
}

/** Posts a form as its page would: with the token the page has. */
export async function submit(browser: Jar, path: string, fields: Record<string, string> = {}): Promise<Response> {
  const token = await tokenOf(browser)
  return browser.post(path, { ...fields, csrf_token: token })
}

export async function tokenOf(browser: Jar): Promise<string> {
  return (await browser.get('/form')).text()
}

async function noteOf(browser: Jar): Promise<string> {
  return (await browser.get('/note')).text()
}

/** The attacker plants a session of their own in the victim's browser, and waits for the login. */
export async function fixation(stack: Stack): Promise<{ attackerIs: string; victimSees: string }> {
  const attacker = stack.browser()
  await submit(attacker, '/note', { note: 'planted' })
  const victim = attacker.copy()
  await submit(victim, '/login', { user: 'ada' })
  return { attackerIs: await whoIs(attacker), victimSees: await noteOf(victim) }
}

/** A copy of the cookies, taken while they were good, is sent after the logout. */
export async function replay(stack: Stack): Promise<{ victimIs: string; thiefIs: string }> {
  const victim = stack.browser()
  await submit(victim, '/login', { user: 'ada' })
  const thief = victim.copy()
  await submit(victim, '/logout')
  return { victimIs: await whoIs(victim), thiefIs: await whoIs(thief) }
}

/** A slow request of the same browser is under way during the logout, and answered after it. */
export async function resurrection(stack: Stack): Promise<{ slow: number; loggedOut: string; afterwards: string }> {
  const victim = stack.browser()
  await submit(victim, '/login', { user: 'ada' })
  const slow = submit(victim, '/slow-note', { note: 'late' })
  await stack.arrived()
  await submit(victim, '/logout')
  const loggedOut = await whoIs(victim)
  await stack.open()
  const { status } = await slow
  return { slow: status, loggedOut, afterwards: await whoIs(victim) }
}

/** A cookie that ends in a character outside of ASCII, as one byte and as two, under each of these names. */
export async function oddCookie(stack: Stack, names: readonly string[]): Promise<number[]> {
  const statuses: number[] = []
  for (const name of names) {
    for (const text of ['1|\u00e9', '1|\u00c3\u00a9']) {
      statuses.push((await stack.browser().get('/me', { cookie: `${name}=${text}` })).status)
    }
  }
  return [...new Set(statuses)]
}

/** Whether a form that was shown before the login is taken after it, from the page itself: 200, or 403 and the like. */
export async function tokenFromBefore(stack: Stack): Promise<number> {
  const attacker = stack.browser()
  const known = await tokenOf(attacker)
  const victim = attacker.copy()
  await submit(victim, '/login', { user: 'ada' })
  return (await victim.post('/note', { note: 'forged', csrf_token: known })).status
}
