import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fwd, type Headers, type Row, read, reader, xff, xfh, xfp } from '../../test/support/proxy-rows.ts'
import { ConfigError } from '../errors.ts'
import { claimsHttps, createProxyReader } from './proxies.ts'

describe('by number', () => {
  test.each<Row>([
    ['one proxy', 1, '10.0.0.1', { ...xff('203.0.113.7'), ...xfp('https') }, { secure: true, address: '203.0.113.7' }],
    ['one proxy that says http', 1, '10.0.0.1', { ...xff('203.0.113.7'), ...xfp('http') }, { secure: false }],
    ['a scheme in upper case', 1, '10.0.0.1', xfp('HTTPS'), { secure: true }],
    ['a scheme that is none', 1, '10.0.0.1', xfp('httpss'), { secure: false }],
    [
      'one proxy that says nothing',
      1,
      '10.0.0.1',
      {},
      { secure: false, address: '10.0.0.1', host: null, isTrusted: true },
    ],
    ['an address a stranger put to the left', 1, '10.0.0.1', xff('127.0.0.1, 203.0.113.7'), { address: '203.0.113.7' }],
    [
      'a scheme a stranger put to the left',
      1,
      '10.0.0.1',
      { ...xff('a, 203.0.113.7'), ...xfp('https, http') },
      { secure: false },
    ],
    [
      'two proxies',
      2,
      '10.0.0.2',
      { ...xff('203.0.113.7, 10.0.0.1'), ...xfp('https, http') },
      { secure: true, address: '203.0.113.7' },
    ],
    [
      'two proxies, the outer scheme set anew',
      2,
      '10.0.0.2',
      { ...xff('203.0.113.7, 10.0.0.1'), ...xfp('https') },
      { secure: true },
    ],
    [
      'two proxies and a stranger',
      2,
      '10.0.0.2',
      { ...xff('1.1.1.1, 203.0.113.7, 10.0.0.1'), ...xfp('https, http, http') },
      { secure: false, address: '203.0.113.7' },
    ],
    [
      'more proxies than there are addresses',
      5,
      '10.0.0.1',
      { ...xff('203.0.113.7'), ...xfp('https') },
      { secure: true, address: '203.0.113.7' },
    ],
    [
      'a peer nobody tells',
      1,
      null,
      { ...xff('203.0.113.7'), ...xfp('https') },
      { secure: true, address: '203.0.113.7' },
    ],
    ['a port', 1, '10.0.0.1', xff('203.0.113.7:4711'), { address: '203.0.113.7' }],
    ['an IPv6 address', 1, '10.0.0.1', xff('2001:db8::7'), { address: '2001:db8::7' }],
    ['an IPv6 address in brackets', 1, '10.0.0.1', xff('[2001:db8::7]'), { address: '2001:db8::7' }],
    ['an IPv6 address with a port', 1, '10.0.0.1', xff('[2001:db8::7]:4711'), { address: '2001:db8::7' }],
    ['a name in place of an address', 1, '10.0.0.1', xff('unknown'), { address: null }],
    ['empty places in a list', 1, '10.0.0.1', xff(', ,203.0.113.7, ,'), { address: '203.0.113.7' }],
    ['a host', 1, '10.0.0.1', { ...xff('203.0.113.7'), ...xfh('app.example') }, { host: 'app.example' }],
    [
      'a host a stranger put to the left',
      1,
      '10.0.0.1',
      { ...xff('203.0.113.7'), ...xfh('evil.example, app.example') },
      { host: 'app.example' },
    ],
    ['TLS to us, from a proxy that was spoken to over http', 1, '10.0.0.1', xfp('http'), { secure: false }],
  ])('%s', (_, trust, address, headers, expected) => expect(read(trust, address, headers)).toMatchObject(expected))

  test('a proxy that says no scheme leaves what the socket says', () => {
    expect(read(1, '10.0.0.1', xff('203.0.113.7'), true).secure).toBe(true)
    expect(read(1, '10.0.0.1', xfp('http'), true).secure).toBe(false)
  })
})

