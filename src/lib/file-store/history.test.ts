import { link, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.ts'
import { type Disk, disk } from './disk.ts'
import { type Head, type Histories, histories, type Look, OutcomeUnknown } from './history.ts'

const bytes = (text: string) => Buffer.from(text)

async function begin(change: Partial<Disk> = {}) {
  const root = temporaryFolder()
  const folder = join(root, 'ab/cd/key')
  const calm = histories(root, false, disk)
  await calm.publish(folder, bytes('first'))
  return { root, folder, calm, watched: histories(root, false, { ...disk, ...change }) }
}

function headOf(look: Look): Head {
  if (typeof look === 'string') throw new Error(`Cannot go on: the history is ${look}`)
  return look
}

async function textOf(look: Look): Promise<string> {
  const head = headOf(look)
  await head.close()
  return head.bytes.toString()
}

async function writeNext(own: Histories, folder: string, text: string): Promise<boolean> {
  const head = headOf(await own.look(folder))
  try {
    return await own.append(head, bytes(text))
  } finally {
    await head.close()
  }
}

test('a writer that slept while others wrote and tidied up changes nothing, and is told so', async () => {
  const { folder, calm, root } = await begin()
  const slept = headOf(await calm.look(folder))
  expect(await writeNext(calm, folder, 'second')).toBe(true)
  expect(await writeNext(calm, folder, 'third')).toBe(true)
  // Its number is free again.
  expect(await readdir(slept.log)).toEqual(['0000000000000003'])
  expect(await calm.append(slept, bytes('late'))).toBe(false)
  await slept.close()
  expect(await textOf(await calm.look(folder))).toBe('third')
  expect(await readdir(slept.log)).toEqual(['0000000000000003'])
  expect(await readdir(join(root, 'tmp'))).toEqual([])
})

test('a writer that was overtaken after its write counted is told that it counted', async () => {
  const overtaking: (() => Promise<unknown>)[] = []
  const { folder, calm, watched } = await begin({
    async link(from, to) {
      const linked = await disk.link(from, to)
      for (const overtake of overtaking.splice(0)) await overtake()
      return linked
    },
  })
  overtaking.push(async () => {
    expect(await writeNext(calm, folder, 'third')).toBe(true)
    expect(await writeNext(calm, folder, 'fourth')).toBe(true)
  })
  expect(await writeNext(watched, folder, 'second')).toBe(true)
  expect(await textOf(await calm.look(folder))).toBe('fourth')
})

test('a late write is never served, even to a reader whose listing missed all that came after it', async () => {
  const missed: string[][] = [['0000000000000002']]
  const { folder, calm, root, watched } = await begin({
    list: async (path) => (path.includes('key/') ? (missed.shift() ?? disk.list(path)) : disk.list(path)),
  })
  await writeNext(calm, folder, 'second')
  await writeNext(calm, folder, 'third')
  const { log, close } = headOf(await calm.look(folder))
  await close()
  // As it is between the link of a late writer and its second thought: one file, two names.
  await writeFile(join(root, 'tmp/aside'), 'late')
  await link(join(root, 'tmp/aside'), join(log, '0000000000000002'))
  expect(await textOf(await watched.look(folder))).toBe('third')
  expect(missed).toEqual([])
})

test('a writer whose traces were removed while it slept does not claim to know its outcome', async () => {
  const asleep: (() => Promise<unknown>)[] = []
  const { root, folder, calm, watched } = await begin({
    async link(from, to) {
      const linked = await disk.link(from, to)
      for (const wait of asleep.splice(0)) await wait()
      return linked
    },
  })
  asleep.push(async () => {
    await rm(join(root, 'tmp'), { recursive: true })
    await writeNext(calm, folder, 'third')
  })
  await expect(writeNext(watched, folder, 'second')).rejects.toBeInstanceOf(OutcomeUnknown)
  expect(await textOf(await calm.look(folder))).toBe('third')
})

test('of two who begin one history, one does', async () => {
  const { root, calm } = await begin()
  const folder = join(root, 'ab/cd/other')
  const begun = await Promise.all([calm.publish(folder, bytes('one')), calm.publish(folder, bytes('two'))])
  expect(begun.filter(Boolean).length).toBe(1)
  expect(await textOf(await calm.look(folder))).toBe(begun[0] ? 'one' : 'two')
  expect(await readdir(join(root, 'tmp'))).toEqual([])
})

test('a history is not removed while a writer before its end does not know its outcome', async () => {
  const overtaking: (() => Promise<unknown>)[] = []
  const { folder, calm, watched } = await begin({
    async link(from, to) {
      const linked = await disk.link(from, to)
      for (const overtake of overtaking.splice(0)) await overtake()
      return linked
    },
  })
  overtaking.push(async () => {
    await writeNext(calm, folder, 'closed')
    const end = headOf(await calm.look(folder))
    await calm.discard(end, 'wait')
    await end.close()
    expect(await readdir(folder)).toHaveLength(1)
  })
  expect(await writeNext(watched, folder, 'second')).toBe(true)
  const end = headOf(await calm.look(folder))
  await calm.discard(end, 'wait')
  await end.close()
  expect(await calm.look(folder)).toBe('absent')
})
