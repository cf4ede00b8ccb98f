import { expect, test } from 'vitest'
import { cookieBytes, MAX_COOKIE_BYTES } from '../cookie/limit.ts'
import { createKeyring } from '../crypto/keyring.ts'
import { createSealer } from '../crypto/seal.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import { SessionError } from '../errors.ts'
import { sealedTransport } from './sealed.ts'
import { HEAD_BYTES } from './sealed-layout.ts'
import type { Outcome } from './transport.ts'

const keyring = createKeyring(['Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'])
const HOUR = 3_600_000

test.each(['s', 'session', 'a-name-as-long-as-that-of-a-whole-department'])(
  'a cookie called %s is kept to the last byte that browsers keep, its name counted, and refused after it',
  (cookieName) => {
    const transport = sealedTransport({
      sealer: createSealer(keyring, 'seal', cookieName),
      seen: createSignedFields(keyring, 'seen', cookieName, HEAD_BYTES),
      limits: { idle: HOUR, absolute: 2 * HOUR },
      admit: (held) => ({ type: 'live', held }),
      cookieName,
      revocations: null,
      onEvent() {},
    })
    const bytesWith = (chars: number): number => {
      const operations = [{ type: 'set', key: 'note', value: 'x'.repeat(chars) }] as const
      const outcome = transport.commit({ type: 'create', operations }, 1_800_000_000_000) as Outcome
      if (outcome.type !== 'set' || outcome.session === undefined) throw new Error('No cookie was made')
      return cookieBytes(cookieName, outcome.session)
    }
    let chars = 2800
    let most = 0
    expect(() => {
      for (;;) most = bytesWith(chars++)
    }).toThrow(SessionError)
    expect(most).toBeLessThanOrEqual(MAX_COOKIE_BYTES)
    // A byte more of text is at most two characters more of base64url.
    expect(most).toBeGreaterThanOrEqual(MAX_COOKIE_BYTES - 1)
  },
)
