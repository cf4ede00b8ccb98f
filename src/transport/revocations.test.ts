import { expect, test } from 'vitest'
import type { OwnerIndex, Store } from '../store/store.ts'
import { limitedStore } from './limited-store.ts'
import { createRevocations, type Revocations } from './revocations.ts'

const NOW = Date.UTC(2026, 0, 1)
const LATER = NOW + 3_600_000

test('that a session lives is believed for maxStale, and read again then', async () => {
  const { revocations, reads } = start()
  await check(revocations, 'id', NOW)
  await check(revocations, 'id', NOW + 4_999)
  expect(reads()).toBe(1)
  await check(revocations, 'id', NOW + 5_000)
  expect(reads()).toBe(2)
  await revocations.check({ id: 'id', ownerId: null, epoch: 0 }, NOW + 5_000, true)
  expect(reads()).toBe(3)
})

test('a clock that was set back does not make old news fresh', async () => {
  const { revocations, reads } = start()
  await check(revocations, 'id', NOW)
  await check(revocations, 'id', NOW - 1)
  expect(reads()).toBe(2)
})

test('what has ended is not asked for again', async () => {
  const { revocations, reads } = start()
  await revocations.end('id', 'next', LATER, NOW)
  expect(await check(revocations, 'id', NOW + 600_000)).toEqual({
    reason: 'superseded',
    grave: true,
    successor: 'next',
  })
  expect(reads()).toBe(0)
})

test('an id ends once: who comes second is told, and believes nothing of it any more', async () => {
  const { revocations, other } = start()
  await check(revocations, 'id', NOW)
  expect(await other.end('id', 'next', LATER, NOW)).toBe(true)
  expect(await check(revocations, 'id', NOW + 1)).toBe(null)
  expect(await revocations.end('id', 'mine', LATER, NOW)).toBe(false)
  expect(await check(revocations, 'id', NOW + 1)).toMatchObject({ successor: 'next' })
})

test('an epoch that was read before it was raised, and heard after, takes nothing back', async () => {
  const { revocations, hold } = start()
  const held = hold()
  const checking = revocations.check({ id: 'id', ownerId: 'ada', epoch: 0 }, NOW, true)
  await revocations.owners.revokeAll('ada', null, NOW)
  held.release()
  expect(await checking).toEqual({ reason: 'revoked', grave: false })
  expect(await revocations.check({ id: 'id', ownerId: 'ada', epoch: 0 }, NOW, false)).toMatchObject({
    reason: 'revoked',
  })
})

test('only so many ids are remembered: the one heard of longest ago is asked for again', async () => {
  const { revocations, reads } = start()
  for (let n = 0; n <= 10_000; n++) await check(revocations, `id ${n}`, NOW)
  expect(reads()).toBe(10_001)
  await check(revocations, 'id 10000', NOW)
  await check(revocations, 'id 1', NOW)
  expect(reads()).toBe(10_001)
  await check(revocations, 'id 0', NOW)
  expect(reads()).toBe(10_002)
})

function check(revocations: Revocations, id: string, now: number) {
  return revocations.check({ id, ownerId: null, epoch: 0 }, now, false)
}

/** Two processes over one store that counts, and that can hold back its next answer to "which epoch". */
function start() {
  const graves = new Map<string, string>()
  let epoch = 0
  let reads = 0
  let waiting: Promise<void> = Promise.resolve()
  const store: Store & OwnerIndex = {
    async find(key) {
      reads++
      const value = graves.get(key)
      return value === undefined ? null : { value, version: 1, expiresAt: LATER, grave: true }
    },
    async create(key, { value }) {
      if (graves.has(key)) return false
      graves.set(key, value)
      return true
    },
    replace: async () => 'gone',
    extend: async () => false,
    bury: async () => {},
    async *listByOwner() {},
    async epochOf() {
      const read = epoch
      await waiting
      return read
    },
    async raiseEpoch(_ownerId, now) {
      epoch = Math.max(epoch + 1, now)
      return epoch
    },
  }
  const create = () => {
    const limited = limitedStore(store, 2_000)
    if (limited.owners === null) throw new Error('The store of this test has an owner index')
    return createRevocations({ store: { ...limited, owners: limited.owners }, maxStale: 5_000, commitTimeout: 5_000 })
  }
  return {
    revocations: create(),
    other: create(),
    reads: () => reads,
    hold() {
      let release = () => {}
      waiting = new Promise((resolve) => {
        release = resolve
      })
      return { release: () => release() }
    },
  }
}
