import { describe, expect, test } from 'vitest'
import { fwd, type Row, read, xff, xfp } from '../../test/support/proxy-rows.ts'

describe('Forwarded', () => {
  test.each<Row>([
    [
      'all of it',
      1,
      '10.0.0.1',
      fwd('for=203.0.113.7;proto=https;host=app.example;by=10.0.0.1'),
      { secure: true, address: '203.0.113.7', host: 'app.example' },
    ],
    [
      'quoted, with IPv6 and a port',
      1,
      '10.0.0.1',
      fwd('For="[2001:db8::7]:4711" ; Proto="https"; Host="app.example:8443"'),
      { secure: true, address: '2001:db8::7', host: 'app.example:8443' },
    ],
    [
      'two proxies',
      2,
      '10.0.0.2',
      fwd('for=203.0.113.7;proto=https, for=10.0.0.1;proto=http'),
      { secure: true, address: '203.0.113.7' },
    ],
    [
      'a stranger to the left',
      1,
      '10.0.0.1',
      fwd('for=127.0.0.1;proto=https, for=203.0.113.7;proto=http'),
      { secure: false, address: '203.0.113.7' },
    ],
    [
      'a proxy that names no scheme: a stranger’s does not count for it',
      1,
      '10.0.0.1',
      fwd('for=127.0.0.1;proto=https, for=203.0.113.7'),
      { secure: false, address: '203.0.113.7' },
    ],
    [
      'a proxy that names no host: a stranger’s does not count for it',
      1,
      '10.0.0.1',
      fwd('host=evil.example, for=203.0.113.7'),
      { host: null },
    ],
    [
      'a proxy that names no address: a stranger’s does not count for it',
      ['10.0.0.0/8'],
      '10.0.0.1',
      fwd('for=10.0.0.9, proto=http'),
      { secure: false, address: null },
    ],
    [
      'a quote that a stranger opens',
      1,
      '10.0.0.1',
      fwd('for="127.0.0.1;proto=https, for=203.0.113.7;proto=http'),
      { secure: false, address: '203.0.113.7' },
    ],
    ['an address that is hidden', 1, '10.0.0.1', fwd('for=_gazonk;proto=https'), { secure: true, address: null }],
    ['an unknown one', 1, '10.0.0.1', fwd('for=unknown'), { address: null }],
    [
      'X-Forwarded-* beside it: those count',
      1,
      '10.0.0.1',
      { ...fwd('for=1.1.1.1;proto=https'), ...xff('203.0.113.7'), ...xfp('http') },
      { secure: false, address: '203.0.113.7' },
    ],
    [
      'X-Forwarded-Proto alone beside it: nothing of it counts',
      1,
      '10.0.0.1',
      { ...fwd('for=1.1.1.1;host=evil.example'), ...xfp('https') },
      { secure: true, address: '10.0.0.1', host: null },
    ],
    ['no pairs in it', 1, '10.0.0.1', fwd(';;=;for;proto=;'), { secure: false, address: null, host: null }],
  ])('%s', (_, trust, address, headers, expected) => expect(read(trust, address, headers)).toMatchObject(expected))
})
