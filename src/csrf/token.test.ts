import { createSecretKey, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring } from '../crypto/keyring.ts'
import { createCsrfTokens, type Seeds } from './token.ts'

const NAME = '__Host-Http-session'
const key = (text: string): KeyObject => createSecretKey(Buffer.from(text))
const tokensBy = (...keys: [string, ...string[]]) => {
  const [first, ...older] = keys
  return createCsrfTokens([key(first), ...older.map(key)], NAME)
}
const tokens = tokensBy('key')
const browser = (seeds: Partial<Seeds>): Seeds => ({ session: null, visitor: null, sameOrigin: false, ...seeds })

describe('a token', () => {
  test.each(formatVectors.csrfTokens)('of version 1 counts for ever: $kind of $cookieName', (vector) => {
    const [{ key: keyOf }] = createKeyring([formatVectors.secret]).all
    const made = createCsrfTokens([keyOf('csrf')], vector.cookieName)
    expect(made.judge(vector.text, browser({ [vector.kind]: vector.seed }))).toBeNull()
    expect(made.judge(vector.text, browser({ [vector.kind]: 'another seed' }))).toBe('other-session')
    // Ours, with the nonce put into the place of the vector's, has the same layout.
    const ours = Buffer.from(made.make(vector.kind, vector.seed), 'base64url')
    expect(ours.subarray(0, 2)).toEqual(Buffer.from(vector.text, 'base64url').subarray(0, 2))
    expect(ours).toHaveLength(Buffer.from(vector.text, 'base64url').length)
  })

  test('is another text every time and of one length, and every one counts', () => {
    const made = Array.from({ length: 200 }, () => tokens.make('session', 'seed'))
    expect(new Set(made).size).toBe(200)
    expect(new Set(made.map(({ length }) => length))).toEqual(new Set([67]))
    for (const token of made) expect(tokens.judge(token, browser({ session: 'seed' }))).toBeNull()
    // Nothing but version and kind is the same in two: not the seed, not a prefix of the key.
    const bytes = made.map((token) => Buffer.from(token, 'base64url'))
    for (let index = 2; index < 50; index++)
      expect(new Set(bytes.map((one) => one[index])).size, `byte ${index}`).toBeGreaterThan(50)
  })

  test('needs no escaping in HTML, in a URL or in a header', () => {
    for (let index = 0; index < 100; index++) expect(tokens.make('visitor', 'seed')).toMatch(/^[A-Za-z0-9_-]{67}$/)
  })
})

