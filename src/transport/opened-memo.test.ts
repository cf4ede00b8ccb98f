import { describe, expect, test } from 'vitest'
import { createKeyring } from '../crypto/keyring.ts'
import { createSealer } from '../crypto/seal.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import { createTokens, type Token } from '../crypto/token.ts'
import { Draft, type Operation } from '../record/operations.ts'
import { emptyRecord } from '../record/record.ts'
import { type MemoOption, remembering, rememberingRows } from './opened-memo.ts'
import type { Revocations } from './revocations.ts'
import { createRowCodec } from './row-codec.ts'
import { type SealedHeld, type SealedOptions, sealedTransport } from './sealed.ts'
import { HEAD_BYTES } from './sealed-layout.ts'
import type { Opened, Outcome } from './transport.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const keyring = createKeyring(['Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'])

/** A transport that counts what it really opens. */
function counting(options: Partial<SealedOptions> = {}) {
  const sealer = createSealer(keyring, 'seal', 'session')
  const counted = { opened: 0 }
  const transport = sealedTransport({
    sealer: {
      seal: sealer.seal,
      open(value) {
        counted.opened++
        return sealer.open(value)
      },
    },
    seen: createSignedFields(keyring, 'seen', 'session', HEAD_BYTES),
    limits: { idle: HOUR, absolute: 2 * HOUR },
    admit: (held) => ({ type: 'live', held }),
    cookieName: 'session',
    revocations: null,
    onEvent() {},
    ...options,
  })
  const open = (value: string, now = NOW) => transport.open({ session: [value], seen: [] }, now) as Opened<SealedHeld>
  const make = (...operations: Operation[]) =>
    (transport.commit({ type: 'create', operations }, NOW) as Extract<Outcome<SealedHeld>, { type: 'set' }>).session ??
    ''
  return { transport, counted, open, make }
}

const SET: Operation = { type: 'set', key: 'cart', value: [{ sku: 'a' }] }

function dataOf(opened: Opened<SealedHeld>) {
  if (opened.type !== 'live') throw new Error(`It is ${opened.type}`)
  return opened.held.record.data
}

test('a cookie that was opened twice is not opened again, and says the same', () => {
  const { counted, open, make } = counting()
  const value = make(SET)
  const answers = [1, 2, 3, 4, 5].map(() => open(value))
  expect(counted.opened).toBe(2)
  for (const opened of answers)
    expect(opened).toMatchObject({ type: 'live', held: { record: { data: { cart: [{ sku: 'a' }] } } } })
  const ids = answers.map((opened) => (opened.type === 'live' ? opened.held.id : null))
  expect(new Set(ids).size).toBe(1)
})

test('what requests share is frozen: none can change what another reads', () => {
  const { open, make } = counting()
  const value = make(SET)
  for (let n = 0; n < 3; n++) open(value)
  const [one, other] = [dataOf(open(value)), dataOf(open(value))]
  expect(one).toBe(other)
  expect(Object.isFrozen(one)).toBe(true)
  expect(Object.isFrozen((one.cart as { sku: string }[])[0])).toBe(true)
})

test('where the schema is given the data, each request has data of its own', () => {
  const { open, make, counted } = counting({
    admit: (held) => ({
      type: 'live',
      held: { ...held, record: { ...held.record, data: { ...held.record.data, seen: 1 } } },
    }),
  })
  const value = make(SET)
  for (let n = 0; n < 3; n++) open(value)
  const [one, other] = [dataOf(open(value)), dataOf(open(value))]
  expect(one.cart).not.toBe(other.cart)
  expect(Object.isFrozen(one.cart)).toBe(false)
  expect(counted.opened).toBe(2)
})

test('so has each where a message waits, for messages are handed out', () => {
  const { open, make } = counting()
  const value = make(SET, { type: 'flash', key: 'note', value: ['saved'] })
  for (let n = 0; n < 3; n++) open(value)
  expect(dataOf(open(value)).cart).not.toBe(dataOf(open(value)).cart)
})

