/**
 * Where to go after the login: real results of Django's guard as the floor, attacks beyond it, and a property.
 */

import querystring from 'node:querystring'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../test/vector/next-url.json' with { type: 'json' }
import { safeNext } from './next-url.ts'

const ORIGIN = 'https://site.test'

describe('never laxer than Django', () => {
  // Spelled out in JSON, and cut: a row's name must not write control characters to a terminal.
  const rows = vectors.vectors.map((row) => [JSON.stringify(row.url).slice(0, 80), row] as const)

  test.each(rows)('%s', (_, { url, allowed_host, django_http_or_https, django_require_https, whatwg_origin }) => {
    for (const [origin, django] of [
      [`https://${allowed_host}`, django_require_https],
      [`http://${allowed_host}`, django_http_or_https],
    ] as const) {
      const next = safeNext(url, origin)
      if (next === null) continue
      expect(django).toBe(true)
      expect(new URL(url, origin).origin).toBe(origin)
      expect(new URL(next, origin).origin).toBe(origin)
      if (origin === ORIGIN) expect(whatwg_origin).toBe(origin)
    }
  })

  test('what is refused beyond it is known, row by row', () => {
    const stricter = vectors.vectors
      .filter((row) => row.django_require_https && safeNext(row.url, ORIGIN) === null)
      .map((row) => row.url)
    expect(stricter).toEqual([
      'a',
      '?x=1',
      '#f',
      '  /a',
      '/%5cevil.com',
      '/%2f%2fevil.com',
      '/\tevil.com',
      '/a\u0000b',
      '/..//evil.com',
      '/./evil.com',
      '/a/..//..//evil.com',
      '.evil.com',
      '@evil.com',
      ':80/a',
      'site.test/a',
      '\uff0f\uff0fevil.com',
    ])
  })
})

describe('accepted', () => {
  test.each([
    ['/', '/'],
    ['/a/b?c=d#e', '/a/b?c=d#e'],
    ['/search?q=a b', '/search?q=a%20b'],
    ['/profil/é', '/profil/%C3%A9'],
    ['/a//b', '/a//b'],
    ['/@ada', '/@ada'],
    ['/.well-known/change-password', '/.well-known/change-password'],
    ['/a...b/...', '/a...b/...'],
    ['/go?to=https://other.example//x/../y', '/go?to=https://other.example//x/../y'],
    ['/a?next=%2Fb%3Fc', '/a?next=%2Fb%3Fc'],
    ['/#//x', '/#//x'],
    ['/a%2Fb', '/a%2Fb'],
    ['/100%', '/100%'],
    ['/note?text=a%0Ab%5C..', '/note?text=a%0Ab%5C..'],
    ['https://site.test', '/'],
    ['https://site.test/a?b#c', '/a?b#c'],
    ['https://site.test?b', '/?b'],
    ['https://site.test#c', '/#c'],
  ])('%j becomes %j', (candidate, path) => {
    expect(safeNext(candidate, ORIGIN)).toBe(path)
  })

  test('an origin with a port, or with an IPv6 address, keeps both', () => {
    expect(safeNext('http://localhost:3000/a', 'http://localhost:3000')).toBe('/a')
    expect(safeNext('http://[::1]:3000/a', 'http://[::1]:3000')).toBe('/a')
    expect(safeNext('http://localhost:30001/a', 'http://localhost:3000')).toBeNull()
  })

  test('2048 characters, and not one more, as written or as spelled by the parser', () => {
    expect(safeNext(`/${'a'.repeat(2047)}`, ORIGIN)).toHaveLength(2048)
    expect(safeNext(`/${'a'.repeat(2048)}`, ORIGIN)).toBeNull()
    expect(safeNext(`/${'é'.repeat(1000)}`, ORIGIN)).toBeNull()
  })
})

describe('refused', () => {
  test.each([
    ...['', 'a', './a', '../a', ' /a', '\u00a0/a', '\ufeff/a', '\u2028/a', '/a\u2029'],
    ...['//evil.test', '///evil.test', '/\\evil.test', '\\/evil.test', '/a\\b', '//site.test/a', '//'],
    ...['/\t/evil.test', '/\r\n/evil.test', '/a\nSet-Cookie: x=1', '/a\u007f', '/a\u0085'],
    ...['/%09/evil.test', '/%0d%0a/evil.test', '/a%00b', '/..%2f%2fevil.test', '/a%2f..%2f%2fevil.test', '/%252e/a'],
    ...['/%2f%2fevil.test', '/%2F/evil.test', '/%5cevil.test', '/%5C%5Cevil.test'],
    ...['/..//evil.test', '/a/../..//evil.test', '/./ /evil.test', '/%2e%2e//evil.test', '/.%2E/a', '/a/.', '/..'],
    ...['javascript:alert(1)', 'JavaScript://site.test/%0aalert(1)', 'data:text/html,x', 'blob:https://site.test/x'],
    ...[
      'https://site.test@evil.test/',
      'https://evil.test@site.test/',
      'https://:@site.test/',
      'https://site.test:443/',
    ],
    ...['https://site.test.evil.test', 'https://site.test\\@evil.test', 'https://site.test//evil.test', 'https:/a'],
    ...['http://site.test/a', 'HTTPS://site.test/a', 'https://SITE.test/a', 'https://site.tes', 'https:site.test/a'],
  ])('%j', (candidate) => {
    expect(safeNext(candidate, ORIGIN)).toBeNull()
  })

  test.each([null, undefined, 42, {}, ['/a']])('%j, which is no text', (candidate) => {
    expect(safeNext(candidate as unknown as string, ORIGIN)).toBeNull()
  })

  test.each(['', 'null', 'site.test', 'https://site.test/', 'https://', 'about:blank'])(
    'everything, for the origin %j that is none',
    (origin) => {
      expect([safeNext('/a', origin), safeNext(`${origin}/a`, origin)]).toEqual([null, null])
    },
  )
})

test('whatever comes in, what comes out is a path on this origin and stays itself', () => {
  const piece = fc.constantFrom(
    ...[
      '/',
      '//',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5C',
      '@',
      ':',
      '?',
      '#',
      ' ',
      '\t',
      '\n',
      '\0',
      '%',
      '%00',
      '%09',
      '%2e%2e',
      '%25',
      ';',
    ],
    ...['evil.test', 'site.test', 'https:', 'https://', 'https://site.test', 'javascript:', 'a', 'é', '。', '\u2028'],
  )
  const candidate = fc.oneof(
    fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string({ unit: 'binary' }).map((text) => `/${text}`),
    fc.string({ unit: 'binary' }),
  )
  const origin = fc.constantFrom(ORIGIN, 'http://site.test', 'http://localhost:3000', 'http://[::1]:8080')
  fc.assert(
    fc.property(candidate, origin, (text, own) => {
      const next = safeNext(text, own)
      if (next === null) return
      expect(next).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/)
      expect(new URL(next, own).origin).toBe(own)
      expect(new URL(next, `${own}/deep/down/`).href).toBe(own + next)
      const decoded = next.replace(/^[^?#]*/, (path) => querystring.unescape(path))
      expect(new URL(decoded, own).origin).toBe(own)
      expect(new URL(text, own).origin).toBe(own)
      expect(safeNext(next, own)).toBe(next)
    }),
    { numRuns: 3000 },
  )
})
