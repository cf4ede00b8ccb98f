import { describe, expect, test } from 'vitest'
import { factsOf, headerReader } from './facts.ts'

describe('headers as Node keeps them', () => {
  test.each([
    ['a name in lower case', { cookie: 'a=1' }, 'cookie', 'a=1'],
    ['asked for in another case', { cookie: 'a=1' }, 'Cookie', 'a=1'],
    ['kept as it is asked for', { Cookie: 'a=1' }, 'Cookie', 'a=1'],
    ['not there', {}, 'cookie', null],
    ['there without a value', { cookie: undefined }, 'cookie', null],
    ['empty', { cookie: '' }, 'cookie', ''],
    ['several cookies', { cookie: ['a=1', 'b=2'] }, 'cookie', 'a=1; b=2'],
    ['several of another name', { accept: ['text/html', 'image/png'] }, 'accept', 'text/html, image/png'],
    ['the host of HTTP/2, before a Host beside it', { ':authority': 'one', host: 'two' }, 'host', 'one'],
    ['the host of HTTP/1.1', { host: 'two' }, 'Host', 'two'],
  ] as const)('%s', (_, headers, name, value) => {
    expect(headerReader(headers).get(name)).toBe(value)
  })

  test('what a caller without types left out is not there', () => {
    expect(headerReader({ cookie: null } as never).get('cookie')).toBeNull()
  })
})

test('what is left out is a GET of /, by the scheme that the app lives on', () => {
  const headers = new Headers({ cookie: 'a=1' })
  expect(factsOf(headers, true)).toEqual({ method: 'GET', url: '/', headers, secure: true, address: null })
  expect(factsOf({ headers, secure: false, method: 'POST' }, true)).toMatchObject({ secure: false, method: 'POST' })
})