describe('by address', () => {
  const inner = ['10.0.0.0/8', 'loopback']
  const all = { ...xff('203.0.113.7'), ...xfp('https'), ...xfh('app.example') }
  const stranger = { secure: false, address: '203.0.113.9', host: null, isTrusted: false }
  test.each<Row>([
    [
      'a proxy of ours',
      inner,
      '10.1.2.3',
      all,
      { secure: true, address: '203.0.113.7', host: 'app.example', isTrusted: true },
    ],
    ['a proxy on this machine', inner, '127.0.0.1', all, { secure: true }],
    ['one by IPv6', inner, '::1', all, { secure: true }],
    ['one by IPv4 inside IPv6', inner, '::ffff:10.1.2.3', all, { secure: true, address: '203.0.113.7' }],
    ['somebody else', inner, '203.0.113.9', all, stranger],
    ['somebody else, by Forwarded', inner, '203.0.113.9', fwd('for=10.0.0.1;proto=https;host=app.example'), stranger],
    ['an address next to ours', ['10.0.0.1/32'], '10.0.0.2', all, { isTrusted: false, address: '10.0.0.2' }],
    ['an IPv6 network', ['2001:db8::/32'], '2001:db8:1::1', all, { secure: true }],
    ['one outside the IPv6 network', ['2001:db8::/32'], '2001:db9::1', all, { isTrusted: false }],
    ['a peer nobody tells', inner, null, all, { isTrusted: false, secure: false, address: null }],
    [
      'two of ours',
      inner,
      '10.0.0.2',
      { ...xff('203.0.113.7, 10.0.0.1'), ...xfp('https, http') },
      { secure: true, address: '203.0.113.7' },
    ],
    [
      'ours, then a stranger who claims to be',
      inner,
      '10.0.0.2',
      { ...xff('10.9.9.9, 203.0.113.7'), ...xfp('https, http') },
      { secure: false, address: '203.0.113.7' },
    ],
    [
      'ours, then a name that hides',
      inner,
      '10.0.0.2',
      { ...xff('10.9.9.9, _hidden'), ...xfp('https, http') },
      { secure: false, address: null },
    ],
    ['ours all the way', inner, '10.0.0.2', xff('10.0.0.9, 10.0.0.1'), { address: '10.0.0.9' }],
    ['rubbish as an address', inner, '10.0.0.2', xff('10.0.0.1.5'), { address: null }],
  ])('%s', (_, trust, address, headers, expected) => expect(read(trust, address, headers)).toMatchObject(expected))
})

describe('whoever claims https', () => {
  test.each<[Headers, boolean]>([
    [{}, false],
    [xfp('http'), false],
    [xfp('https'), true],
    [xfp('HTTPS, http'), true],
    [fwd('for=a;proto=https'), true],
    [fwd('proto=http, for=b;PROTO="https"'), true],
    [fwd('for=a'), false],
  ])('%j: %s', (headers, claims) => expect(claimsHttps(reader(headers))).toBe(claims))
})

test('nothing a stranger sends throws, or makes a stranger’s peer believed', () => {
  const piece = fc.constantFrom(
    ...[
      'for=',
      'proto=https',
      'host=',
      '"',
      ',',
      ';',
      '=',
      '[',
      ']',
      ':',
      '::1',
      '10.0.0.1',
      '%eth0',
      ' ',
      '/',
      '\\',
      '_x',
      '1e9',
    ],
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded']
  const headers = fc.dictionary(fc.constantFrom(...names), text)
  const address = fc.oneof(fc.constantFrom(null, '', '203.0.113.9', 'fe80::1%eth0', 'unix:'), text)
  const readers = [createProxyReader(1), createProxyReader(3), createProxyReader(['10.0.0.0/8', '::1'])]
  fc.assert(
    fc.property(headers, address, fc.boolean(), (given, peer, secure) => {
      for (const forwarded of readers) forwarded({ secure, address: peer, headers: reader(given) })
      const [, , byAddress] = readers
      expect(byAddress?.({ secure, address: '203.0.113.9', headers: reader(given) })).toEqual({
        secure,
        address: '203.0.113.9',
        host: null,
        isTrusted: false,
      })
      claimsHttps(reader(given))
    }),
  )
})

test.each<[string, unknown]>([
  ['none', 0],
  ['a negative number', -1],
  ['a fraction', 1.5],
  ['no number', Number.NaN],
  ['true', true],
  ['an empty list', []],
  ['a list of numbers', [1]],
  ['a text alone', '10.0.0.0/8'],
  ['a name', ['proxy.internal']],
  ['a network that is none', ['10.0.0.0/33']],
  ['an address that is none', ['10.0.0']],
  ['null', null],
])('%s is refused at start-up', (_, trust) => {
  const make = () => createProxyReader(trust as number)
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'trustProxy' } }))
})
