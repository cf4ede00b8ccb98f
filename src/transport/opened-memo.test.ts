import { expect, test } from 'vitest'
import { createKeyring } from '../crypto/keyring.ts'
import { createSealer } from '../crypto/seal.ts'
import { createSignedFields } from '../crypto/signed-fields.ts'
import type { Operation } from '../record/operations.ts'
import { createOpenedMemo } from './opened-memo.ts'
import type { Revocations } from './revocations.ts'
import { SEEN_FIELDS_BYTES, type SealedHeld, type SealedOptions, sealedTransport } from './sealed.ts'
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
    seen: createSignedFields(keyring, 'seen', 'session', SEEN_FIELDS_BYTES),
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
  const ids = answers.map((opened) =>
    opened.type === 'live' ? [opened.held.id, opened.held.idBytes.toString('hex')] : null,
  )
  expect(new Set(ids.map(String)).size).toBe(1)
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

test('it stays within its bytes: those used longest ago go', () => {
  const memo = createOpenedMemo(100_000)
  const value = (n: number) => `value number ${n}`.padEnd(500, 'x') + String(n).padStart(10, '0')
  const noted = (n: number) => {
    for (let twice = 0; twice < 2; twice++) memo.note(value(n), 'id', NOW, 'x'.repeat(300))
  }
  for (let n = 0; n < 500; n++) {
    noted(n)
    expect(memo.find(value(0))?.id).toBe('id')
  }
  const kept = Array.from({ length: 500 }, (_, n) => memo.find(value(n))).filter((found) => found !== undefined)
  expect(kept.length).toBeGreaterThan(5)
  expect(kept.length * (512 + 500 + 5 * 300)).toBeLessThan(100_000)
})
