import { parseCookie } from 'cookie'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cookieValues } from './parse.ts'

const NAME = '__Host-session'

/** Everything some language calls white space, and only the first two of which a cookie does. */
const UNICODE_SPACES = [
  0x0b, 0x0c, 0x85, 0xa0, 0x1680, 0x180e, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
  0x2009, 0x200a, 0x200b, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
].map((code) => String.fromCharCode(code))

/** The same answer the slow and obvious way. */
function plainly(header: string, name: string): string[] {
  const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')
  return header
    .split(';')
    .filter((pair) => pair.includes('='))
    .map((pair) => [trim(pair.slice(0, pair.indexOf('='))), trim(pair.slice(pair.indexOf('=') + 1))] as const)
    .filter(([found]) => found === name)
    .map(([, value]) => value)
}

describe('a value is found', () => {
  test.each([
    ['alone', 'session=abc', ['abc']],
    ['first, in the middle and last', 'session=a; x=1; session=b; y=2; session=c', ['a', 'b', 'c']],
    ['without a space after the semicolon', 'x=1;session=abc;y=2', ['abc']],
    ['between spaces and tabs', 'x=1; \t session \t=\t abc \t; y=2', ['abc']],
    ['with an equals sign in it', 'session=a=b==', ['a=b==']],
    ['empty', 'session=; x=1', ['']],
    ['empty at the end', 'x=1; session=', ['']],
    ['of nothing but space', 'session=  ; x=1', ['']],
    ['twice the same', 'session=a; session=a', ['a', 'a']],
    ['behind empty pairs', ';; ; session=abc;', ['abc']],
    ['behind a pair without an equals sign', 'theme; session=abc', ['abc']],
    ['raw: quotes stay', 'session="abc"', ['"abc"']],
    ['raw: percent signs stay', 'session=%41%3B', ['%41%3B']],
    ['raw: inner space and commas stay', 'session=a b, c', ['a b, c']],
  ])('%s', (_, header, values) => {
    expect(cookieValues(header, 'session')).toEqual(values)
  })
})

describe('nothing is found', () => {
  test.each([
    ['in no header', null],
    ['in no header', undefined],
    ['in an empty header', ''],
    ['in other cookies', 'x=1; y=2'],
    ['under a longer name', 'session2=a; session-seen=b; mysession=c; my session=d'],
    ['under a name in other case', 'Session=a; SESSION=b'],
    ['in a name without an equals sign', 'session; session'],
    ['in a value that looks like a pair', 'x=session=abc; y= session=abc'],
    ['in a nameless cookie', '=session=abc; ==session=abc'],
    ['in a header where a comma stands for the semicolon', 'x=1, session=abc'],
    ['across a line break', 'x=1;\r\nsession=abc; y=1\nsession=abc'],
  ])('%s', (_, header) => {
    expect(cookieValues(header, 'session')).toEqual([])
  })

  test('when no name is asked for', () => {
    expect(cookieValues('=a; b=c; ', '')).toEqual([])
  })

  test('and nothing is allocated for it, nor can it be changed for others', () => {
    const nothing = cookieValues('x=1', 'session')
    expect(cookieValues(undefined, 'session')).toBe(nothing)
    expect(Object.isFrozen(nothing)).toBe(true)
  })
})

describe('a neighbour cannot pass a cookie off as ours', () => {
  test.each(UNICODE_SPACES.map((space) => [space.charCodeAt(0).toString(16), space] as const))(
    'with U+%s around the name',
    (_, space) => {
      for (const name of [space + NAME, NAME + space, space + NAME + space]) {
        expect(cookieValues(`${name}=evil`, NAME)).toEqual([])
        expect(cookieValues(`x=1; ${name}=evil; ${NAME}=good`, NAME)).toEqual(['good'])
      }
      expect(cookieValues(`${NAME}=${space}v${space}`, NAME)).toEqual([`${space}v${space}`])
    },
  )

  test.each([
    ['$Version=1; __Host-session=good', ['good']],
    ['$Version=1,__Host-session=evil', []],
    ['$Version="1"; x="1"; $Path="/"; __Host-session=good; $Path="/"', ['good']],
    ['$Version=1; a="x; __Host-session=good; b=y"', ['good']],
    ['__Host-session="a; x=1; b"', ['"a']],
    ['%5f%5fHost-session=evil', []],
    ['__Host%2dsession=evil', []],
    ['..Host-session=evil', []],
    ['__host-session=evil', []],
    ['=__Host-session=evil', []],
    [' =__Host-session=evil', []],
    ['__Host-session\0=evil', []],
    ['\0__Host-session=evil', []],
    ['__Host-session[]=evil', []],
    ['x=__Host-session=evil', []],
    ['x= __Host-session=evil', []],
  ])('with the header %o', (header, values) => {
    expect(cookieValues(header, NAME)).toEqual(values)
  })

  test('and names that mean something to objects are names like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(cookieValues('x=1', name)).toEqual([])
      expect(cookieValues(`${name}=v`, name)).toEqual(['v'])
    }
  })
})

describe('any header', () => {
  const name = fc.constantFrom('a', 'aa', 'ab', 'session', '__proto__')
  const piece = fc.constantFrom(
    'a',
    'b',
    'aa',
    'session',
    '=',
    ';',
    '; ',
    ' ',
    '\t',
    '"',
    ',',
    '%61',
    '\u00a0',
    '__proto__',
  )
  const header = fc.oneof(
    fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )

  test('is read like the cookie library reads it', () => {
    fc.assert(
      fc.property(header, name, (text, wanted) => {
        const theirs = parseCookie(text, { decode: (value) => value })[wanted]
        expect(cookieValues(text, wanted)[0]).toBe(theirs)
      }),
      { numRuns: 3_000 },
    )
  })

  test('gives every value, in order', () => {
    fc.assert(
      fc.property(header, name, (text, wanted) => {
        expect(cookieValues(text, wanted)).toEqual(plainly(text, wanted))
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['spaces', ' '.repeat(100_000)],
    ['the name over and over', 'session'.repeat(20_000)],
    ['the name between spaces', `${' '.repeat(50)}session`.repeat(2_000)],
    ['equals signs', 'session='.repeat(20_000)],
  ])('of a hundred thousand %s is read', (_, text) => {
    expect(cookieValues(text, 'session')).toEqual(plainly(text, 'session'))
  })
})