describe('the verdict', () => {
  const own = tokens.make('session', 'mine')
  const visitors = tokens.make('visitor', 'v1')
  const rows: readonly (readonly [
    what: string,
    token: string | null,
    seeds: Partial<Seeds>,
    verdict: string | null,
  ])[] = [
    ['no token', null, { session: 'mine' }, 'missing'],
    ['an empty token', '', { session: 'mine' }, 'missing'],
    ['no token from the same origin', null, { visitor: 'v1', sameOrigin: true }, 'missing'],
    ['the session’s own', own, { session: 'mine' }, null],
    ['the session’s own, beside a visitor’s cookie', own, { session: 'mine', visitor: 'v1' }, null],
    ['another session’s', own, { session: 'yours' }, 'other-session'],
    ['another session’s, from the same origin', own, { session: 'yours', sameOrigin: true }, 'other-session'],
    ['a session’s where it has ended', own, {}, 'other-session'],
    ['a session’s where it has ended, from the same origin', own, { visitor: 'v1', sameOrigin: true }, 'other-session'],
    ['a session’s, with its seed as the visitor’s', own, { visitor: 'mine' }, 'other-session'],
    ['the visitor’s own', visitors, { visitor: 'v1' }, null],
    ['the visitor’s own after a login', visitors, { visitor: 'v1', session: 'mine' }, 'before-login'],
    ['a visitor’s, with its seed as the session’s', visitors, { session: 'v1' }, 'before-login'],
    [
      'a visitor’s after a login, from the same origin',
      visitors,
      { session: 'mine', sameOrigin: true },
      'before-login',
    ],
    ['another visitor’s', visitors, { visitor: 'v2' }, 'other-session'],
    ['another visitor’s, from the same origin: two tabs', visitors, { visitor: 'v2', sameOrigin: true }, null],
    ['a visitor’s without the cookie', visitors, {}, 'other-session'],
    ['a visitor’s without the cookie, from the same origin', visitors, { sameOrigin: true }, null],
    ['another app’s', tokensBy('another key').make('session', 'mine'), { session: 'mine' }, 'malformed'],
    [
      'another cookie name’s',
      createCsrfTokens([key('key')], 'other').make('session', 'mine'),
      { session: 'mine' },
      'malformed',
    ],
    ['one cut off', own.slice(0, -1), { session: 'mine' }, 'malformed'],
    ['one with more behind it', `${own}A`, { session: 'mine' }, 'malformed'],
    ['one with padding', `${own}=`, { session: 'mine' }, 'malformed'],
    ['one in quotes', `"${own}"`, { session: 'mine' }, 'malformed'],
    ['two joined', `${own}, ${own}`, { session: 'mine' }, 'malformed'],
    ['letters of another alphabet', own.replace(/.$/, 'é'), { session: 'mine' }, 'malformed'],
    ['base64 in place of base64url', `+/${own.slice(2)}`, { session: 'mine' }, 'malformed'],
    ['another version', `Ag${own.slice(2)}`, { session: 'mine' }, 'malformed'],
  ]
  test.each(rows)('%s', (_, token, seeds, verdict) => expect(tokens.judge(token, browser(seeds))).toBe(verdict))

  test('changing any bit makes it malformed, also the one that says its kind', () => {
    for (const kind of ['session', 'visitor'] as const) {
      const bytes = Buffer.from(tokens.make(kind, 'seed'), 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Buffer.from(bytes)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const seeds = browser({ [kind]: 'seed', sameOrigin: true })
        expect(tokens.judge(changed.toString('base64url'), seeds), `bit ${bit}`).toBe('malformed')
      }
    }
  })

  test('another spelling of the same bytes is malformed', () => {
    const last = own.at(-1) ?? ''
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
      (letter) => letter !== last,
    )
    for (const letter of others) {
      expect(tokens.judge(own.slice(0, -1) + letter, browser({ session: 'mine' }))).toBe('malformed')
    }
  })

  test('a mark of one kind cannot be put beside the proof of another', () => {
    const [a, b] = [own, visitors].map((token) => Buffer.from(token, 'base64url'))
    const mixed = Buffer.concat([(a as Buffer).subarray(0, 34), (b as Buffer).subarray(34)])
    expect(
      tokens.judge(mixed.toString('base64url'), browser({ session: 'mine', visitor: 'v1', sameOrigin: true })),
    ).toBe('malformed')
  })

  test('never throws, whatever a stranger sends', () => {
    const seeds = browser({ session: 'mine', visitor: 'v1', sameOrigin: true })
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.base64String({ maxLength: 80 })),
        (token) => {
          expect(['missing', 'malformed']).toContain(tokens.judge(token, seeds))
        },
      ),
    )
  })
})

describe('secrets that rotate', () => {
  const seeds = browser({ session: 'mine' })

  test('a token of an older secret counts while the secret is there, and is malformed once it is retired', () => {
    const old = tokensBy('old').make('session', 'mine')
    expect(tokensBy('new', 'old').judge(old, seeds)).toBeNull()
    expect(tokensBy('new', 'newer', 'old').judge(old, browser({ session: 'yours' }))).toBe('other-session')
    expect(tokensBy('new').judge(old, seeds)).toBe('malformed')
  })

  test('the first secret makes them', () => {
    const made = tokensBy('new', 'old').make('session', 'mine')
    expect(tokensBy('new').judge(made, seeds)).toBeNull()
    expect(tokensBy('old').judge(made, seeds)).toBe('malformed')
  })
})
