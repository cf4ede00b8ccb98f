/** The attacks that succeed in `flask.test.ts`, step by step the same, against sojourn on Express. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionsOptions } from '../../../src/index.ts'
import { memoryStore } from '../../../src/store/memory.ts'
import { fixation, oddCookie, replay, resurrection } from './attacks.ts'
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
})
