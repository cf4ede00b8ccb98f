import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring } from './keyring.ts'
import { createTokens, randomOf } from './token.ts'

const NAME = '__Host-Http-session'

const tokensOf = (...secrets: string[]) => createTokens(createKeyring(secrets), NAME)

test('a token that was issued opens to the same id and key', () => {
  const tokens = tokensOf('secret')
  const token = tokens.issue()
  expect(token.text).toHaveLength(66)
  expect(randomOf(token)).toHaveLength(32)
  expect(tokens.open(token.text)).toEqual({ ok: true, token })
})

test('no two tokens share an id, a key or a text', () => {
  const tokens = tokensOf('secret')
  const issued = Array.from({ length: 1_000 }, () => tokens.issue())
  for (const part of ['text', 'key'] as const) expect(new Set(issued.map((token) => token[part])).size).toBe(1_000)
  expect(new Set(issued.map((token) => randomOf(token).toString('hex'))).size).toBe(1_000)
})

test('the key is a hash of the cookie name and the id, and tells nothing of the token', () => {
  const token = tokensOf('secret').issue()
  const { key, text } = token
  expect(key).toBe(createHash('sha256').update(NAME).update('\0').update(randomOf(token)).digest('base64url'))
  expect(text).not.toContain(key)
})

test.each(formatVectors.tokens)('a token opens for ever: $cookieName', ({ cookieName, random, text, key }) => {
  const opened = createTokens(createKeyring([formatVectors.secret]), cookieName).open(text)
  expect(opened).toEqual({ ok: true, token: { text, key, current: true } })
  expect(opened.ok && randomOf(opened.token).toString('hex')).toBe(random)
})

test('a token of an old secret keeps its id and key when it is issued again under the first', () => {
  const old = tokensOf('old').issue()
  const both = tokensOf('new', 'old')
  const opened = both.open(old.text)
  expect(opened).toEqual({ ok: true, token: { ...old, current: false } })

  const again = both.reissue(old)
  expect(again).toMatchObject({ key: old.key, current: true })
  expect(randomOf(again)).toEqual(randomOf(old))
  expect(again.text).not.toBe(old.text)
  expect(tokensOf('new').open(again.text)).toEqual({ ok: true, token: again })
})

test('a token is forged under another secret and in another cookie, which would store it elsewhere too', () => {
  const vector = formatVectors.tokens.map(({ key }) => key)
  expect(new Set(vector).size).toBe(vector.length)

  const { text } = tokensOf('secret').issue()
  expect(tokensOf('other').open(text)).toEqual({ ok: false, reason: 'forged' })
  expect(createTokens(createKeyring(['secret']), 'session').open(text)).toEqual({ ok: false, reason: 'forged' })
})

test('an invented token is refused with a reason', () => {
  const tokens = tokensOf('secret')
  const invented = Buffer.alloc(49, 1).toString('base64url')
  expect(tokens.open(invented)).toEqual({ ok: false, reason: 'forged' })
  for (const text of ['', 'undefined', 's%3Aabc.def', 'A'.repeat(66), 'A'.repeat(100_000)]) {
    expect(tokens.open(text)).toEqual({ ok: false, reason: 'undecodable' })
  }
})
