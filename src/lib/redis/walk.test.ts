import { expect, test } from 'vitest'
import type { RedisLink } from './link.ts'
import { namesUnder } from './names.ts'
import { walkKeys } from './walk.ts'

const names = namesUnder('p:', '')

/** Masters whose SCAN gives these names, a few at a time. */
function linkOver(masters: readonly (readonly string[])[]): RedisLink {
  const never = () => Promise.reject(new Error('only SCAN is expected'))
  const scan = (keys: readonly string[]) => async (command: readonly string[]) => {
    const start = Number(command[1])
    const end = start + 3
    return [end < keys.length ? String(end) : '0', keys.slice(start, end)]
  }
  return { addedPrefix: '', missingPrefix: '', send: never, sendBoth: never, masters: async () => masters.map(scan) }
}

async function walked(link: RedisLink, after: string | null, pass: number): Promise<string[]> {
  const keys: string[] = []
  for await (const some of walkKeys(link, names, after, pass)) keys.push(...some)
  return keys
}

const keys = Array.from({ length: 50 }, (_, n) => `k${String(n).padStart(2, '0')}`)
const shuffled = keys.map((_, n) => keys[(n * 37) % keys.length] ?? '')
const found = shuffled.map((key) => names.row(key))

test.each([1, 7, 50, 1_000])('every key comes once and in order, with %i of them in memory', async (pass) => {
  // SCAN may give a name twice, and so may two masters while a slot moves.
  const link = linkOver([[...found, ...found.slice(0, 9)], found.slice(5, 12), []])
  expect(await walked(link, null, pass)).toEqual(keys)
  expect(await walked(link, 'k30', pass)).toEqual(keys.slice(31))
  expect(await walked(link, 'k30 and a bit', pass)).toEqual(keys.slice(31))
  expect(await walked(link, 'z', pass)).toEqual([])
})
