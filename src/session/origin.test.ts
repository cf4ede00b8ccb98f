import { describe, expect, test } from 'vitest'
import { resolveOrigins } from './origin.ts'

const shops = (host: string) => (host.endsWith('.shops.example') ? `https://${host}` : null)

describe('an origin that a function finds', () => {
  const origins = resolveOrigins(shops, false)

  test('is production, and https', () => {
    expect(origins).toMatchObject({ list: [], development: false, secure: true, plain: false })
  })

  test.each([
    ['a.shops.example', 'https://a.shops.example'],
    ['A.Shops.Example', 'https://a.shops.example'],
    ['a.shops.example:8443', null],
    ['evil.example', null],
  ])('for the host %s', (host, origin) => expect(origins.at(host)?.origin ?? null).toBe(origin))

  test.each([
    null,
    '',
    ' ',
    'a.shops.example ',
    'user@a.shops.example',
    'a.shops.example/path/.shops.example',
    'evil.example#.shops.example',
    'evil.example?.shops.example',
    'evil.example\\.shops.example',
    'evil.example, a.shops.example',
    'evil.example:80:.shops.example',
    'evil.example:@a.shops.example',
    'a.shops.example:',
    'a.shops.example:123456',
    '[::1',
    '[::1].shops.example',
    'ä.shops.example',
    '%2e.shops.example',
    'a\r\n.shops.example',
  ])('what no Host header may hold is not handed on: %j', (host) => {
    const asked: string[] = []
    const { at } = resolveOrigins((given) => {
      asked.push(given)
      return 'https://app.example'
    }, false)
    expect(at(host)).toBeNull()
    expect(asked).toEqual([])
  })

  test.each([
    'a.example',
    'a.example:8080',
    'localhost',
    '127.0.0.1:3000',
    '[::1]',
    '[2001:db8::1]:443',
    'a_b.example',
    'a.example.',
  ])('what may be a host is: %s', (host) => {
    const asked: string[] = []
    resolveOrigins((given) => void asked.push(given) as never, false).at(host)
    expect(asked).toEqual([host])
  })

  test.each<[string, (host: string) => unknown]>([
    ['plain http', () => 'http://app.example'],
    ['http on this machine', () => 'http://localhost:3000'],
    ['another scheme', () => 'ftp://app.example'],
    ['a path', () => 'https://app.example/app'],
    ['a password', () => 'https://a:b@app.example'],
    ['no URL', () => 'app.example'],
    ['an empty text', () => ''],
    ['undefined', () => undefined],
    ['a promise', async () => 'https://app.example'],
    ['a list', () => ['https://app.example']],
    [
      'an error',
      () => {
        throw new Error('unknown host')
      },
    ],
  ])('a function that gives %s knows no such host', (_, find) => {
    expect(resolveOrigins(find as typeof shops, false).at('app.example')).toBeNull()
  })
})

describe('several origins', () => {
  const { at } = resolveOrigins(['https://a.example', 'https://b.example:8443', 'https://[::1]:9443'], false)

  test.each([
    ['a.example', 'https://a.example'],
    ['B.EXAMPLE:8443', 'https://b.example:8443'],
    ['[::1]:9443', 'https://[::1]:9443'],
    ['b.example', 'https://a.example'],
    ['evil.example', 'https://a.example'],
    ['a.example@evil.example', 'https://a.example'],
    ['', 'https://a.example'],
    [null, 'https://a.example'],
  ])('a request to %s is one to %s', (host, origin) => expect(at(host)?.origin).toBe(origin))
})
