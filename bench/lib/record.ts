/**
 * The session that every side of the bench keeps.
 *
 * Out: what an app puts in, so that sojourn's encoded record has 300, 2,000 or 16,000 bytes. Must not know who keeps it.
 *
 * @module
 */

/** What an app puts into a session: a name to greet, a small cart, a counter, and text up to the size. */
export interface Data {
  readonly name: string
  readonly role: string
  readonly cart: readonly { readonly sku: string; readonly qty: number }[]
  readonly visits: number
  readonly note: string
}

/** What a record says beside its data: `{"v":1,"c":1700000000000,"d":…}`. */
const RECORD_HEAD = 29

/** Bytes of an encoded record, unless a row says otherwise. */
export const RECORD_BYTES = 300

export function dataOf(recordBytes: number = RECORD_BYTES): Data {
  const data = {
    name: 'Ada Lovelace',
    role: 'editor',
    cart: [
      { sku: 'A-1001', qty: 2 },
      { sku: 'B-2002', qty: 1 },
      { sku: 'C-3003', qty: 5 },
    ],
    visits: 0,
    note: '',
  }
  const missing = recordBytes - RECORD_HEAD - JSON.stringify(data).length
  return {
    ...data,
    note: 'The quick brown fox jumps over a lazy dog. '.repeat(Math.ceil(missing / 43)).slice(0, missing),
  }
}

/** What the routes answer, with a session and without one. */
export function greetingOf(name: string): string {
  return `<!doctype html><title>Hello</title><p>Hello, ${name}`
}

export const SECRET = 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'
