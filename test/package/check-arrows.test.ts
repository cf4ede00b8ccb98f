/**
 * The check of the arrows bites: a small house that stands, and one wrong import at a time put into it.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const SOUND: Readonly<Record<string, string>> = {
  'errors.ts': "export const codes = ['x']\n",
  'secret.ts':
    "import process from 'node:process'\nimport { codes } from './errors.ts'\nimport { a } from './lib/a.ts'\n",
  'index.ts': "export { createSessions } from './session/sessions.ts'\n",
  'lib/a.ts': "import { codes } from '../errors.ts'\n",
  'cookie/parse.ts': "import { parseCookie } from 'cookie'\nimport { a } from '../lib/a.ts'\n",
  'crypto/seal.ts': "import { hkdfSync } from 'node:crypto'\n",
  'store/store.ts': 'export interface Store {}\n',
  'store/memory.ts': "import type { Store } from './store.ts'\n",
  'transport/stored.ts': "import type { Store } from '../store/store.ts'\nimport { seal } from '../crypto/seal.ts'\n",
  'session/sessions.ts':
    "import { resolveSecrets } from '../secret.ts'\nimport { stored } from '../transport/stored.ts'\n",
  'auth/load-argon2.ts': "export const load = () => import('@node-rs/argon2')\n",
  'auth/auth.ts': "import type { StandardSchemaV1 } from '@standard-schema/spec'\n",
  'adapter/web.ts': "import { createAuth } from '../auth/auth.ts'\nimport type { Request } from 'express'\n",
  'testing/index.ts': "import { withSession } from '../adapter/web.ts'\n",
  'cli/main.ts': "import { resolveSecrets } from '../secret.ts'\n",
  'cookie/parse.test.ts': "import { seal } from '../crypto/seal.ts'\nimport { test } from 'vitest'\n",
}

const root = mkdtempSync(join(tmpdir(), 'sojourn-arrows-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let houses = 0

function check(changed: Readonly<Record<string, string>> = {}) {
  houses += 1
  const house = join(root, String(houses))
  for (const [file, text] of Object.entries({ ...SOUND, ...changed })) {
    mkdirSync(dirname(join(house, 'src', file)), { recursive: true })
    writeFileSync(join(house, 'src', file), text)
  }
  return spawnSync(process.execPath, ['--import', 'tsx', 'tools/check-arrows.ts', house], { encoding: 'utf8' })
}

test('a sound house passes', () => {
  const { status, stdout } = check()
  expect([status, stdout]).toEqual([0, 'check-arrows: ok in 19 imports of 15 files\n'])
})

describe('one wrong import each, found by file and line', () => {
  const wrong: readonly (readonly [string, string, string])[] = [
    ['errors.ts', "import { a } from './lib/a.ts'", 'errors.ts imports nothing'],
    ['lib/b.ts', "import { seal } from '../crypto/seal.ts'", 'crypto lies above lib'],
    ['cookie/b.ts', "import { seal } from '../crypto/seal.ts'", 'cookie and crypto are of one rank'],
    ['store/b.ts', "import type { A } from '../record/record.ts'", 'there is no such file'],
    ['crypto/b.ts', "import { resolveSecrets } from '../secret.ts'", 'secret.ts lies above crypto'],
    ['secret.ts', "import { seal } from './crypto/seal.ts'", 'secret.ts imports errors.ts, lib and node only'],
    ['transport/b.ts', "import { Store } from '../store/store.ts'", 'transport takes only types'],
    ['transport/c.ts', "import { type Store } from '../store/store.ts'", 'transport takes only types'],
    ['transport/d.ts', "import type { M } from '../store/memory.ts'", 'from store/store.ts only'],
    ['session/b.ts', "import {\n  createAuth,\n} from '../auth/auth.ts'", 'auth lies above session'],
    ['auth/b.ts', "export { withSession } from '../adapter/web.ts'", 'adapter lies above auth'],
    ['adapter/b.ts', "import { createSessions } from '../index.ts'", 'nothing imports index.ts'],
    ['session/c.ts', "import { fixedClock } from '../testing/index.ts'", 'nothing imports testing'],
    ['session/d.ts', "const cli = () => import('../cli/main.ts')", 'nothing imports cli'],
    ['session/e.ts', "type A = import('../auth/auth.ts').Auth", 'auth lies above session'],
    ['cookie/c.ts', "import './parse.test.ts'", 'there is no such file'],
    ['session/f.ts', "import ms from 'ms'", 'not a declared runtime dependency'],
    ['auth/c.ts', "import { hash } from '@node-rs/argon2'", 'only src/auth/load-argon2.ts does'],
    ['store/c.ts', "import type { Pool } from 'pg'", 'a database driver'],
    ['testing/b.ts', "import { DatabaseSync } from 'node:sqlite'", 'a database driver'],
    ['attic/a.ts', 'export const a = 1', 'this room has no rank'],
  ]

  test('all of them, in one house', () => {
    const { status, stdout } = check(
      Object.fromEntries(wrong.map(([file, text]) => [file, `\n/** A plaque. */\n${text}\n`])),
    )
    const found = stdout.split('\n')
    for (const [file, , problem] of wrong) {
      const place = file === 'attic/a.ts' ? `src/${file}: ` : `src/${file}:3: `
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`${place}.*${problem}`)))
    }
    expect(status).toBe(1)
    expect(found.at(-2)).toContain(`${wrong.length} problem(s)`)
  })
})
