import { describe, expect, test, vi } from 'vitest'
import { ConfigError, type ErrorCode } from '../errors.ts'
import { memoryStore } from '../store/memory.ts'
import { resolveOptions, type SessionsOptions } from './options.ts'

const secret = 'u3Jb0w7Vt8mPqz4Yk2Hs9cXn6RfL1dAe'
const valid: SessionsOptions = { origin: 'https://app.example', secret }

function refusal(options: unknown): ConfigError {
  try {
    resolveOptions(options as SessionsOptions)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('expected it to be refused')
}

describe('options that cannot work are refused at start-up', () => {
  const store = { find() {}, create() {} }
  test.each<[string, unknown, ErrorCode, string]>([
    ['no options', undefined, 'OPTION_INVALID', 'origin'],
    ['a typo', { ...valid, idleTimout: '1h' }, 'OPTION_INVALID', 'idleTimout'],
    ['a typo in cookie', { ...valid, cookie: { samesite: 'lax' } }, 'OPTION_INVALID', 'samesite'],
    ['no origin', { secret }, 'ORIGIN_INVALID', 'https://app.example'],
    ['an empty list of origins', { secret, origin: [] }, 'ORIGIN_INVALID', 'missing'],
    ['an origin with a path', { secret, origin: 'https://app.example/app' }, 'ORIGIN_INVALID', 'path'],
    ['an origin without scheme', { secret, origin: 'app.example' }, 'ORIGIN_INVALID', 'no URL'],
    ['http outside this machine', { secret, origin: 'http://app.example' }, 'ORIGIN_INVALID', 'unsafeAllowHttp'],
    [
      'http hidden in a list',
      { secret, origin: ['https://a.example', 'http://b.example'] },
      'ORIGIN_INVALID',
      'b.example',
    ],
    [
      'absolute below idle',
      { ...valid, idleTimeout: '2h', absoluteTimeout: '1h' },
      'OPTION_INVALID',
      'below idleTimeout',
    ],
    ['an idle time of nothing', { ...valid, idleTimeout: 0 }, 'OPTION_INVALID', 'idleTimeout'],
    [
      'SameSite=None without https',
      { secret, origin: 'http://localhost', cookie: { sameSite: 'none' } },
      'COOKIE_INVALID',
      'https',
    ],
    [
      'a domain with a __Host- name',
      { ...valid, cookie: { name: '__Host-s', domain: 'app.example' } },
      'COOKIE_INVALID',
      'domain',
    ],
    ['half a store', { ...valid, store }, 'OPTION_INVALID', 'replace, extend, bury'],
    ['a skip that is no function', { ...valid, skip: true }, 'OPTION_INVALID', 'function'],
    [
      'the memory store in production',
      { ...valid, store: memoryStore() },
      'MEMORY_STORE_IN_PRODUCTION',
      'unsafeAllowInProduction',
    ],
    ['a short secret', { ...valid, secret: 'short' }, 'SECRET_TOO_SHORT', '32'],
  ])('%s', (_, options, code, hint) => {
    const error = refusal(options)
    expect(error.code).toBe(code)
    expect(error.message).toContain(hint)
    expect(error.message).not.toContain(secret)
  })
})

describe('what follows from the origin', () => {
  test('https: a Secure cookie for this host alone', () => {
    const { cookies } = resolveOptions(valid)
    expect(cookies.secure?.name).toBe('__Host-Http-session')
    expect(cookies.plain).toBeNull()
  })

  test('http on this machine: a plain cookie, and the memory store is allowed', () => {
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:80', 'http://app.localhost']) {
      const { cookies, origins } = resolveOptions({ origin, secret, store: memoryStore() })
      expect(cookies.plain?.name).toBe('session')
      expect(cookies.secure).toBeNull()
      expect(origins.development).toBe(true)
    }
  })

  test('a look-alike of this machine is not this machine', () => {
    for (const origin of ['http://localhost.example', 'http://127.0.0.1.example', 'http://notlocalhost']) {
      expect(refusal({ origin, secret }).code).toBe('ORIGIN_INVALID')
    }
  })

  test('a function decides per host: production', () => {
    const { origins, cookies } = resolveOptions({ origin: (host) => `https://${host}`, secret })
    expect(origins.development).toBe(false)
    expect(cookies.secure?.name).toBe('__Host-Http-session')
  })

  test('unsafeAllowHttp says so loudly', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    try {
      resolveOptions({ origin: 'http://intranet.example', secret, unsafeAllowHttp: true })
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('unsafeAllowHttp'))
    } finally {
      warn.mockRestore()
    }
  })

  test('the memory store serves production where it is told to, by a loud name', () => {
    const store = memoryStore({ unsafeAllowInProduction: true })
    expect(resolveOptions({ ...valid, store }).store).toBe(store)
  })
})

test('the defaults are those of NIST AAL2', () => {
  expect(resolveOptions(valid).limits).toEqual({ idle: 3_600_000, absolute: 86_400_000 })
})
