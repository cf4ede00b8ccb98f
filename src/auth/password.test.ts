/**
 * Passwords: known answers, both algorithms, hostile hashes, and equal work.
 *
 * Work is counted, not timed: an argon2 that keeps a record of its calls stands in where amounts matter.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadArgon2 } from './load-argon2.ts'
import { type Argon2, createPasswords, hashPassword, needsRehash, verifyPassword } from './password.ts'

const ARGON2ID_TODAY = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/
const SCRYPT_TODAY = /^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')

describe('known answers', () => {
  // phc-winner-argon2, src/test.c, version 0x13, type argon2id.
  test.each([
    ['$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
    ['$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'],
  ])('the argon2id reference implementation: %s', async (hash) => {
    expect(await verifyPassword('password', hash)).toBe(true)
    expect(await verifyPassword('Password', hash)).toBe(false)
  })

  // RFC 7914, section 12. The first vector has no salt and the last takes 1 GiB: both are refused on purpose.
  test.each([
    [
      'password',
      `$scrypt$ln=10,r=8,p=16$${base64(Buffer.from('NaCl'))}$`,
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    ],
    [
      'pleaseletmein',
      `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride'))}$`,
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    ],
  ])('scrypt of RFC 7914: %s', async (password, head, derived) => {
    const hash = head + base64(Buffer.from(derived, 'hex'))
    expect(await verifyPassword(password, hash)).toBe(true)
    expect(await verifyPassword(`${password} `, hash)).toBe(false)
  })
})

describe('a new hash', () => {
  test('is argon2id where the package is installed, verifies, and is never the same twice', async () => {
    const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(first).toMatch(ARGON2ID_TODAY)
    expect(second).not.toBe(first)
    expect(await verifyPassword('correct horse', first)).toBe(true)
    expect(await verifyPassword('correct hors', first)).toBe(false)
  })

  test('is scrypt where the package is not, and both kinds verify under either preference', async () => {
    const [withArgon2, without] = [createPasswords({ algorithm: 'argon2id' }), createPasswords({ argon2: null })]
    const preferScrypt = createPasswords({ algorithm: 'scrypt' })
    const [argon2id, scrypt] = [await withArgon2.hash('tea'), await without.hash('tea')]
    expect([argon2id, scrypt]).toEqual([expect.stringMatching(ARGON2ID_TODAY), expect.stringMatching(SCRYPT_TODAY)])
    expect(await withArgon2.verify('tea', scrypt)).toBe(true)
    expect(await withArgon2.verify('coffee', scrypt)).toBe(false)
    expect(await preferScrypt.verify('tea', argon2id)).toBe(true)
  })

  test('in a project that does not have the package at all, is scrypt and verifies', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-password-'))
    try {
      cpSync(fileURLToPath(new URL('..', import.meta.url)), join(folder, 'src'), { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
      writeFileSync(
        join(folder, 'app.ts'),
        `import { hashPassword, needsRehash, verifyPassword } from './src/auth/password.ts'
         const hash = await hashPassword('tea')
         console.log(JSON.stringify([hash, await verifyPassword('tea', hash), needsRehash(hash)]))`,
      )
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
      const output = execFileSync(process.execPath, ['--import', tsx, 'app.ts'], { cwd: folder, encoding: 'utf8' })
      expect(JSON.parse(output)).toEqual([expect.stringMatching(SCRYPT_TODAY), true, false])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('an argon2id hash without the package is a loud error, not a wrong password', async () => {
    const passwords = createPasswords({ argon2: null })
    const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    await expect(passwords.verify('password', hash)).rejects.toMatchObject({ code: 'ARGON2_UNAVAILABLE' })
  })

  test('a package that is there and broken is an error, an absent one is not', async () => {
    const failing = (code: string, message: string) => () => Promise.reject(Object.assign(new Error(message), { code }))
    const absent = failing('ERR_MODULE_NOT_FOUND', "Cannot find package '@node-rs/argon2' imported from /app/x.js")
    expect(await loadArgon2(absent)).toBeNull()
    for (const broken of [
      failing('MODULE_NOT_FOUND', "Cannot find module '@node-rs/argon2-linux-x64-gnu'"),
      failing('ERR_DLOPEN_FAILED', 'invalid ELF header'),
      () => Promise.reject(new Error('Cannot find native binding')),
    ]) {
      await expect(loadArgon2(broken)).rejects.toMatchObject({ code: 'ARGON2_UNAVAILABLE', cause: expect.any(Error) })
    }
  })
})

describe('what is typed', () => {
  test('an accent is the same password in one code point or two, and a superscript is not its digit', async () => {
    const hash = await hashPassword('caf\u00e9 m\u00b2')
    expect(await verifyPassword('cafe\u0301 m\u00b2', hash)).toBe(true)
    expect(await verifyPassword('caf\u00e9 m2', hash)).toBe(false)
  })

  test('every byte counts: two passwords that differ after the 72nd, the last, or a NUL differ', async () => {
    const long = 'x'.repeat(4095)
    const hash = await hashPassword(`${long}y`)
    expect(await verifyPassword(`${long}y`, hash)).toBe(true)
    expect(await verifyPassword(`${long}z`, hash)).toBe(false)
    expect(await verifyPassword('a\0b', await hashPassword('a\0c'))).toBe(false)
  })

  test('4096 bytes of UTF-8 are hashed, one more is refused, also where NFC shortens it', async () => {
    expect(await hashPassword('é'.repeat(2048))).toMatch(ARGON2ID_TODAY)
    expect(await hashPassword('e\u0301'.repeat(2048))).toMatch(ARGON2ID_TODAY)
    await expect(hashPassword(`${'é'.repeat(2048)}x`)).rejects.toMatchObject({ code: 'PASSWORD_INVALID', status: 400 })
  })

  test.each([[undefined], [null], [42], [{ $ne: '' }], [['a']]])('%j is no password', async (typed) => {
    await expect(hashPassword(typed as unknown as string)).rejects.toMatchObject({ code: 'PASSWORD_INVALID' })
    expect(await verifyPassword(typed as unknown as string, await hashPassword('undefined'))).toBe(false)
  })
})

/** An argon2 that derives the same bytes for everything, and notes what it was asked. */
function recorder() {
  const work: string[] = []
  const argon2: Argon2 = {
    async hashRaw(password, { memoryCost, timeCost, parallelism, outputLen }) {
      work.push(`m=${memoryCost} t=${timeCost} p=${parallelism} ${outputLen} from ${password.length}`)
      return new Uint8Array(outputLen)
    },
  }
  return { work, passwords: createPasswords({ argon2 }) }
}