test('time is judged at every hit', () => {
  const { open, make } = counting()
  const value = make(SET)
  for (let n = 0; n < 4; n++) expect(open(value).type).toBe('live')
  expect(open(value, NOW + HOUR - 1).type).toBe('live')
  expect(open(value, NOW + HOUR)).toMatchObject({ type: 'refused', reason: 'expired-idle' })
})

test('revocation is asked about at every hit', async () => {
  let asked = 0
  const check: Revocations['check'] = async () => {
    asked++
    return asked > 4 ? { reason: 'revoked', grave: true } : null
  }
  const { open, make, counted } = counting({ revocations: { check, owners: null } as unknown as Revocations })
  const value = counting().make(SET)
  expect(make).toBeTypeOf('function')
  for (let n = 0; n < 4; n++) expect((await open(value)).type).toBe('live')
  expect(await open(value)).toMatchObject({ type: 'refused', reason: 'revoked' })
  expect(counted.opened).toBe(2)
})

test('what does not open is never kept, and says so each time', () => {
  const { counted, open, make } = counting()
  const value = make(SET)
  const forged = `${value.slice(0, 20)}${value[20] === 'A' ? 'B' : 'A'}${value.slice(21)}`
  for (let n = 0; n < 5; n++) expect(open(forged)).toMatchObject({ type: 'refused', reason: 'forged' })
  expect(counted.opened).toBe(5)
})

test('without a memo every cookie is opened', () => {
  const { counted, open, make } = counting({ memo: false })
  const value = make(SET)
  for (let n = 0; n < 5; n++) open(value)
  expect(counted.opened).toBe(5)
})

