/**
 * Walks over all rows.
 *
 * In: a link and where to go on. Out: every key once, by its plain text in ascending order. Must not know rows.
 *
 * SCAN has no order that would hold still, and gives some names twice. So the order is made here: each pass scans every
 * master and keeps the smallest keys above the last one, as many as fit.
 *
 * @module
 */
import { type RedisLink, replyList, replyText, type SendToNode } from './link.ts'
import type { Names } from './names.ts'

/** Keys held in memory at once, about: some ten megabytes. */
const PASS = 100_000
const SCAN_COUNT = '1000'
/** Keys handed out at once, to be read together. */
const BATCH = 64

/** All keys above `after`, as plain text, some at a time. `pass`: how many are held at once. */
export async function* walkKeys(
  link: RedisLink,
  names: Names,
  after: string | null,
  pass: number = PASS,
): AsyncGenerator<readonly string[]> {
  let last = after
  for (;;) {
    const { keys, complete } = await smallestAbove(link, names, last, pass)
    for (let start = 0; start < keys.length; start += BATCH) yield keys.slice(start, start + BATCH)
    last = keys.at(-1) ?? null
    if (complete || last === null) return
  }
}

async function smallestAbove(link: RedisLink, names: Names, after: string | null, pass: number) {
  let found = new Set<string>()
  let complete = true
  const cut = () => {
    if (found.size <= pass) return
    found = new Set([...found].sort(ascending).slice(0, pass))
    complete = false
  }
  for (const send of await link.masters()) {
    for await (const name of scan(send, names.rowPattern)) {
      const key = names.plainKeyOf(name)
      if (after === null || ascending(key, after) > 0) found.add(key)
      if (found.size >= 2 * pass) cut()
    }
  }
  cut()
  return { keys: [...found].sort(ascending), complete }
}

async function* scan(send: SendToNode, pattern: string): AsyncGenerator<string> {
  let cursor = '0'
  do {
    const [next, names] = replyList(await send(['scan', cursor, 'match', pattern, 'count', SCAN_COUNT]))
    for (const name of replyList(names)) yield replyText(name)
    cursor = replyText(next)
  } while (cursor !== '0')
}

function ascending(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
