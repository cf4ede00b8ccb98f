/**
 * Cookies, tokens and rows that were opened a moment ago.
 *
 * In: what opens them. Out: the same, which need not open again what it opened twice. It says what a value holds, never that it
 * still counts: time, revocation and the row in the store are judged at every hit. Only what was authenticated gets in, so a stranger
 * cannot fill it. Must not know: keys, times.
 *
 * @module
 */

import type { Tokens } from '../crypto/token.ts'
import { createRecent, ownText, type Recent } from '../lib/recent.ts'
import { deepFreeze } from '../record/json.ts'
import { claimantOf, type SessionRecord } from '../record/record.ts'
import type { RowCodec } from './row-codec.ts'

/** The option `memo`. */
export type MemoOption = false | { readonly bytes: number } | undefined

/** 8 MiB: some 3,000 sessions of a typical size. */
const MEMO_BYTES = 8 * 1024 * 1024

/** Of what a record takes, for each character of its text: measured, rounded up. */
const RECORD_BYTES = 5

/** A token is a tenth of what its row is. */
const TOKENS_SHARE = 0.25

/** What a sealed cookie holds. */
export interface OpenedValue {
  readonly id: string
  /** The time of the last activity when it was sealed, in milliseconds since the epoch. */
  readonly sealedAt: number
  /** The record's text. Each request gets a record of its own, until one is frozen and may be shared. */
  readonly text: string
  shared: SessionRecord | null
}

/** For sealed cookies. `null`: none is wanted. */
export function createOpenedMemo(memo: MemoOption): Recent<OpenedValue> | null {
  return memo === false ? null : createRecent(memo?.bytes ?? MEMO_BYTES, ({ text }) => RECORD_BYTES * text.length)
}

/** Tokens that remember what they opened: an HMAC and a hash less. */
export function remembering(tokens: Tokens, memo: MemoOption): Tokens {
  if (memo === false) return tokens
  const bytes = TOKENS_SHARE * (memo?.bytes ?? MEMO_BYTES)
  const recent = createRecent<ReturnType<Tokens['open']>>(bytes, () => 0)
  return {
    ...tokens,
    open(text) {
      const known = recent.find(text)
      if (known !== undefined) return known
      const opened = tokens.open(text)
      if (!opened.ok || !recent.comesAgain(text)) return opened
      const token = { ...opened.token, text: ownText(text) }
      recent.keep(token.text, { ok: true, token })
      return opened
    },
  }
}

interface Row {
  readonly text: string
  readonly ownerId: string | null
  readonly version: number
  readonly record: SessionRecord
}

/**
 * A codec that remembers the last text of a row, and its record, which requests share: none may change it, or the others would read
 * that. Not for an app with a schema, which is given the data and may change them.
 */
export function rememberingRows(codec: RowCodec, memo: MemoOption): RowCodec {
  if (memo === false) return codec
  const bytes = (1 - TOKENS_SHARE) * (memo?.bytes ?? MEMO_BYTES)
  const recent = createRecent<Row>(bytes, ({ text }) => RECORD_BYTES * text.length)

  return {
    ...codec,
    decode(text, token, place) {
      const { key, ownerId, version } = place
      const known = recent.find(key)
      if (known?.text === text && known.version === version && known.ownerId === ownerId) return known.record
      const record = codec.decode(text, token, place)
      if (record !== null && (known !== undefined || recent.comesAgain(key)) && isShareable(record)) {
        deepFreeze(record.data)
        recent.keep(key, { text, ownerId, version, record })
      }
      return record
    },
    encode(record, token, version) {
      const text = codec.encode(record, token, version)
      // The next request reads what this one is about to write. Not frozen, which every write would pay for: its values are where they
      // are set or handed out, and a draft copies the rest before it changes any of it.
      if (recent.find(token.key) !== undefined && isShareable(record)) {
        recent.keep(token.key, { text, ownerId: claimantOf(record), version, record })
      }
      return text
    },
  }
}

/** Whether requests may share a record: not where a message waits, for messages are handed out as they are. */
export function isShareable({ flashes }: SessionRecord): boolean {
  return flashes.length === 0
}
