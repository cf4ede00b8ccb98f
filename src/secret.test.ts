/**
 * Where the secret comes from, and what is refused. Weak ones are the phrases of many frameworks' tutorials; strong
 * ones are ten thousand from a generator.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { resolveSecrets, type SecretContext } from './secret.ts'

const newSecret = () => randomBytes(32).toString('base64url')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const production = (env: SecretContext['env'] = {}): SecretContext => ({ development: false, env, cwd: folder })
const development = (env: SecretContext['env'] = {}): SecretContext => ({ development: true, env, cwd: folder })

function refusal(option: unknown, context: SecretContext = production()): ConfigError {
  try {
    resolveSecrets(option as string, context)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('the places, in order', () => {
  test('the option wins over everything else and is taken as it is, blanks and commas included', () => {
    const secret = `${newSecret()}, ${newSecret()}`
    expect(resolveSecrets(secret, production({ SESSION_SECRET: newSecret() }))).toEqual([secret])
  })

  test('SESSION_SECRET wins over SESSION_SECRET_FILE', () => {
    const [first, second] = [newSecret(), newSecret()]
    writeFileSync(join(folder, 'mounted'), second)
    expect(resolveSecrets(undefined, production({ SESSION_SECRET: first, SESSION_SECRET_FILE: 'mounted' }))).toEqual([
      first,
    ])
  })

  test('a SESSION_SECRET that is set and blank is as good as none', () => {
    const secret = newSecret()
    writeFileSync(join(folder, 'mounted'), `${secret}\n`)
    const env = { SESSION_SECRET: ' \n', SESSION_SECRET_FILE: join(folder, 'mounted') }
    expect(resolveSecrets(undefined, production(env))).toEqual([secret])
  })

  test('the variable and the file are split at white space and commas', () => {
    const secrets = [newSecret(), newSecret(), newSecret()]
    expect(resolveSecrets(undefined, production({ SESSION_SECRET: secrets.join(', ') }))).toEqual(secrets)
    writeFileSync(join(folder, 'mounted'), `${secrets.join('\r\n')}\n`)
    expect(resolveSecrets(undefined, production({ SESSION_SECRET_FILE: 'mounted' }))).toEqual(secrets)
  })

  test('.env is read in development, after the environment', () => {
    const [inDotenv, inEnv] = [newSecret(), newSecret()]
    writeFileSync(join(folder, '.env'), `# mine\nSESSION_SECRET="${inDotenv}"\n`)
    expect(resolveSecrets(undefined, development())).toEqual([inDotenv])
    expect(resolveSecrets(undefined, development({ SESSION_SECRET: inEnv }))).toEqual([inEnv])
  })

  test('.env may name a file', () => {
    const secret = newSecret()
    writeFileSync(join(folder, '.env'), 'SESSION_SECRET_FILE=mounted')
    writeFileSync(join(folder, 'mounted'), secret)
    expect(resolveSecrets(undefined, development())).toEqual([secret])
  })

  test('.env is not read in production, and the message says that it was not', () => {
    writeFileSync(join(folder, '.env'), `SESSION_SECRET=${newSecret()}`)
    const error = refusal(undefined)
    expect(error.code).toBe('SECRET_MISSING')
    expect(error.message).toContain('.env is read in development only')
  })

  test('reading .env leaves process.env alone', () => {
    writeFileSync(join(folder, '.env'), `SESSION_SECRET=${newSecret()}\nSOJOURN_OTHER=1`)
    const before = { ...process.env }
    resolveSecrets(undefined, development())
    expect({ ...process.env }).toEqual(before)
  })

  test('the environment of the process is the default', () => {
    const secret = newSecret()
    const before = process.env.SESSION_SECRET
    process.env.SESSION_SECRET = secret
    try {
      expect(resolveSecrets(undefined, { development: false })).toEqual([secret])
    } finally {
      if (before === undefined) delete process.env.SESSION_SECRET
      else process.env.SESSION_SECRET = before
    }
  })

  test('none anywhere: the message names every place and the one command that makes one', () => {
    const error = refusal(undefined, development())
    expect(error.code).toBe('SECRET_MISSING')
    for (const part of ['"secret" option', 'SESSION_SECRET', 'SESSION_SECRET_FILE', '.env', 'npx sojourn secret']) {
      expect(error.message).toContain(part)
    }
  })

  test('a folder called .env is not a file called .env', () => {
    mkdirSync(join(folder, '.env'))
    expect(refusal(undefined, development()).message).toContain('none was found')
  })
})

describe('files that cannot be used', () => {
  test('a missing file is told by the name of the variable and the reason', () => {
    const error = refusal(undefined, production({ SESSION_SECRET_FILE: join(folder, 'nowhere') }))
    expect(error.code).toBe('SECRET_MISSING')
    expect(error.message).toMatch(/SESSION_SECRET_FILE names: ENOENT\./)
  })

  test('a secret put where its file should be named is not repeated', () => {
    const secret = newSecret()
    const error = refusal(undefined, production({ SESSION_SECRET_FILE: secret }))
    expect(everythingIn(error)).not.toContain(secret)
  })

  test('an empty file is not a secret', () => {
    writeFileSync(join(folder, 'mounted'), '\n')
    const error = refusal(undefined, production({ SESSION_SECRET_FILE: 'mounted' }))
    expect([error.code, error.message]).toEqual(['SECRET_MISSING', expect.stringContaining('it is empty')])
  })

  test('a .env that exists and cannot be read is an error, not an absent one', () => {
    const readFile = () => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    }
    const error = refusal(undefined, { ...development(), readFile })
    expect([error.code, error.message]).toEqual(['SECRET_MISSING', expect.stringContaining('.env')])
  })
})

describe('lists', () => {
  test('four secrets are taken, in their order; a fifth is one too many', () => {
    const secrets = [newSecret(), newSecret(), newSecret(), newSecret()]
    expect(resolveSecrets(secrets, production())).toEqual(secrets)
    const error = refusal([...secrets, newSecret()])
    expect([error.code, error.message]).toEqual(['SECRET_TOO_MANY', expect.stringContaining('5 secrets')])
  })

  test('one secret cut by a blank is explained by the splitting', () => {
    const secret = newSecret()
    const error = refusal(undefined, production({ SESSION_SECRET: `${secret.slice(0, 20)} ${secret.slice(20)}` }))
    expect(error.code).toBe('SECRET_TOO_SHORT')
    expect(error.message).toContain('secret 1 of 2 from SESSION_SECRET (its text is split at white space and commas)')
    expect(error.message).toContain('it has 20 bytes and at least 32 are needed')
  })

  test('bytes are counted, not characters', () => {
    expect(refusal('é'.repeat(15)).message).toContain('it has 30 bytes')
  })

  test('the same secret twice is refused', () => {
    const secret = newSecret()
    const error = refusal([secret, newSecret(), secret])
    expect([error.code, error.message]).toEqual([
      'OPTION_INVALID',
      expect.stringContaining('secret 3 of 3 from the "secret" option: it is the same as secret 1'),
    ])
  })

  test.each([
    ['null', null, 'OPTION_INVALID'],
    ['a number', 42, 'OPTION_INVALID'],
    ['an object', { secret: 'x' }, 'OPTION_INVALID'],
    ['a list with a hole', [undefined], 'OPTION_INVALID'],
    ['bytes', Buffer.alloc(32), 'OPTION_INVALID'],
    ['an empty list', [], 'SECRET_MISSING'],
    ['empty text', '', 'SECRET_TOO_SHORT'],
  ])('%s is refused even when SESSION_SECRET would do', (_, option, code) => {
    expect(refusal(option, production({ SESSION_SECRET: newSecret() })).code).toBe(code)
  })
})

describe('what could be guessed', () => {
  test.each([
    // Phrases of tutorials, templates and manuals, stretched to 32 bytes where they are shorter.
    'complex_password_at_least_32_characters_long',
    'your-secret-key-must-be-at-least-32-characters-long',
    'your-super-secret-key-change-this-in-production',
    'SUPER_SECRET_KEY_SUPER_SECRET_KEY_CHANGE_ME',
    'keyboard cat keyboard dog keyboard cat!!',
    'a-string-secret-at-least-256-bits-long',
    'changeme-changeme-please-changeme-now',
    'this_is_a_very_long_secret_key_for_development_only',
    'Th1s_1s_a_v3ry_l0ng_s3cr3t_k3y_f0r_t3st1ng',
    'p@$$w0rd_p@$$w0rd_my_s3cret_p@$$phrase',
    'password123456789-secret-1234567-password',
    'MySuperSecretPasswordThatShouldBeVeryLong',
    'replace-me-with-a-random-string-of-32-chars',
    'correct horse battery staple correct staple',
    'ThisIsMySecretKeyForJWTAuthenticationInExpressApp',
    'insert-your-random-session-secret-here-please',
    'shhhhhhhhhhhhhhhhhhhhhhhhhhhhh-secret-token',
    'default-secret-key-do-not-use-in-production!!',
    // Printed once, copied ever since.
    '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
    '09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7',
    'django-insecure-8#v0x!q2m)w4z7k^t1p5r9s&b3n6c@d0f8g2h',
    // Repetition and order.
    'a'.repeat(64),
    'ababababababababababababababababababab',
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    'aabbccddeeffgghhiijjkkllmmnnooppqqrr',
    '11111111111111112222222222222222333333',
    'qwertyuiopasdfghjklzxcvbnm1234567890',
    '00000000-0000-0000-0000-000000000000',
    '🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊',
  ])('%s', (secret) => {
    expect(refusal(secret).code).toBe('SECRET_WEAK')
  })

  test('a random secret that a word was put in front of is still random', () => {
    const secret = `my-production-secret-${newSecret()}`
    expect(resolveSecrets(secret, production())).toEqual([secret])
  })

  test('ten thousand secrets of a generator all pass, as base64url and as hex', () => {
    const refused: string[] = []
    for (let round = 0; round < 10_000; round += 1) {
      const bytes = randomBytes(32)
      for (const secret of [bytes.toString('base64url'), bytes.toString('hex')]) {
        try {
          resolveSecrets(secret, production())
        } catch {
          refused.push(secret)
        }
      }
    }
    expect(refused).toEqual([])
  })

  test('the 128 bits of `openssl rand -hex 16` and of a UUID pass', () => {
    for (let round = 0; round < 1000; round += 1) {
      const hex = randomBytes(16).toString('hex')
      expect(resolveSecrets([hex, crypto.randomUUID()], production())).toHaveLength(2)
    }
  })
})

function everythingIn(error: ConfigError): string {
  return [String(error), error.stack, JSON.stringify(error.details), String(error.cause)].join('\n')
}

test('no error ever holds a secret, wherever the secret stood', () => {
  // Random enough not to occur in a message by accident, bad enough in one way or another to be refused.
  const bad = fc.oneof(
    fc.stringMatching(/^[!-+\--~]{12,31}$/),
    fc
      .string({ minLength: 12, maxLength: 31, unit: 'grapheme' })
      .filter((text) => !/[\s,]/.test(text) && Buffer.byteLength(text) < 32),
    fc.stringMatching(/^[a-z]{6,9}$/).map((text) => text.repeat(8)),
  )
  const place = fc.constantFrom('option', 'list', 'variable', 'path', 'file', 'dotenv')
  fc.assert(
    fc.property(bad, place, (secret, where) => {
      const files: Record<string, string> = {
        [join(folder, 'mounted')]: secret,
        [join(folder, '.env')]: where === 'dotenv' ? `SESSION_SECRET='${secret}'` : '',
      }
      const readFile = (path: string) => {
        const text = files[path]
        if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
        return text
      }
      const env: Record<string, string> = {}
      if (where === 'variable') env.SESSION_SECRET = `${newSecret()} ${secret}`
      if (where === 'path') env.SESSION_SECRET_FILE = secret
      if (where === 'file') env.SESSION_SECRET_FILE = 'mounted'
      const option = where === 'option' ? secret : where === 'list' ? [newSecret(), secret, secret] : undefined
      const error = refusal(option, { development: true, env, cwd: folder, readFile })
      expect(everythingIn(error)).not.toContain(secret)
    }),
    { numRuns: 500 },
  )
})
