import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.ts'
import { ConfigError } from '../errors.ts'
import { disk } from '../lib/file-store/disk.ts'
import { fileEntries } from '../lib/file-store/entries.ts'
import { fileStore } from './file.ts'
import type { Entry } from './store.ts'

const NOW = 1_000_000
const live: Entry = { value: 'first', version: 1, expiresAt: NOW + 60_000 }

function open() {
  const folder = join(temporaryFolder(), 'made/when/needed')
  return { folder, store: fileStore(folder, { durable: false }) }
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((one) => one.isFile()).map((one) => relative(folder, join(one.parentPath, one.name)))
}

async function versionFile(folder: string): Promise<string> {
  const [file = ''] = (await filesBelow(folder)).filter((path) => /[0-9]{16}$/.test(path))
  return join(folder, file)
}

test('a key never becomes a path', async () => {
  const { folder, store } = open()
  for (const key of ['../../outside', '/etc/passwd', 'a/b', '.', '..', '', 'nul\0']) {
    expect(await store.create(key, live, NOW)).toBe(true)
    expect(await store.find(key)).toEqual(live)
  }
  const files = await filesBelow(folder)
  expect(files).toHaveLength(7)
  for (const file of files)
    expect(file).toMatch(/^([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}\/[0-9a-f]{16}\/[0-9]{16}$/)
})

test('folders and files are for this user only', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  await store.replace('key', { ...live, version: 2 }, 1, NOW)
  for (const path of ['', ...(await readdir(folder, { recursive: true }))]) {
    const stats = await stat(join(folder, path))
    expect([path, (stats.mode & 0o777).toString(8)]).toEqual([path, stats.isDirectory() ? '700' : '600'])
  }
})

test('nothing is made before something is written', async () => {
  const { folder, store } = open()
  expect(await store.find('key')).toBeNull()
  expect(await store.extend('key', NOW * 2, NOW)).toBe(false)
  expect(await store.sweep(NOW)).toBe(0)
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('of many versions one file stays', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  for (let version = 1; version < 20; version++) {
    expect(await store.replace('key', { ...live, version: version + 1 }, version, NOW)).toBe('done')
    expect(await store.extend('key', live.expiresAt + version, NOW)).toBe(true)
  }
  expect(await filesBelow(folder)).toHaveLength(1)
})

test.each([
  ['empty', (file: string) => truncate(file, 0)],
  ['cut off', (file: string) => truncate(file, 60)],
  ['full of zeros', (file: string) => writeFile(file, Buffer.alloc(100))],
  ['a stranger’s', (file: string) => writeFile(file, 'hello')],
])(
  'an entry whose file is %s is absent: nobody is served from it, and the key can be used again',
  async (_, damage) => {
    const { folder, store } = open()
    await store.create('key', live, NOW)
    await damage(await versionFile(folder))
    expect(await store.find('key')).toBeNull()
    expect(await store.replace('key', { ...live, version: 2 }, 1, NOW)).toBe('gone')
    expect(await store.extend('key', NOW * 2, NOW)).toBe(false)
    expect(await store.sweep(NOW * 10)).toBe(0)
    expect(await store.create('key', { ...live, value: 'second' }, NOW)).toBe(true)
    expect(await store.find('key')).toEqual({ ...live, value: 'second' })
  },
)

test('behind a damaged file the version before it is not served: the damaged one may have been a grave', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  const file = await versionFile(folder)
  await writeFile(file.replace(/1$/, '2'), 'half of a gra')
  expect(await store.find('key')).toBeNull()
  await store.bury('key', 'successor', NOW * 2, NOW)
  expect(await store.find('key')).toEqual({ value: 'successor', version: 1, expiresAt: NOW * 2, grave: true })
})

test('a file that was copied to the place of another key is not that key’s entry', async () => {
  const { folder, store } = open()
  await store.create('mine', { ...live, ownerId: 'ada' }, NOW)
  const mine = await readFile(await versionFile(folder))
  const other = open()
  await other.store.create('yours', live, NOW)
  await writeFile(await versionFile(other.folder), mine)
  expect(await other.store.find('yours')).toBeNull()
})

