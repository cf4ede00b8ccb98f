/**
 * The command line as a real process: what it prints where, and how it ends.
 */

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, test } from 'vitest'
import { resolveSecrets } from '../secret.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const root = mkdtempSync(join(tmpdir(), 'sojourn-cli-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A folder of its own for each test: they run side by side, since most of their time is a process starting. */
let folders = 0
function project({ git = false } = {}): string {
  folders += 1
  const folder = join(root, String(folders))
  mkdirSync(folder)
  if (git) execFileSync('git', ['init', '--quiet'], { cwd: folder, env: ownGit })
  return folder
}

// A repository around the temporary folder, a hook that runs the tests, or a global ignore file must not decide here.
const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...outside } = process.env
const ownGit = { ...outside, GIT_CEILING_DIRECTORIES: root, GIT_CONFIG_GLOBAL: '/dev/null' }

function sojourn(cwd: string, ...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', tsx, main, ...args], { cwd, env: ownGit })
  const run = { status: null as number | null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve({ ...run, status }))
  })
}

describe.concurrent('sojourn secret', () => {
  test('prints a new secret that is good enough, and only that', async ({ expect }) => {
    const folder = project()
    const [first, second] = await Promise.all([sojourn(folder, 'secret'), sojourn(folder, 'secret')])
    expect([first.status, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(/^[A-Za-z0-9_-]{43}\n$/)
    expect(resolveSecrets(first.stdout.trim(), { development: false })).toHaveLength(1)
    expect(second.stdout).not.toBe(first.stdout)
  })

  test('--env prints a line that development reads from .env', async ({ expect }) => {
    const folder = project()
    const run = await sojourn(folder, 'secret', '--env')
    expect([run.status, run.stderr]).toEqual([0, ''])
    writeFileSync(join(folder, '.env'), run.stdout)
    const [secret] = resolveSecrets(undefined, { development: true, env: {}, cwd: folder })
    expect(run.stdout).toBe(`SESSION_SECRET=${secret}\n`)
  })

  test('--env starts a line of its own behind a .env that ends without one', async ({ expect }) => {
    const folder = project()
    writeFileSync(join(folder, '.env'), 'PORT=3000')
    expect((await sojourn(folder, 'secret', '--env')).stdout).toMatch(/^\nSESSION_SECRET=[\w-]{43}\n$/)
  })

  test('--env warns where .env has a secret already', async ({ expect }) => {
    const folder = project()
    writeFileSync(join(folder, '.env'), 'SESSION_SECRET=x\n')
    expect((await sojourn(folder, 'secret', '--env')).stderr).toContain('.env has a SESSION_SECRET already')
    expect((await sojourn(folder, 'secret')).stderr).toBe('')
  })
})

describe.concurrent('in a git work tree', () => {
  const warning = 'git does not ignore .env'

  test('--env warns on stderr where .env would be committed, and prints the secret all the same', async ({
    expect,
  }) => {
    const run = await sojourn(project({ git: true }), 'secret', '--env')
    expect([run.status, run.stderr]).toEqual([0, expect.stringContaining(warning)])
    expect(run.stdout).toMatch(/^SESSION_SECRET=[\w-]{43}\n$/)
  })

  test('without --env it warns only once there is a .env', async ({ expect }) => {
    const folder = project({ git: true })
    expect((await sojourn(folder, 'secret')).stderr).toBe('')
    writeFileSync(join(folder, '.env'), '')
    expect((await sojourn(folder, 'secret')).stderr).toContain(warning)
  })

  test('an ignored .env needs no warning', async ({ expect }) => {
    const folder = project({ git: true })
    writeFileSync(join(folder, '.gitignore'), '.env\n')
    expect((await sojourn(folder, 'secret', '--env')).stderr).toBe('')
  })

  test('a .env that is tracked needs one even where it is ignored', async ({ expect }) => {
    const folder = project({ git: true })
    writeFileSync(join(folder, '.env'), '')
    execFileSync('git', ['add', '.env'], { cwd: folder, env: ownGit })
    writeFileSync(join(folder, '.gitignore'), '.env\n')
    expect((await sojourn(folder, 'secret')).stderr).toContain(warning)
  })
})

describe.concurrent('the rest', () => {
  test.for([[['--help']], [['secret', '-h']]])('%j prints the usage on stdout', async ([args = []], { expect }) => {
    const run = await sojourn(project(), ...args)
    expect([run.status, run.stderr, run.stdout]).toEqual([0, '', expect.stringMatching(/^Usage:\n {2}sojourn secret/)])
  })

  test('--version prints the version of package.json', async ({ expect }) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect((await sojourn(project(), '--version')).stdout).toBe(`${version}\n`)
  })

  test.for([
    ['no command', [], 'a command is missing'],
    ['an unknown command', ['keygen'], 'there is no command "keygen"'],
    ['an unknown flag', ['secret', '--json'], '--json'],
    ['a value for a flag that takes none', ['secret', '--env=1'], '--env'],
    ['an argument too many', ['secret', 'please'], 'takes no argument'],
    ['--version with a command', ['keygen', '--version'], 'there is no command'],
  ] as const)('%s: usage on stderr, nothing on stdout, exit 2', async ([, args, problem], { expect }) => {
    const run = await sojourn(project(), ...args)
    expect([run.status, run.stdout]).toEqual([2, ''])
    expect(run.stderr).toContain(problem)
    expect(run.stderr).toContain('Usage:')
  })
})
