import { describe, expect, test } from 'vitest'
import type { Committed } from '../../session/committed.ts'
import { applyCommitted, mergeCacheControl, mergeVary } from './headers.ts'

describe('Vary', () => {
  test.each([
    [null, 'Cookie'],
    ['', 'Cookie'],
    ['  ', 'Cookie'],
    ['Accept-Encoding', 'Accept-Encoding, Cookie'],
    ['Accept-Encoding, Origin', 'Accept-Encoding, Origin, Cookie'],
    // What names merely contain it is not it.
    ['X-Cookie', 'X-Cookie, Cookie'],
    ['Set-Cookie', 'Set-Cookie, Cookie'],
    // Said already, in whatever case; or everything said.
    ['Cookie', null],
    ['accept, COOKIE', null],
    ['Accept,cookie,Origin', null],
    ['*', null],
    ['Accept, *', null],
  ])('%j becomes %j', (current, merged) => {
    expect(mergeVary(current)).toBe(merged)
  })
})

describe('Cache-Control', () => {
  /** What the app said; what stands where the session was read; what stands where an owner was read or a cookie leaves. */
  const TABLE: readonly (readonly [app: string | null, read: string, strict: string])[] = [
    [null, 'private', 'private, no-store'],
    ['', 'private', 'private, no-store'],
    [' , ', 'private', 'private, no-store'],
    // The app's own word about time stands where that is allowed at all.
    ['max-age=60', 'max-age=60', 'private, no-store'],
    ['no-cache', 'no-cache', 'private, no-store, no-cache'],
    ['no-store', 'no-store', 'private, no-store'],
    ['private', 'private', 'no-store, private'],
    ['private, max-age=60', 'private, max-age=60', 'no-store, private'],
    ['private, no-store', 'private, no-store', 'private, no-store'],
    ['no-store, private', 'no-store, private', 'no-store, private'],
    ['must-revalidate, max-age=0', 'must-revalidate, max-age=0', 'private, no-store, must-revalidate'],
    // Public never stays, nor what only shared caches obey.
    ['public', 'private', 'private, no-store'],
    ['PUBLIC', 'private', 'private, no-store'],
    ['public, max-age=60', 'private, max-age=60', 'private, no-store'],
    ['max-age=60, s-maxage=600', 'private, max-age=60', 'private, no-store'],
    ['s-maxage=600', 'private', 'private, no-store'],
    ['proxy-revalidate', 'private', 'private, no-store'],
    ['public, private', 'private', 'no-store, private'],
    // What tells how long to keep means nothing beside no-store, and must-understand would even undo it.
    ['max-age=60, immutable', 'max-age=60, immutable', 'private, no-store'],
    [
      'max-age=1, stale-while-revalidate=2, stale-if-error=3',
      'max-age=1, stale-while-revalidate=2, stale-if-error=3',
      'private, no-store',
    ],
    ['must-understand, no-store', 'must-understand, no-store', 'private, no-store'],
    // Stricter, and neither about keeping nor about sharing: it stays.
    ['no-transform', 'no-transform', 'private, no-store, no-transform'],
    ['public, no-transform', 'private, no-transform', 'private, no-store, no-transform'],
    // Private for some fields alone is not private.
    ['private="X-Own"', 'private="X-Own"', 'private, no-store, private="X-Own"'],
    ['public, private="X-Own, X-Two"', 'private, private="X-Own, X-Two"', 'private, no-store, private="X-Own, X-Two"'],
    ['no-cache="Set-Cookie, X"', 'no-cache="Set-Cookie, X"', 'private, no-store, no-cache="Set-Cookie, X"'],
    // Commas inside quotes separate nothing, and a quote that never closes takes the rest.
    ['x="public, a", public', 'private, x="public, a"', 'private, no-store, x="public, a"'],
    ['x="public', 'x="public', 'private, no-store, x="public'],
    // An unknown directive is the app's affair.
    ['community="UCI"', 'community="UCI"', 'private, no-store, community="UCI"'],
  ]

  test.each(TABLE)('%j is %j where the session was read, %j where it must not be kept', (app, read, strict) => {
    expect(sorted(mergeCacheControl(app, 'private'))).toEqual(sorted(read))
    expect(sorted(mergeCacheControl(app, 'private, no-store'))).toEqual(sorted(strict))
  })

  test.each(TABLE)('merging a second time changes nothing: %j', (app) => {
    for (const required of ['private', 'private, no-store'] as const) {
      const once = mergeCacheControl(app, required)
      expect(mergeCacheControl(once, required)).toBe(once)
    }
  })

  test('text that was made to be slow to split is split at once', () => {
    const hostile = `${'"'.repeat(50_000)}${'\\"'.repeat(50_000)}`
    expect(mergeCacheControl(hostile, 'private, no-store')).toContain('no-store')
  })
})

/** The order of directives means nothing (RFC 9111, 5.2). */
function sorted(header: string): string[] {
  return (header.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []).map((directive) => directive.trim()).sort()
}

describe('the headers of an answer', () => {
  function applied(committed: Partial<Committed>, before: [string, string][] = []): [string, string][] {
    const headers = new Headers(before)
    applyCommitted(
      { setCookies: [], varies: false, cacheControl: null, clearSiteData: null, ...committed },
      {
        get: (name) => headers.get(name),
        set: (name, value) => headers.set(name, value),
        append: (name, value) => headers.append(name, value),
      },
    )
    return [...headers]
  }

  test('stay as they are where the session was not touched', () => {
    const before: [string, string][] = [
      ['cache-control', 'public'],
      ['vary', 'Accept'],
    ]
    expect(applied({}, before)).toEqual(before)
  })

  test('get each cookie as a line of its own, after those of others', () => {
    const cookies = applied({ setCookies: ['a=1; Path=/', 'b=2; Path=/'] }, [['set-cookie', 'own=1']])
    expect(cookies).toEqual([
      ['set-cookie', 'own=1'],
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2; Path=/'],
    ])
  })

  test('say what law 11 asks', () => {
    expect(applied({ varies: true, cacheControl: 'private' }, [['cache-control', 'public, max-age=9']])).toEqual([
      ['cache-control', 'private, max-age=9'],
      ['vary', 'Cookie'],
    ])
  })
})