test('strangers’ files beside ours are neither read nor removed', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  const file = await versionFile(folder)
  const places = [folder, join(file, '../../..'), join(file, '../..'), join(file, '..'), join(folder, 'tmp')]
  for (const place of places) await writeFile(join(place, '.DS_Store'), 'not ours')
  await mkdir(join(file, '../9999999999999999x'))
  expect(await store.find('key')).toEqual(live)
  expect(await store.replace('key', { ...live, version: 2 }, 1, NOW)).toBe('done')
  expect(await store.sweep(NOW + 60_000)).toBe(0)
  expect((await filesBelow(folder)).filter((path) => path.endsWith('.DS_Store'))).toHaveLength(5)
})

test('a stranger in the place of an entry is an error for who writes, and no entry for who reads', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  const file = await versionFile(folder)
  await store.sweep(NOW * 10)
  await writeFile(join(file, '../..'), 'not ours')
  expect(await store.find('key')).toBeNull()
  await expect(store.create('key', live, NOW)).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

test('sweep leaves no trace of what it took, and none of what was being removed', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  await store.create('other key', { ...live, expiresAt: NOW * 9 }, NOW)
  await mkdir(join(folder, 'trash/12-0123456789abcdef/of a process that died'), { recursive: true })
  expect(await store.sweep(live.expiresAt + 60_001)).toBe(1)
  expect(await filesBelow(folder)).toHaveLength(1)
  expect(await readdir(join(folder, 'trash'))).toEqual([])
})

test('sweep removes what a dead process was writing, by the file system’s own time and not the caller’s', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  const leftover = '4711-0123456789abcdef'
  await writeFile(join(folder, 'tmp', leftover), 'half')
  await store.sweep(Number.MAX_SAFE_INTEGER)
  expect(await readdir(join(folder, 'tmp'))).toEqual([leftover])
  const later = fileEntries(folder, false, {
    ...disk,
    async facts(path) {
      const facts = await disk.facts(path)
      return facts && { ...facts, changedAt: facts.changedAt - (path.endsWith(leftover) ? 10 * 60_000 + 1 : 0) }
    },
  })
  await later.sweep(0)
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('a history that a dead process had closed and not removed is no entry, and its key can be used', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  const stopping = fileEntries(folder, false, {
    ...disk,
    move: () => Promise.reject(new Error('the process died here')),
  })
  await expect(stopping.sweep(NOW * 10)).rejects.toThrow('the process died here')
  expect(await store.find('key')).toBeNull()
  expect(await store.replace('key', { ...live, version: 2 }, 1, NOW)).toBe('gone')
  expect(await store.create('key', { ...live, value: 'second' }, NOW)).toBe(true)
  expect(await store.find('key')).toEqual({ ...live, value: 'second' })
})

test('a folder that is not one is a STORE_FAILED with the system’s error as its cause, as a rejection', async () => {
  const { store, folder } = open()
  await mkdir(join(folder, '../..'), { recursive: true })
  await writeFile(join(folder, '..'), 'a file where a folder should be')
  const attempt = store.create('key', live, NOW)
  await expect(attempt).rejects.toMatchObject({ code: 'STORE_FAILED', status: 503, details: { folder } })
  await expect(attempt).rejects.toHaveProperty('cause.code', expect.stringMatching(/^E/))
})

test('a plain caller who passes no text gets a rejection, not a throw', async () => {
  const { store } = open()
  const attempts = [store.find(undefined as never), store.create(undefined as never, live, NOW)]
  for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

test.each([[''], ['a\0b'], [undefined], [null], [7]])('%o is no folder, and refused at once', (folder) => {
  expect(() => fileStore(folder as string)).toThrow(ConfigError)
  expect(() => fileStore(folder as string)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})

test('a durable store answers what another one does, file by file', async () => {
  const folder = temporaryFolder()
  const store = fileStore(folder)
  await chmod(folder, 0o700)
  await store.create('key', live, NOW)
  await store.replace('key', { ...live, version: 2 }, 1, NOW)
  expect(await fileStore(folder, { durable: false }).find('key')).toEqual({ ...live, version: 2 })
  expect(await filesBelow(folder)).toHaveLength(1)
})
