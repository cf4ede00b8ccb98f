import { parseSetCookie } from 'cookie'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { type CookieProfileOptions, createCookieProfile } from './profile.ts'

const SECONDS_IN_400_DAYS = 34_560_000

/** What a JavaScript caller may pass, whatever the types say. */
const profileOf = (options: object) => createCookieProfile({ secure: true, ...options } as CookieProfileOptions)

const refused = (text: string | RegExp) =>
  expect.objectContaining({ code: 'COOKIE_INVALID', message: expect.stringMatching(text) })

describe('with no setting', () => {
  const profile = createCookieProfile({ secure: true })

  test('the cookie is bound to its host, to https and to the server', () => {
    expect(profile).toMatchObject({ name: '__Host-Http-session', secure: true })
    expect(profile.set('VALUE')).toBe('__Host-Http-session=VALUE; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  test('it is cleared by the same attributes', () => {
    expect(profile.clear()).toBe(
      '__Host-Http-session=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    )
  })

  test('its siblings look like it', () => {
    const seen = profile.sibling('seen')
    expect(seen).toMatchObject({ name: '__Host-Http-session-seen', secure: true })
    expect(seen.set('V')).toBe('__Host-Http-session-seen=V; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(seen.clear()).toBe(profile.clear().replace('session', 'session-seen'))
  })

  test('on http of this machine it is plain', () => {
    const local = createCookieProfile({ secure: false })
    expect(local).toMatchObject({ name: 'session', secure: false })
    expect(local.set('VALUE')).toBe('session=VALUE; Path=/; HttpOnly; SameSite=Lax')
  })
})

test('every attribute asked for is in every header', () => {
  const profile = profileOf({ name: 'id', domain: 'example.com', sameSite: 'none', partitioned: true })
  const attributes = {
    path: '/',
    domain: 'example.com',
    httpOnly: true,
    secure: true,
    partitioned: true,
    sameSite: 'none',
  }
  expect(parseSetCookie(profile.set('V'))).toEqual({ name: '__Secure-id', value: 'V', ...attributes })
  expect(parseSetCookie(profile.set('V', 60))).toEqual({ name: '__Secure-id', value: 'V', maxAge: 60, ...attributes })
  expect(parseSetCookie(profile.clear())).toEqual({
    name: '__Secure-id',
    value: '',
    maxAge: 0,
    expires: new Date(0),
    ...attributes,
  })
})

describe('Max-Age', () => {
  test.each([
    [1, 1],
    [59.9, 59],
    [0.5, 0],
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
    [SECONDS_IN_400_DAYS, SECONDS_IN_400_DAYS],
    [SECONDS_IN_400_DAYS + 1, SECONDS_IN_400_DAYS],
    [Number.POSITIVE_INFINITY, SECONDS_IN_400_DAYS],
  ])('for %d seconds is %d', (seconds, maxAge) => {
    expect(profileOf({}).set('V', seconds)).toBe(
      `__Host-Http-session=V; Max-Age=${maxAge}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    )
  })
})

describe('the prefix', () => {
  test.each([
    // options, the name that comes out
    [{}, '__Host-Http-session'],
    [{ name: 'id' }, '__Host-Http-id'],
    [{ domain: 'example.com' }, '__Secure-session'],
    [{ name: 'id', domain: 'example.com' }, '__Secure-id'],
    [{ secure: false }, 'session'],
    [{ secure: false, domain: 'app.localhost' }, 'session'],
    [{ name: '__Host-Http-id' }, '__Host-Http-id'],
    [{ name: '__Host-id' }, '__Host-id'],
    [{ name: '__Http-id' }, '__Http-id'],
    [{ name: '__Secure-id' }, '__Secure-id'],
    [{ name: '__Http-id', domain: 'example.com' }, '__Http-id'],
    [{ name: '__Secure-id', domain: 'example.com' }, '__Secure-id'],
    [{ name: 'Host__id' }, '__Host-Http-Host__id'],
    [{ name: '__Hostid' }, '__Host-Http-__Hostid'],
  ])('for %o gives %s', (options, name) => {
    expect(profileOf(options).name).toBe(name)
  })

  test.each([
    [{ name: '__Host-id', domain: 'example.com' }, /"__Host-id": .* together with a domain/],
    [{ name: '__Host-Http-id', domain: 'example.com' }, /"__Host-Http-id": .* together with a domain/],
    [{ name: '__Host-Http-id', secure: false }, /prefix __Host-Http- without https/],
    [{ name: '__Host-id', secure: false }, /prefix __Host- without https/],
    [{ name: '__Http-id', secure: false }, /prefix __Http- without https/],
    [{ name: '__Secure-id', secure: false }, /prefix __Secure- without https/],
    [{ name: '__host-id' }, /misspelt.*Write __Host-$/],
    [{ name: '__HOST-HTTP-id' }, /misspelt.*Write __Host-Http-$/],
    [{ name: '__Host-http-id' }, /misspelt.*Write __Host-Http-$/],
    [{ name: '__http-id' }, /misspelt.*Write __Http-$/],
    [{ name: '__secure-id', domain: 'example.com' }, /misspelt.*Write __Secure-$/],
  ])('refuses %o', (options, text) => {
    expect(() => profileOf(options)).toThrow(refused(text))
  })
})

describe('what a browser would refuse is refused at start-up', () => {
  test.each([
    [{ secure: false, sameSite: 'none' }, /sameSite is 'none' without https/],
    [{ secure: false, partitioned: true }, /partitioned is set without https/],
    [{ name: '' }, /name "": /],
    [{ name: 'my session' }, /name "my session": /],
    [{ name: 'sess\u00efon' }, /is made of letters/],
    [{ domain: '' }, /domain "": it is no domain name/],
    [{ domain: 'example.com.' }, /domain "example.com.": it is no domain name/],
    [{ domain: 'exa mple.com' }, /it is no domain name/],
    [{ domain: 'https://example.com' }, /it is no domain name/],
    [{ domain: 'example.com:8080' }, /it is no domain name/],
  ])('%o', (options, text) => {
    expect(() => profileOf(options)).toThrow(refused(text))
    expect(() => profileOf(options)).toThrow(ConfigError)
  })

  test('a sibling with an impossible suffix', () => {
    expect(() => profileOf({}).sibling('a;b')).toThrow(refused(/"__Host-Http-session-a;b"/))
  })
})

describe('an option that is not what its type says is refused', () => {
  const liar = { toString: () => 'session', toLowerCase: () => 'lax' }

  test.each([null, 1, true, [], ['session'], {}, liar, Symbol('s'), new String('session')])('name %o', (name) => {
    expect(() => profileOf({ name })).toThrow(refused(/cookie name a value of type/))
  })

  test.each([null, 1, true, [], ['example.com'], {}, liar, new String('example.com')])('domain %o', (domain) => {
    expect(() => profileOf({ domain })).toThrow(refused(/cookie domain a value of type/))
  })

  test.each([null, true, false, 'Lax', 'NONE', '', 'lax; Domain=evil.test', ['lax'], liar])(
    'sameSite %o',
    (sameSite) => {
      expect(() => profileOf({ sameSite })).toThrow(refused(/sameSite is .*Pass 'lax', 'strict' or 'none'/))
    },
  )

  test.each([null, undefined, 0, 1, 'false', 'true', {}])('secure %o', (secure) => {
    expect(() => profileOf({ secure })).toThrow(refused(/secure is .*Pass true or false/))
  })

  test.each([null, 0, 1, 'false', {}])('partitioned %o', (partitioned) => {
    expect(() => profileOf({ partitioned })).toThrow(refused(/partitioned is .*Pass true or false/))
  })
})

describe('no byte in an option adds anything to the header', () => {
  const BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

  test('in the name', () => {
    const accepted = BYTES.filter((byte) => {
      const made = attempt({ name: `se${byte}ssion` })
      if (made === undefined) return false
      expect(parseSetCookie(made.set('V'))).toEqual({
        name: `__Host-Http-se${byte}ssion`,
        value: 'V',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'lax',
      })
      return true
    })
    expect(accepted.join('')).toBe("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~")
  })

  test.each([
    ['at the start of', (byte: string) => `${byte}example.com`, '.'],
    ['inside', (byte: string) => `exa${byte}mple.com`, '-.'],
    ['at the end of', (byte: string) => `example.com${byte}`, ''],
  ])('%s the domain', (_, domainWith, punctuation) => {
    const accepted = BYTES.filter((byte) => {
      const made = attempt({ domain: domainWith(byte) })
      if (made === undefined) return false
      expect(parseSetCookie(made.set('V')).domain).toBe(domainWith(byte))
      return true
    })
    expect(accepted.filter((byte) => !/[0-9A-Za-z]/.test(byte)).join('')).toBe(punctuation)
    expect(accepted.filter((byte) => /[0-9A-Za-z]/.test(byte))).toHaveLength(62)
  })

  test('and an error shows a control character escaped, never raw', () => {
    expect(() => profileOf({ name: 'a\r\nb' })).toThrow(refused(/"a\\r\\nb"/))
    expect(() => profileOf({ domain: 'a\r\nb' })).toThrow(refused(/"a\\r\\nb"/))
  })

  function attempt(options: object) {
    try {
      return profileOf(options)
    } catch (error) {
      expect(error).toEqual(refused(/^Cannot use the cookie /))
      return undefined
    }
  }
})
