import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { createPathMatcher, plainPath, shownPath } from './paths.ts'

describe('a path that everybody reads alike', () => {
  test.each([
    ['/', '/'],
    ['/login', '/login'],
    ['/login/', '/login/'],
    ['/a/b.c/~d', '/a/b.c/~d'],
    ['/login?next=//evil.example/../x;y%2f#z', '/login'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/%61dmin', '/%61dmin'],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['http://localhost/login?a', '/login'],
    ['HTTP://[::1]:80/login', '/login'],
  ])('%s', (url, path) => expect(plainPath(url)).toBe(path))

  test.each([
    '',
    '*',
    'login',
    '?x',
    'http://localhost',
    'http://localhost?x',
    'https://user:pass@app.example:8443/login',
    '//login',
    '/a//b',
    '/a/./b',
    '/a/../b',
    '/a/..',
    '/.',
    '/a;b',
    '/..;/a',
    '/a\\b',
    '/a#b',
    '/a#?b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/%2e%2e/a',
    '/a%3bb',
    '/a%252fb',
    '/a%00b',
    '/a%0d%0ab',
    '/a%7fb',
    '/a%',
    '/a%4',
    '/a%zz',
    '/a b',
    '/a\tb',
    '/a\r\nb',
    '/ä',
    '/\u0000',
    'http://localhost\\a/b',
    'http://localhost\\@evil.example/b',
    'javascript:/login',
    '\\login',
  ])('%j is none', (url) => expect(plainPath(url)).toBeNull())

  test('what a WHATWG parser reads otherwise is none, whatever was written', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      ';',
      'a',
      '?',
      '#',
      '%',
      ' ',
      '@',
      ':',
      '//',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom('', 'http://host', 'http://h'),
        (parts, before) => {
          const url = `${before}/${parts.join('')}`
          const path = plainPath(url)
          if (path !== null) expect(new URL(url, 'http://host').pathname).toBe(path)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the paths that are let through', () => {
  const isOpen = createPathMatcher('option', ['/login', '/assets/*', '/a/b'])

  test.each([
    '/login',
    '/login?x=/admin',
    'http://any.example/login',
    '/assets/',
    '/assets/x',
    '/assets/x/y.css',
    '/a/b',
  ])('%s is one', (url) => expect(isOpen(url)).toBe(true))

  test.each([
    '/Login',
    '/login/',
    '/login/x',
    '/loginx',
    '/log%69n',
    '//login',
    '/./login',
    '/x/../login',
    '/login;x',
    '/login#x',
    '/login%2f',
    '/login%00',
    '/assets',
    '/assetsx',
    '/ASSETS/x',
    '/assets/../admin',
    '/assets/..%2fadmin',
    '/assets/%2e%2e/admin',
    '/assets/..;/admin',
    '/assets//x',
    '/assets/..\\admin',
    '/a',
    '/a/b/c',
    '/admin?/login',
    'login',
    '*',
    '',
  ])('%s is none', (url) => expect(isOpen(url)).toBe(false))

  test('no list lets nothing through, and /* lets everything that reads in one way', () => {
    expect(createPathMatcher('option', [])('/')).toBe(false)
    const all = createPathMatcher('option', ['/*'])
    expect(['/', '/x', '/x/y'].map(all)).toEqual([true, true, true])
    expect(['//x', '/x/..;/y'].map(all)).toEqual([false, false])
  })

  test.each([
    ['no list', '/login'],
    ['nothing', null],
    ['a number in it', [1]],
    ['a path without its slash', ['login']],
    ['a star in the middle', ['/a/*/b']],
    ['a star without its slash', ['/a*']],
    ['a star alone', ['*']],
    ['two stars', ['/a/**']],
    ['a query', ['/a?b']],
    ['a fragment', ['/a#b']],
    ['dots', ['/a/../b']],
    ['two slashes', ['/a//b']],
    ['an encoded slash', ['/a%2fb']],
    ['a whole URL', ['https://app.example/a']],
    ['an empty one', ['']],
  ])('%s is refused at start-up', (_, patterns) => {
    const make = () => createPathMatcher('csrf.unsafeExempt', patterns as string[])
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: { option: 'csrf.unsafeExempt' } }))
  })
})

describe('a path for a log', () => {
  test.each([
    ['/a//b/../c', '/a//b/../c'],
    ['/reset?token=secret', '/reset'],
    ['/reset#token=secret', '/reset'],
    ['/reset#a?b', '/reset'],
    ['https://user:secret@app.example/reset?token=secret', '/reset'],
    ['*', '*'],
    ['', ''],
  ])('%s is shown as %s', (url, shown) => expect(shownPath(url)).toBe(shown))

  test('is not long', () => expect(shownPath(`/${'x'.repeat(5000)}`)).toHaveLength(200))
})
