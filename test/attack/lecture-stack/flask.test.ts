/** What succeeds against Debian's Flask with Flask-Login and Flask-WTF. `ours.test.ts` tries the same against sojourn. */
import { afterAll, describe, expect, test } from 'vitest'
import { fixation, oddCookie, replay, resurrection, tokenFromBefore } from './attacks.ts'
import { flaskIsHere, startFlask } from './stack.ts'

const flask = flaskIsHere() ? { cookie: await startFlask(), rows: await startFlask('rows') } : null
afterAll(async () => {
  await flask?.cookie.close()
  await flask?.rows.close()
})

describe('Flask', () => {
  test('is here, or is said to be left out', () => {
    expect(flask === null && process.env.CI === 'true').toBe(false)
  })
  if (flask === null) return

  test('fixation: what the attacker planted is in the session of the login', async () => {
    expect(await fixation(flask.cookie)).toEqual({ attackerIs: '401', victimSees: 'planted' })
  })

  test('fixation, with sessions on the server: the attacker is logged in as the victim', async () => {
    expect(await fixation(flask.rows)).toEqual({ attackerIs: 'ada', victimSees: 'planted' })
  })

  test('the secret of forms is the same after the login: a token the attacker knows is taken', async () => {
    expect(await tokenFromBefore(flask.cookie)).toBe(200)
    expect(await tokenFromBefore(flask.rows)).toBe(200)
  })

  test('replay: a copy of the cookie logs in after the logout', async () => {
    expect(await replay(flask.cookie)).toEqual({ victimIs: '401', thiefIs: 'ada' })
  })

  test('resurrection: a slow request logs in again who has logged out', async () => {
    expect(await resurrection(flask.cookie)).toEqual({ slow: 200, loggedOut: '401', afterwards: 'ada' })
  })

  test('a remember cookie that ends in é is an internal error', async () => {
    expect(await oddCookie(flask.cookie, ['remember_token'])).toEqual([500])
  })
})
