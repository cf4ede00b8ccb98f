import { describe, expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createCookieProfile } from '../cookie/profile.ts'
import { createKeyring } from '../crypto/keyring.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import { createVisitors, VISITOR_FIELDS_BYTES, type Visitors } from './visitors.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = Date.UTC(2026, 0, 1)

function visitorsOf(name: string, secure: boolean, ...secrets: string[]): Visitors {
  const profile = createCookieProfile({ name, secure })
  const signed = createSignedFields(createKeyring(secrets), 'visitor', profile.name, VISITOR_FIELDS_BYTES)
  return createVisitors(profile.sibling('visitor'), signed, DAY)
}

const visitors = visitorsOf('session', false, 'secret')
const cookieOf = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'))
const { seed, setCookie } = visitors.make(NOW)
const brought = cookieOf(setCookie)

describe('the cookie of a visitor', () => {
  test.each(formatVectors.visitors)('of version 1 opens for ever: $cookieName', ({ cookieName, time, seed, value }) => {
    const old = visitorsOf(cookieName, cookieName.startsWith('__'), formatVectors.secret)
    const header = `${cookieName}-visitor=${value}`
    expect(old.seedOf(header, time)).toBe(seed)
    expect(old.seedOf(header, time + DAY - 1)).toBe(seed)
    expect(old.seedOf(header, time + DAY)).toBeNull()
  })

  test('is small, and goes when the browser closes', () => {
    expect(setCookie).toMatch(/^session-visitor=[\w-]{52}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(visitorsOf('session', true, 'secret').make(NOW).setCookie).toMatch(
      /^__Host-Http-session-visitor=[\w-]{52}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  test('brings its seed back, beside anything else', () => {
    expect(visitors.seedOf(brought, NOW)).toBe(seed)
    expect(visitors.seedOf(`a=b; ${brought}; session=x; session-visitors=${seed}`, NOW)).toBe(seed)
  })

  test('is made by every one anew', () => {
    expect(new Set(Array.from({ length: 100 }, () => visitors.make(NOW).seed)).size).toBe(100)
  })
})

describe('what is no seed', () => {
  const value = brought.slice('session-visitor='.length)
  test.each([
    ['no header', null],
    ['no cookie of that name', `session=${value}; xsession-visitor=${value}; Session-Visitor=${value}`],
    ['an empty one', 'session-visitor='],
    ['one cut off', brought.slice(0, -1)],
    ['one that goes on', `${brought}A`],
    ['one in quotes', `session-visitor="${value}"`],
    [
      'one that was tampered with',
      `session-visitor=${value.slice(0, 20)}${value[20] === 'A' ? 'B' : 'A'}${value.slice(21)}`,
    ],
    ['a bare seed', `session-visitor=${seed}`],
    ['one of another secret', cookieOf(visitorsOf('session', false, 'another').make(NOW).setCookie)],
    [
      'one of another name',
      `session-visitor=${cookieOf(visitorsOf('other', false, 'secret').make(NOW).setCookie).split('=')[1]}`,
    ],
  ])('%s', (_, header) => expect(visitors.seedOf(header, NOW)).toBeNull())
})

describe('time', () => {
  test('an old one counts up to the absolute limit', () => {
    expect(visitors.seedOf(brought, NOW + DAY - 1)).toBe(seed)
    expect(visitors.seedOf(brought, NOW + DAY)).toBeNull()
  })

  test('one from the future counts: another of our machines has a clock ahead', () => {
    expect(visitors.seedOf(brought, NOW - DAY * 365)).toBe(seed)
  })
})

describe('several of one name', () => {
  const other = visitors.make(NOW)

  test('the first that is ours and young enough counts', () => {
    const old = visitors.make(NOW - DAY)
    const forged = `session-visitor=${'A'.repeat(52)}`
    expect(visitors.seedOf([forged, cookieOf(old.setCookie), brought, cookieOf(other.setCookie)].join('; '), NOW)).toBe(
      seed,
    )
  })
})

describe('a secret that is replaced', () => {
  test('the cookie counts as long as the old one is known', () => {
    expect(visitorsOf('session', false, 'new', 'secret').seedOf(brought, NOW)).toBe(seed)
    expect(visitorsOf('session', false, 'new').seedOf(brought, NOW)).toBeNull()
  })
})

test('it is cleared where the browser has one, whatever it holds, and not otherwise', () => {
  expect(visitors.clear('session=x')).toBeNull()
  expect(visitors.clear('session-visitor=rubbish')).toMatch(/^session-visitor=; Max-Age=0; Path=\/; Expires=/)
})
