import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'

const script = join(import.meta.dirname, '../support/fill-disk.ts')
const command = [process.execPath, '--import', 'tsx', script]

function expectOldVersionKept(output: string, folder: string, systemCode: string): void {
  expect(JSON.parse(output)).toEqual({
    failures: [
      ['STORE_FAILED', systemCode],
      ['STORE_FAILED', systemCode],
      ['STORE_FAILED', systemCode],
    ],
    kept: { value: 'the old version', version: 1, expiresAt: 1_000_000 },
    other: null,
    // What fits can still be written: nothing half-written was left to take the place.
    small: 'done',
    left: { value: 'small', version: 2, expiresAt: 1_000_000 },
  })
  expect(readdirSync(join(folder, 'tmp'))).toEqual([])
}

/** Puts a small file system over the folder; whether this process may do that. */
function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const small = temporaryFolder()
if (mount(small)) {
  afterAll(() => {
    execFileSync('umount', [small])
  })
  test.each([['true'], ['false']])('a full disk leaves the old version whole and served (durable: %s)', (durable) => {
    const folder = join(small, durable)
    const output = execFileSync(command[0] ?? '', [...command.slice(1), folder, durable], { encoding: 'utf8' })
    expectOldVersionKept(output, folder, 'ENOSPC')
  })
} else {
  console.log('left out: a disk that is really full, because this process may not mount one')
}

test.each([['true'], ['false']])('a write that is cut off in the middle does so too (durable: %s)', (durable) => {
  const folder = join(temporaryFolder(), 'store')
  // In blocks of 512 or 1,024 bytes, depending on the shell: less than the large value either way.
  const limited = `ulimit -f 200; exec "$@"`
  const output = execFileSync('sh', ['-c', limited, 'sh', ...command, folder, durable], {
    encoding: 'utf8',
    env: { ...process.env, TSX_DISABLE_CACHE: '1' },
  })
  expectOldVersionKept(output, folder, 'EFBIG')
})
