import { readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.ts'
import { type Disk, disk } from '../lib/file-store/disk.ts'
import { fileEntries } from '../lib/file-store/entries.ts'
import { fileStore } from './file.ts'
import type { Entry } from './store.ts'

const NOW = 1_000_000
const live: Entry = { value: 'first', version: 1, expiresAt: NOW + 60_000 }
const owned: Entry = { ...live, ownerId: 'ada' }

function open() {
  const folder = join(temporaryFolder(), 'store')
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

async function keysOf(listing: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listing) keys.push(key)
  return keys.toSorted()
}

/** The files that say that a key may be some owner's. */
async function marksBelow(folder: string): Promise<string[]> {
  return (await filesBelow(folder)).filter((path) => path.startsWith('owners'))
}

test('an owner is in no path, nor in anything but the entries', async () => {
  const { folder, store } = open()
  await store.create('key', { ...live, ownerId: '../../ada' }, NOW)
  await store.raiseEpoch('../../ada', NOW)
  const place = String.raw`([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}`
  const files = (await filesBelow(folder)).toSorted()
  for (const form of [
    String.raw`^epochs\/${place}\/[0-9a-f]{16}\/0{15}1$`,
    String.raw`^owners\/${place}\/[0-9a-f]{64}-[0-9a-f]{16}-0{15}1-[0-9a-f]{16}$`,
    String.raw`^${place}\/[0-9a-f]{16}\/0{15}1$`,
  ]) {
    expect(files).toContainEqual(expect.stringMatching(new RegExp(form)))
  }
  expect(files).toHaveLength(3)
})

test('an entry has one mark as long as it is the owner’s, and none afterwards', async () => {
  const { folder, store } = open()
  await store.create('key', live, NOW)
  expect(await marksBelow(folder)).toHaveLength(0)
  await store.replace('key', { ...owned, version: 2 }, 1, NOW)
  for (let version = 2; version < 9; version++) {
    await store.replace('key', { ...owned, version: version + 1 }, version, NOW)
    await store.extend('key', live.expiresAt + version, NOW)
  }
  expect(await marksBelow(folder)).toHaveLength(1)
  await store.replace('key', { ...owned, version: 10, ownerId: 'bob' }, 9, NOW)
  expect(await marksBelow(folder)).toHaveLength(1)
  expect([await keysOf(store.listByOwner('ada')), await keysOf(store.listByOwner('bob'))]).toEqual([[], ['key']])
  await store.bury('key', '', NOW * 2, NOW)
  expect(await marksBelow(folder)).toHaveLength(0)
})

test('sweep takes the marks and the folders of owners with what it takes, and leaves their epochs', async () => {
  const { folder, store } = open()
  for (const key of ['one', 'two']) await store.create(key, owned, NOW)
  await store.raiseEpoch('ada', NOW)
  expect(await store.sweep(Number.MAX_SAFE_INTEGER)).toBe(2)
  expect((await filesBelow(folder)).map((path) => path.split('/')[0])).toEqual(['epochs'])
  const [outer = ''] = await readdir(join(folder, 'owners'))
  const [inner = ''] = await readdir(join(folder, 'owners', outer))
  expect(await readdir(join(folder, 'owners', outer, inner))).toEqual([])
  expect(await store.epochOf('ada')).toBe(NOW)
})

test.each<[string, keyof Disk, (store: ReturnType<typeof fileEntries>) => Promise<unknown>]>([
  ['create', 'move', (store) => store.create('key', owned, NOW)],
  ['replace', 'link', (store) => store.replace('other', { ...owned, version: 2 }, 1, NOW)],
])('a listing and a sweep while a %s has its mark and not yet its entry leave it the mark', async (_, call, write) => {
  const { folder, store } = open()
  await store.create('other', live, NOW)
  const listed: string[][] = []
  const slow = fileEntries(folder, false, {
    ...disk,
    [call]: async (...args: [string, string]) => {
      expect(await marksBelow(folder)).toHaveLength(1)
      listed.push(await keysOf(store.listByOwner('ada')))
      await store.sweep(NOW)
      return disk[call as 'move'](...args)
    },
  })
  await write(slow)
  expect(listed.length).toBeGreaterThan(0)
  expect(listed.flat()).toEqual([])
  expect(await keysOf(store.listByOwner('ada'))).toHaveLength(1)
})

test('a mark whose writer died before its entry is removed by a sweep ten minutes later, and not before', async () => {
  const { folder, store } = open()
  await store.create('other', live, NOW)
  const dying = fileEntries(folder, false, { ...disk, move: () => Promise.reject(new Error('the process died here')) })
  await expect(dying.create('key', owned, NOW)).rejects.toThrow('the process died here')
  expect(await keysOf(store.listByOwner('ada'))).toEqual([])
  await store.sweep(NOW)
  expect(await marksBelow(folder)).toHaveLength(1)
  const later = fileEntries(folder, false, {
    ...disk,
    async facts(path) {
      const facts = await disk.facts(path)
      return facts && { ...facts, changedAt: facts.changedAt - (path.includes('owners') ? 10 * 60_000 + 1 : 0) }
    },
  })
  await later.sweep(NOW)
  expect(await marksBelow(folder)).toHaveLength(0)
})

test('a writer that slept for ten minutes between its mark and its entry begins again, with another mark', async () => {
  const { folder, store } = open()
  await store.create('other', live, NOW)
  const left: string[][] = []
  const later = fileEntries(folder, false, {
    ...disk,
    async facts(path) {
      const facts = await disk.facts(path)
      // All is old but the file the time is read off: the stage is a folder.
      const probe = path.startsWith(join(folder, 'tmp')) && (await disk.list(path)) === null
      return facts && { ...facts, changedAt: facts.changedAt - (probe ? 0 : 10 * 60_000 + 1_000) }
    },
    async remove(path) {
      // Before the mark goes, what it was made for is gone.
      if (path.includes('owners')) left.push(await readdir(join(folder, 'tmp')))
      return disk.remove(path)
    },
  })
  let asleep = true
  const slow = fileEntries(folder, false, {
    ...disk,
    async move(from, to) {
      if (asleep) await later.sweep(NOW)
      asleep = false
      return disk.move(from, to)
    },
  })
  expect(await slow.create('key', owned, NOW)).toBe(true)
  expect(left).toEqual([[]])
  expect(await keysOf(store.listByOwner('ada'))).toEqual(['key'])
  expect(await marksBelow(folder)).toHaveLength(1)
})

test('where changes survive a power cut, a mark does before its entry is written', async () => {
  const calls: string[] = []
  const folder = join(temporaryFolder(), 'store')
  const watching = fileEntries(folder, true, {
    ...disk,
    sync: async (path) => calls.push(`sync ${relative(folder, path)}`) > 0 && disk.sync(path),
    move: async (from, to) => {
      calls.push('move')
      return disk.move(from, to)
    },
  })
  await watching.create('key', owned, NOW)
  const [mark = ''] = await marksBelow(folder)
  const names = ['', '..', '../..', '../../..', '../../../..', '../../../../..'].map((up) => join(mark, '..', up))
  const before = calls.slice(0, calls.indexOf('move'))
  for (const name of names) expect(before).toContain(`sync ${name === '.' ? '' : name}`)
})

test('a mark that a dead process left is removed by the next listing', async () => {
  const { folder, store } = open()
  await store.create('key', owned, NOW)
  const dying = fileEntries(folder, false, {
    ...disk,
    remove: async (path) => !path.includes('owners') && disk.remove(path),
  })
  await dying.bury('key', '', NOW * 2, NOW)
  expect(await marksBelow(folder)).toHaveLength(1)
  expect(await keysOf(store.listByOwner('ada'))).toEqual([])
  expect(await marksBelow(folder)).toHaveLength(0)
})

test('who ended an entry, and comes late to its mark, leaves that of an entry made since', async () => {
  const { folder, store } = open()
  await store.create('key', owned, NOW)
  const late = fileEntries(folder, false, {
    ...disk,
    async list(path) {
      if (path.includes('owners')) {
        await store.sweep(NOW * 10)
        await store.create('key', live, NOW)
        await store.replace('key', { ...owned, version: 2 }, 1, NOW)
      }
      return disk.list(path)
    },
  })
  await late.bury('key', '', NOW * 2, NOW)
  expect(await keysOf(store.listByOwner('ada'))).toEqual(['key'])
})

test('the index follows the entries, not the marks: a mark without an entry, or of another’s, lists nothing', async () => {
  const { folder, store } = open()
  await store.create('key', owned, NOW)
  const [mark = ''] = await marksBelow(folder)
  await writeFile(join(folder, mark.replace(/[0-9a-f]{64}-/, `${'0'.repeat(64)}-`)), '')
  await writeFile(join(folder, mark, '../.DS_Store'), 'not ours')
  expect(await keysOf(store.listByOwner('ada'))).toEqual(['key'])
})

test('a walk goes on in its order, even after a key that has left meanwhile', async () => {
  const { store } = open()
  for (const key of ['a', 'b', 'c', 'd', 'e']) await store.create(key, live, NOW)
  const keys: string[] = []
  for await (const { key } of store.entries()) keys.push(key)
  await store.bury(keys[1] ?? '', '', NOW + 1, NOW)
  await store.sweep(NOW + 60_002)
  const rest: string[] = []
  for await (const { key } of store.entries(keys[1])) rest.push(key)
  expect(rest).toEqual(keys.slice(2))
})

test('a damaged epoch is an error and not 0, which would revive the revoked; raising it writes it anew', async () => {
  const { folder, store } = open()
  await store.raiseEpoch('ada', NOW)
  const file = await versionFile(folder)
  await truncate(file, 20)
  await expect(store.epochOf('ada')).rejects.toMatchObject({ code: 'STORE_FAILED', message: /is damaged. Raise it/ })
  expect(await store.raiseEpoch('ada', NOW * 2)).toBe(NOW * 2)
  expect(await store.epochOf('ada')).toBe(NOW * 2)
})

test('what goes wrong in the middle of a listing is a STORE_FAILED with its cause', async () => {
  const { store, folder } = open()
  await store.create('key', owned, NOW)
  const [mark = ''] = await marksBelow(folder)
  const ofOwner = join(folder, mark, '..')
  await rm(ofOwner, { recursive: true })
  for (const loop of [ofOwner, join(folder, 'ff')]) await symlink(loop, loop)
  const loops = { code: 'STORE_FAILED', details: { systemCode: 'ELOOP' } }
  await expect(keysOf(store.listByOwner('ada'))).rejects.toMatchObject(loops)
  await expect(keysOf(store.entries())).rejects.toMatchObject(loops)
})
