import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTokenSearch, type FormType, formTypeOf } from './find-token.ts'

const LIMIT = 4096

describe('the type of a form', () => {
  test.each([
    ['application/x-www-form-urlencoded', 'urlencoded'],
    ['application/x-www-form-urlencoded; charset=UTF-8', 'urlencoded'],
    [' Application/X-WWW-Form-Urlencoded ;x', 'urlencoded'],
    ['multipart/form-data; boundary=x', 'multipart'],
    ['Multipart/Form-Data', 'multipart'],
    ['text/plain', null],
    ['text/plain; application/x-www-form-urlencoded', null],
    ['application/json', null],
    ['multipart/mixed', null],
    ['', null],
    [null, null],
  ])('%s is %s', (contentType, type) => expect(formTypeOf(contentType)).toBe(type))
})

/** What is found where the body comes in these pieces. */
function find(type: FormType, pieces: readonly string[], limit = LIMIT): string | null {
  const search = createTokenSearch(type, limit)
  for (const [index, piece] of pieces.entries()) {
    const found = search(Buffer.from(piece, 'latin1'), index === pieces.length - 1)
    if (found !== undefined) return found
  }
  throw new Error('The search goes on after the last piece')
}

const part = (head: string, content: string) => `--x\r\n${head}\r\n\r\n${content}\r\n`
const field = (content: string) => part('Content-Disposition: form-data; name="csrf_token"', content)
const file = (content: string) =>
  part('Content-Disposition: form-data; name="file"; filename="csrf_token"\r\nContent-Type: text/plain', content)

const FOUND: readonly (readonly [string, FormType, string, string])[] = [
  ['alone', 'urlencoded', 'csrf_token=abc', 'abc'],
  ['first', 'urlencoded', 'csrf_token=abc&a=b', 'abc'],
  ['last', 'urlencoded', 'a=b&csrf_token=abc', 'abc'],
  ['the first of two', 'urlencoded', 'csrf_token=abc&csrf_token=def', 'abc'],
  ['empty', 'urlencoded', 'csrf_token=&a=b', ''],
  ['after one whose name ends alike', 'urlencoded', 'my_csrf_token=no&csrf_token=abc', 'abc'],
  ['what is no token', 'urlencoded', `csrf_token=${'%20'.repeat(66)}`, '%20'.repeat(66)],
  ['first', 'multipart', `${field('abc')}${file('hello')}--x--\r\n`, 'abc'],
  ['after a small file', 'multipart', `${file('hello')}${field('abc')}--x--\r\n`, 'abc'],
  [
    'in a part with more headers',
    'multipart',
    part('content-disposition: form-data; name="csrf_token"\r\nX: y', 'abc'),
    'abc',
  ],
  ['without quotes or spaces', 'multipart', part('Content-Disposition:form-data;name=csrf_token', 'abc'), 'abc'],
  ['empty', 'multipart', field(''), ''],
]

const NOT_FOUND: readonly (readonly [string, FormType, string])[] = [
  ['an empty body', 'urlencoded', ''],
  ['another name', 'urlencoded', 'csrf_tokens=abc&xcsrf_token=abc&csrf_toke=n'],
  ['a value that is longer than any token', 'urlencoded', `csrf_token=${'a'.repeat(201)}`],
  ['the name as a value', 'urlencoded', 'a=csrf_token'],
  ['an empty body', 'multipart', ''],
  ['a file of that name', 'multipart', part('Content-Disposition: form-data; name="csrf_token"; filename="a"', 'abc')],
  ['a file that is called so', 'multipart', file('abc')],
  ['a field that was cut off', 'multipart', field('abc').slice(0, -2)],
  [
    'a part that has no end of its head',
    'multipart',
    'Content-Disposition: form-data; name="csrf_token"\r\n'.repeat(50),
  ],
]

describe('the field', () => {
  test.each(FOUND)('%s (%s)', (_, type, body, token) => expect(find(type, [body])).toBe(token))
  test.each(NOT_FOUND)('is not found in %s (%s)', (_, type, body) => expect(find(type, [body])).toBeNull())

  test('is found however the body is cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 })
    const padding = fc.nat(3000)
    fc.assert(
      fc.property(fc.constantFrom(...FOUND), padding, cuts, ([, type, body, token], size, at) => {
        const before = type === 'urlencoded' ? `p=${'x'.repeat(size)}&` : part('X: y', 'x'.repeat(size))
        const whole = before + body
        const edges = [...at.map((one) => one % whole.length), whole.length].sort((a, b) => a - b)
        const pieces = edges.map((edge, index) => whole.slice(edges[index - 1] ?? 0, edge))
        expect(find(type, pieces)).toBe(token)
      }),
    )
  })

  test('is found byte by byte, and once it was found nothing more is asked for', () => {
    for (const [, type, body, token] of FOUND) expect(find(type, [...body, ''])).toBe(token)
    const search = createTokenSearch('multipart', LIMIT)
    expect(search(Buffer.from(`${field('abc')}${'x'.repeat(4000)}`), false)).toBe('abc')
  })

  test('never throws and always ends, whatever the body is', () => {
    const text = fc.array(
      fc.constantFrom('csrf_token', '=', '&', '\r\n', '\n', 'content-disposition: form-data; name=', '"', ';', 'a'),
    )
    fc.assert(
      fc.property(
        text,
        fc.constantFrom<FormType>('urlencoded', 'multipart'),
        fc.integer({ min: 1, max: 100 }),
        (parts, type, limit) => {
          const found = find(type, parts.length === 0 ? [''] : parts, limit)
          expect(found === null || found.length <= 200).toBe(true)
        },
      ),
    )
  })
})

describe('the limit', () => {
  // However the network cuts a body, the answer is the same.
  test.each<[FormType, (before: number) => string]>([
    ['urlencoded', (before) => `${`p=${'x'.repeat(5000)}`.slice(0, before - 1)}&csrf_token=abc&q=r`],
    ['multipart', (before) => 'x'.repeat(before - 3) + field('abc')],
  ])('counts to the end of the field (%s)', (type, bodyWith) => {
    const length = (type === 'urlencoded' ? 'csrf_token=abc&' : field('abc').slice(3)).length
    const body = bodyWith(LIMIT - length)
    for (const cut of [1, 7, LIMIT - 20, LIMIT, body.length]) {
      const pieces = (text: string) => [text.slice(0, cut), text.slice(cut), '']
      expect(find(type, pieces(body)), `cut at ${cut}`).toBe('abc')
      expect(find(type, pieces(bodyWith(LIMIT - length + 1))), `one byte further, cut at ${cut}`).toBeNull()
    }
  })

  test('a body that ends at the limit is a whole one', () => {
    expect(find('urlencoded', ['csrf_token=abc'], 14)).toBe('abc')
    expect(find('urlencoded', ['csrf_token=abc', ''], 14)).toBe('abc')
    expect(find('urlencoded', ['csrf_token=abcd'], 14)).toBeNull()
    expect(find('urlencoded', ['csrf_token=abc', 'd'], 14)).toBeNull()
  })

  test('a body without its field is given up at the limit, and not before', () => {
    const search = createTokenSearch('urlencoded', LIMIT)
    expect(search(Buffer.alloc(LIMIT, 'a'), false)).toBeUndefined()
    expect(search(Buffer.from('a'), false)).toBeNull()
  })
})