describe('equal work', () => {
  const oneHash = 'm=19456 t=2 p=1 32 from'

  test.each([
    ['an unknown user', 'tea', null],
    ['a user without a password', 'tea', undefined],
    ['an empty hash', 'tea', ''],
    ['a bcrypt hash', 'tea', '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'],
    ['argon2i', 'tea', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8'],
    ['an older version', 'tea', '$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
    ['4 TiB of memory', 'tea', `$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['512 MiB of memory', 'tea', `$argon2id$v=19$m=524288,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['256 MiB seven times', 'tea', `$argon2id$v=19$m=262144,t=7,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['less memory than lanes', 'tea', `$argon2id$v=19$m=8,t=1,p=2$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['no pass', 'tea', `$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['scrypt with 1 GiB', 'tea', `$scrypt$ln=20,r=8,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['scrypt with N above its bound', 'tea', `$scrypt$ln=16,r=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['scrypt a hundred times over', 'tea', `$scrypt$ln=15,r=8,p=100$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['a hash that chance would meet', 'tea', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AAAA'],
    ['base64 with stray bits', 'tea', `$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$${'A'.repeat(42)}B`],
    ['a line break at the end', 'tea', `$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$${'A'.repeat(43)}\n`],
    ['no text', 'tea', 42 as unknown as string],
  ])('%s: one hash is done, and the answer is false', async (_, password, hash) => {
    const { work, passwords } = recorder()
    // The recorder derives zeros, which is what the stand-in hash holds: even then the answer must be no.
    expect(await passwords.verify(password, hash)).toBe(false)
    expect(work).toEqual([`${oneHash} 3`])
  })

  test.each([
    ['too long', 'x'.repeat(4097)],
    ['megabytes', 'x'.repeat(5_000_000)],
    ['no text', undefined as unknown as string],
  ])('a password that is %s costs what the stored hash costs, and is wrong', async (_, password) => {
    const { work, passwords } = recorder()
    const zeros = `$argon2id$v=19$m=512,t=3,p=2$c29tZXNhbHQ$${'A'.repeat(43)}`
    expect(await passwords.verify('x', zeros)).toBe(true)
    expect(await passwords.verify(password, zeros)).toBe(false)
    expect(work).toEqual(['m=512 t=3 p=2 32 from 1', 'm=512 t=3 p=2 32 from 1'])
  })

  test('no text is a hash that throws', async () => {
    const piece = fc.constantFrom(
      '$',
      'argon2id',
      'scrypt',
      'v=19',
      'm=256,t=2,p=1',
      'ln=4,r=1,p=1',
      'AAAAAAAAAAA',
      '=',
      '\0',
    )
    const number = fc.oneof(fc.nat(300), fc.nat(2 ** 31))
    const salted = fc.constantFrom('AA', 'c29tZXNhbHQ', 'A'.repeat(86))
    const hostile = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc
        .tuple(number, number, number, salted)
        .map(([m, t, p, salt]) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${salt}$${'A'.repeat(22)}`),
      fc
        .tuple(fc.nat(6), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }), salted)
        .map(([ln, r, p, salt]) => `$scrypt$ln=${ln},r=${r},p=${p}$${salt}$${'A'.repeat(22)}`),
      fc.string({ unit: 'binary' }),
    )
    const passwords = createPasswords({ argon2: { hashRaw: async (_, { outputLen }) => Buffer.alloc(outputLen, 1) } })
    await fc.assert(
      fc.asyncProperty(hostile, async (hash) => {
        expect(await passwords.verify('tea', hash)).toBe(false)
        expect(passwords.needsRehash(hash)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})

describe('hashing again', () => {
  test.each([
    ['today’s costs', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$', false],
    ['more memory', '$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$', false],
    ['less memory', '$argon2id$v=19$m=19455,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$', true],
    ['fewer passes', '$argon2id$v=19$m=19456,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$', true],
    ['a shorter salt', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$', true],
    ['scrypt, where argon2 is there', '$scrypt$ln=17,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$', true],
  ])('%s', async (_, head, again) => {
    await verifyPassword('tea', null) // argon2 was looked for by now, as at every login
    expect(needsRehash(head + 'A'.repeat(43))).toBe(again)
  })

  test('scrypt is judged by scrypt where argon2 is not installed, or was not looked for yet', () => {
    const [today, older] = [17, 14].map((ln) => `$scrypt$ln=${ln},r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`)
    for (const passwords of [createPasswords(), createPasswords({ argon2: null })]) {
      expect([passwords.needsRehash(String(today)), passwords.needsRehash(String(older))]).toEqual([false, true])
    }
  })

  test.each(['', 'plain text', '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'])('%j always', (hash) => {
    expect(needsRehash(hash)).toBe(true)
  })
})