describe('rows', () => {
  const TOKENS = createTokens(keyring, 'session')

  /** Tokens and rows that remember, over ones that count. */
  function remembered(memo: MemoOption = undefined, sealed = false) {
    const counted = { opened: 0, decoded: 0 }
    const rows = createRowCodec({ keyring, cookieName: 'session', sealed, acceptPlain: true })
    const tokens = remembering(
      {
        ...TOKENS,
        open(text) {
          counted.opened++
          return TOKENS.open(text)
        },
      },
      memo,
    )
    const codec = rememberingRows(
      {
        ...rows,
        decode(...args) {
          counted.decoded++
          return rows.decode(...args)
        },
      },
      memo,
    )
    return { counted, tokens, codec, rows }
  }

  const record = { ...emptyRecord(NOW), data: { cart: [{ sku: 'a' }] } }
  const placeOf = ({ key }: Token, version = 1) => ({ key, ownerId: null, version })

  test('a token that was opened twice is not opened again, and says the same', () => {
    const { counted, tokens } = remembered()
    const { text } = TOKENS.issue()
    const answers = [1, 2, 3, 4, 5].map(() => tokens.open(text))
    expect(counted.opened).toBe(2)
    for (const opened of answers) expect(opened).toEqual(TOKENS.open(text))
  })

  test('what is no token is never kept', () => {
    const { counted, tokens } = remembered()
    const { text } = createTokens(createKeyring(['another secret, of the same length']), 'session').issue()
    for (let n = 0; n < 5; n++) expect(tokens.open(text).ok).toBe(false)
    expect(counted.opened).toBe(5)
  })

  test.each([false, true])('a row whose text is the same is not decoded again; sealed: %s', (sealed) => {
    const { counted, codec, rows } = remembered(undefined, sealed)
    const token = TOKENS.issue()
    const text = rows.encode(record, token, 1)
    for (let n = 0; n < 5; n++) expect(codec.decode(text, token, placeOf(token))).toEqual(record)
    expect(counted.decoded).toBe(2)
  })

  test('a row that was changed elsewhere is decoded', () => {
    const { codec, rows } = remembered()
    const token = TOKENS.issue()
    for (let n = 0; n < 5; n++) {
      const text = rows.encode({ ...record, data: { n } }, token, n)
      expect(codec.decode(text, token, placeOf(token, n))?.data).toEqual({ n })
    }
  })

  test('a sealed row that was moved to another version, owner or key is as unreadable as the first time', () => {
    const { codec, rows } = remembered(undefined, true)
    const token = TOKENS.issue()
    const text = rows.encode(record, token, 1)
    for (let n = 0; n < 3; n++) expect(codec.decode(text, token, placeOf(token))).toEqual(record)
    expect(codec.decode(text, token, placeOf(token, 2))).toBeNull()
    expect(codec.decode(text, token, { ...placeOf(token), ownerId: 'eve' })).toBeNull()
    expect(codec.decode(text, token, { ...placeOf(token), key: TOKENS.issue().key })).toBeNull()
  })

  test('what was written is known when it is read, and as it was written', () => {
    const { counted, codec } = remembered()
    const token = TOKENS.issue()
    let text = codec.encode(record, token, 1)
    for (let n = 0; n < 3; n++) codec.decode(text, token, placeOf(token))
    const before = counted.decoded
    text = codec.encode({ ...record, data: { theme: 'dark' } }, token, 2)
    const read = codec.decode(text, token, placeOf(token, 2))
    expect(counted.decoded).toBe(before)
    expect(read).toEqual({ ...record, data: { theme: 'dark' } })
  })

  test('what a write left is shared, and nobody who reads it can change it', () => {
    const { codec } = remembered()
    const token = TOKENS.issue()
    const text = codec.encode(record, token, 1)
    for (let n = 0; n < 3; n++) codec.decode(text, token, placeOf(token))
    const written = codec.encode({ ...record, data: { cart: [{ sku: 'b' }], theme: 'dark' } }, token, 2)
    const read = () => codec.decode(written, token, placeOf(token, 2)) ?? emptyRecord(NOW)
    const before = structuredClone(read())
    const changes: Operation[] = [
      { type: 'set', key: 'theme', value: 'light' },
      { type: 'set', key: 'more', value: 1 },
      { type: 'update', key: 'theme', change: () => 'light' },
      { type: 'update', key: 'cart', change: (cart) => (cart as { sku: string }[]).push({ sku: 'c' }) },
      { type: 'delete', key: 'cart' },
      { type: 'clear' },
    ]
    for (const change of changes) {
      const draft = new Draft(read())
      if (change.type === 'update' && change.key === 'cart') expect(() => draft.apply(change)).toThrow(TypeError)
      else draft.apply(change)
      expect(read()).toEqual(before)
    }
    expect(read()).toBe(read())
  })

  test('what requests share is frozen; where a message waits, nothing is shared', () => {
    const { codec, rows } = remembered()
    const [plain, waiting] = [TOKENS.issue(), TOKENS.issue()]
    const flashes = [{ number: 0, key: 'note', value: ['saved'] }]
    const texts = [
      rows.encode(record, plain, 1),
      rows.encode({ ...record, flashes, flashCount: 1 }, waiting, 1),
    ] as const
    const readPlain = () => codec.decode(texts[0], plain, placeOf(plain))
    const readWaiting = () => codec.decode(texts[1], waiting, placeOf(waiting))
    for (let n = 0; n < 3; n++) {
      readPlain()
      readWaiting()
    }
    expect(readPlain()).toBe(readPlain())
    expect(Object.isFrozen(readPlain()?.data.cart)).toBe(true)
    expect(readWaiting()).not.toBe(readWaiting())
    expect(Object.isFrozen(readWaiting()?.data.cart)).toBe(false)
  })

  test('without a memo everything is opened each time', () => {
    const { counted, tokens, codec, rows } = remembered(false)
    const token = TOKENS.issue()
    const text = rows.encode(record, token, 1)
    for (let n = 0; n < 5; n++) {
      tokens.open(token.text)
      codec.decode(text, token, placeOf(token))
    }
    expect(counted).toEqual({ opened: 5, decoded: 5 })
  })
})
