/**
 * Entries as bytes: one block each, with what the lists need of it in front.
 *
 * In: keys and entries. Out: addresses, and what stands there. Must not know in which order entries are kept, or which goes
 * first.
 *
 *     double 0, 1  expiresAt, version
 *     word   4, 5  older, newer: neighbours in an idle list
 *            6, 7  previous, next: neighbours in the list of an owner
 *            8     place in the heap
 *            9     hash of the key
 *     10, 11, 12   bytes of key, value and owner, times two; odd where it is no ASCII and has two bytes a character
 *           13     1: a grave; 2: there is an owner
 *     byte  56     key, value, owner
 *
 * @module
 */
import type { Held } from '../store-rules.ts'
import { createPages, offsetOf, type Page } from './pages.ts'

/** The words that belong to the lists. */
export const OLDER = 4
export const NEWER = 5
export const PREVIOUS = 6
export const NEXT = 7
export const PLACE = 8
const HASH = 9
const KEY = 10
const VALUE = 11
const OWNER = 12
const FLAGS = 13
const HEAD_BYTES = 56

const GRAVE = 1
const OWNED = 2

export type ListWord = typeof OLDER | typeof NEWER | typeof PREVIOUS | typeof NEXT | typeof PLACE

export interface Blocks {
  make(key: string, hash: number, entry: Held): number
  /** Writes `entry` over what stands there, under the same key. `false`, with nothing written: it needs another block. */
  rewrite(address: number, entry: Held): boolean
  release(address: number): void
  word(address: number, word: ListWord): number
  setWord(address: number, word: ListWord, value: number): void
  hash(address: number): number
  expiresAt(address: number): number
  setExpiresAt(address: number, expiresAt: number): void
  version(address: number): number
  key(address: number): string
  value(address: number): string
  ownerId(address: number): string | undefined
  isGrave(address: number): boolean
}

/** Bytes a text takes, times two; odd where it has two for each character. */
function lengthOf(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length * 2 : text.length * 4 + 1
}

const bytesOf = (length: number) => length >>> 1

export function createBlocks(): Blocks {
  const pages = createPages()

  function word(address: number, n: number): number {
    const page = pages.pageOf(address)
    return page.words[(offsetOf(address) >> 2) + n] as number
  }

  function setWord(address: number, n: number, value: number): void {
    const page = pages.pageOf(address)
    page.words[(offsetOf(address) >> 2) + n] = value
  }

  function textAt(address: number, before: readonly number[], n: number): string {
    const page = pages.pageOf(address)
    const words = offsetOf(address) >> 2
    let at = offsetOf(address) + HEAD_BYTES
    for (const earlier of before) at += bytesOf(page.words[words + earlier] as number)
    const length = page.words[words + n] as number
    return page.bytes.toString(length % 2 === 0 ? 'latin1' : 'utf16le', at, at + bytesOf(length))
  }

  function sizeOf(key: number, { value, ownerId }: Held): number {
    return (
      HEAD_BYTES + bytesOf(key) + bytesOf(lengthOf(value)) + (ownerId === undefined ? 0 : bytesOf(lengthOf(ownerId)))
    )
  }

  /** All but the key and the words of the lists. */
  function fill(address: number, { value, version, expiresAt, ownerId, grave }: Held): void {
    const page = pages.pageOf(address)
    const words = offsetOf(address) >> 2
    const at = offsetOf(address)
    page.doubles[at >> 3] = expiresAt
    page.doubles[(at >> 3) + 1] = version
    const valueAt = at + HEAD_BYTES + bytesOf(page.words[words + KEY] as number)
    page.words[words + VALUE] = put(page, value, valueAt)
    const ownerAt = valueAt + bytesOf(page.words[words + VALUE] as number)
    page.words[words + OWNER] = ownerId === undefined ? 0 : put(page, ownerId, ownerAt)
    page.words[words + FLAGS] = (grave ? GRAVE : 0) | (ownerId === undefined ? 0 : OWNED)
  }

  function put(page: Page, text: string, at: number): number {
    const length = lengthOf(text)
    page.bytes.write(text, at, length % 2 === 0 ? 'latin1' : 'utf16le')
    return length
  }

  return {
    make(key, hash, entry) {
      const address = pages.take(sizeOf(lengthOf(key), entry))
      const page = pages.pageOf(address)
      const words = offsetOf(address) >> 2
      page.words.fill(0, words, words + HASH)
      page.words[words + HASH] = hash
      page.words[words + KEY] = put(page, key, offsetOf(address) + HEAD_BYTES)
      fill(address, entry)
      return address
    },
    rewrite(address, entry) {
      if (!pages.fits(address, sizeOf(word(address, KEY), entry))) return false
      fill(address, entry)
      return true
    },
    release: (address) => pages.giveBack(address),
    word,
    setWord,
    hash: (address) => word(address, HASH),
    expiresAt: (address) => pages.pageOf(address).doubles[offsetOf(address) >> 3] as number,
    setExpiresAt(address, expiresAt) {
      pages.pageOf(address).doubles[offsetOf(address) >> 3] = expiresAt
    },
    version: (address) => pages.pageOf(address).doubles[(offsetOf(address) >> 3) + 1] as number,
    key: (address) => textAt(address, [], KEY),
    value: (address) => textAt(address, [KEY], VALUE),
    ownerId: (address) => ((word(address, FLAGS) & OWNED) === 0 ? undefined : textAt(address, [KEY, VALUE], OWNER)),
    isGrave: (address) => (word(address, FLAGS) & GRAVE) !== 0,
  }
}
