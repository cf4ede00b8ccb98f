import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatVectors } from '../../test/vector/vectors.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import { createSealer } from './seal.ts'

const NAME = '__Host-Http-session'
const SECRET = 'a secret of the tests, long enough'
const PLAINTEXT = Buffer.from('{"theme":"dark"}')

const OVERHEAD = 45
const FORGED = { ok: false, reason: 'forged' }
const UNDECODABLE = { ok: false, reason: 'undecodable' }

const sealerOf = (...secrets: string[]) => createSealer(createKeyring(secrets), 'seal', NAME)

/** Prefix and rest of a value's nonce. */
function nonceOf(value: string): [prefix: string, rest: string] {
  const bytes = Buffer.from(value, 'base64url')
  return [bytes.toString('hex', 5, 17), bytes.toString('hex', 17, 29)]
}

/** The value with one byte changed. */
function changed(value: string, at: number, change: (byte: number) => number): string {
  const bytes = Buffer.from(value, 'base64url')
  bytes[at] = change(bytes.readUInt8(at))
  return bytes.toString('base64url')
}

describe('what was sealed', () => {
  test('opens again, whatever it was', () => {
    const sealer = sealerOf(SECRET)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3072 - OVERHEAD }), (bytes) => {
        const plaintext = Buffer.from(bytes)
        const value = sealer.seal(plaintext)
        expect(value).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(sealer.open(value)).toEqual({ ok: true, plaintext, current: true })
      }),
    )
  })

  test('stays what it was when another value is opened', () => {
    const sealer = sealerOf(SECRET)
    const opened = sealer.open(sealer.seal(PLAINTEXT))
    sealer.open(sealer.seal(Buffer.alloc(500)))
    expect(opened).toMatchObject({ plaintext: PLAINTEXT })
  })

  test.each(formatVectors.seals)('opens for ever: $purpose for $cookieName', (vector) => {
    const sealer = createSealer(createKeyring([formatVectors.secret]), vector.purpose, vector.cookieName)
    expect(sealer.open(vector.value)).toEqual({ ok: true, plaintext: Buffer.from(vector.plaintext), current: true })
  })

  test('opens in another process with the same secret', () => {
    expect(sealerOf(SECRET).open(sealerOf(SECRET).seal(PLAINTEXT))).toMatchObject({ ok: true, current: true })
  })

  test('hides the plaintext', () => {
    const bytes = Buffer.from(sealerOf(SECRET).seal(PLAINTEXT), 'base64url')
    expect(bytes).toHaveLength(OVERHEAD + PLAINTEXT.length)
    expect(bytes.includes('dark')).toBe(false)
  })
})

describe('secrets rotate', () => {
  const old = sealerOf('old').seal(PLAINTEXT)

  test('what an old secret sealed opens and says so; new values are sealed under the first', () => {
    const both = sealerOf('new', 'old')
    expect(both.open(old)).toEqual({ ok: true, plaintext: PLAINTEXT, current: false })
    expect(sealerOf('new').open(both.seal(PLAINTEXT))).toEqual({ ok: true, plaintext: PLAINTEXT, current: true })
  })

  test('once the old secret is gone its values are forged', () => {
    expect(sealerOf('new').open(old)).toEqual(FORGED)
  })

  test('of two secrets that share a key id, each opens its own', () => {
    const [a] = createKeyring(['a']).all
    const [b] = createKeyring(['b']).all
    const twin = { id: a.id, key: b.key }
    const sealer = (...all: Keyring['all']) => createSealer({ all }, 'seal', NAME)
    const byA = sealer(a).seal(PLAINTEXT)
    const byTwin = sealer(twin).seal(PLAINTEXT)
    expect(sealer(a, twin).open(byA)).toEqual({ ok: true, plaintext: PLAINTEXT, current: true })
    expect(sealer(a, twin).open(byTwin)).toEqual({ ok: true, plaintext: PLAINTEXT, current: false })
    expect(sealer(a).open(byTwin)).toEqual(FORGED)
  })
})

describe('a nonce', () => {
  test('never comes twice', () => {
    const sealer = sealerOf(SECRET)
    const rests = new Set<string>()
    const prefixes = new Set<string>()
    for (let i = 0; i < 10_000; i++) {
      const [prefix, rest] = nonceOf(sealer.seal(PLAINTEXT))
      prefixes.add(prefix)
      rests.add(rest)
    }
    expect(rests.size).toBe(10_000)
    expect(prefixes.size).toBe(1)
  })

  test('has another prefix ten minutes later', () => {
    let now = 0
    const sealer = createSealer(createKeyring([SECRET]), 'seal', NAME, { clock: () => now })
    const [first] = nonceOf(sealer.seal(PLAINTEXT))
    now = 10 * 60_000 - 1
    expect(nonceOf(sealer.seal(PLAINTEXT))[0]).toBe(first)
    now = 10 * 60_000
    expect(nonceOf(sealer.seal(PLAINTEXT))[0]).not.toBe(first)
  })

  test('has another prefix once its messages are used up, and all of them open', () => {
    const prefixLimits = { messages: 2, age: 1_000 }
    const sealer = createSealer(createKeyring([SECRET]), 'seal', NAME, { clock: () => 0, prefixLimits })
    const values = Array.from({ length: 6 }, () => sealer.seal(PLAINTEXT))
    expect(new Set(values.map((value) => nonceOf(value)[0])).size).toBe(3)
    for (const value of values) expect(sealer.open(value)).toMatchObject({ ok: true })
  })
})

describe('what was not sealed here, for this cookie', () => {
  const sealer = sealerOf(SECRET)
  const value = sealer.seal(PLAINTEXT)

  test('is forged when it was sealed for another cookie', () => {
    for (const name of ['session', `${NAME}2`, `${NAME}-seen`, '']) {
      expect(createSealer(createKeyring([SECRET]), 'seal', name).open(value)).toEqual(FORGED)
    }
  })

  test('is forged when it was sealed for another purpose', () => {
    expect(createSealer(createKeyring([SECRET]), 'at-rest', NAME).open(value)).toEqual(FORGED)
  })

  test('is forged even where two purposes share a key', () => {
    const [set] = createKeyring([SECRET]).all
    const oneKey: Keyring = { all: [{ id: set.id, key: () => set.key('seal') }] }
    const other = createSealer(oneKey, 'at-rest', NAME)
    expect(other.open(other.seal(PLAINTEXT))).toMatchObject({ ok: true })
    expect(other.open(value)).toEqual(FORGED)
  })

  test('is forged when the key id is unknown', () => {
    expect(sealer.open(changed(value, 1, (byte) => byte ^ 1))).toEqual(FORGED)
  })

  test('does not open with any bit changed', () => {
    for (let at = 0; at < OVERHEAD + PLAINTEXT.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const opened = sealer.open(changed(value, at, (byte) => byte ^ (1 << bit)))
        expect(opened).toEqual(at === 0 ? UNDECODABLE : FORGED)
      }
    }
  })

  test('does not open cut short at any length', () => {
    for (let length = 0; length < value.length; length++) {
      expect(sealer.open(value.slice(0, length)).ok).toBe(false)
      expect(sealer.open(value.slice(value.length - length)).ok).toBe(false)
    }
  })

  test('does not open with anything added', () => {
    for (const extra of ['A', 'AA', 'AAA', 'AAAA', '=', '.', ' ', '\0']) {
      expect(sealer.open(value + extra).ok).toBe(false)
      expect(sealer.open(extra + value).ok).toBe(false)
    }
  })

  test('is undecodable when it is too short, too long, or of a version to come', () => {
    expect(sealer.open('')).toEqual(UNDECODABLE)
    expect(sealer.open(Buffer.alloc(OVERHEAD - 1, 1).toString('base64url'))).toEqual(UNDECODABLE)
    expect(sealer.open(Buffer.alloc(OVERHEAD, 1).toString('base64url'))).toEqual(FORGED)
    expect(sealer.open(sealer.seal(Buffer.alloc(3072 - OVERHEAD)))).toMatchObject({ ok: true })
    expect(sealer.open(sealer.seal(Buffer.alloc(3072 - OVERHEAD + 1)))).toEqual(UNDECODABLE)
    expect(sealer.open(changed(value, 0, () => 0))).toEqual(UNDECODABLE)
    expect(sealer.open(changed(value, 0, () => 2))).toEqual(UNDECODABLE)
  })

  test('is undecodable in any other spelling of the same bytes', () => {
    // 16 bytes of plaintext make 61 in all: two characters and four spare bits at the end.
    const last = value.charCodeAt(value.length - 1)
    const spare = value.slice(0, -1) + String.fromCharCode(last + 1)
    expect(Buffer.from(spare, 'base64url')).toEqual(Buffer.from(value, 'base64url'))
    const plain = Buffer.from(value, 'base64url').toString('base64')
    for (const text of [
      spare,
      plain,
      `${value}==`,
      `${value}\n`,
      ` ${value}`,
      `"${value}"`,
      encodeURIComponent(plain),
    ]) {
      expect(sealer.open(text)).toEqual(UNDECODABLE)
    }
  })

  test('never throws, and never opens, whatever text it is', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => value.slice(0, 40) + Buffer.from(bytes).toString('base64url')),
    )
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sealer.open(text).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['of our alphabet', 'A'],
    ['of another', 'ÿ'],
    ['beyond Latin', '€'],
  ])('is undecodable when it is a hundred thousand characters %s', (_, char) => {
    expect(sealer.open(char.repeat(100_000))).toEqual(UNDECODABLE)
  })
})
