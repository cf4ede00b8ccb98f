import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundedSlots } from './bounded-slots.ts'
import type { Held } from './store-rules.ts'

const NOW = 1_000
const key = fc.oneof(fc.constantFrom('', 'a', 'é', '\ud800', '__proto__', '日本'), fc.string({ maxLength: 12 }))
const owner = fc.constantFrom(undefined, 'ada', 'bob', '', '\udfff', 'é')
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.integer({ min: 0, max: 40_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 600 }).map((length) => '\udc00é'.repeat(length)),
)
const entry = fc
  .record({
    value,
    version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    expiresAt: fc.integer({ min: NOW + 1, max: Number.MAX_SAFE_INTEGER }),
    ownerId: owner,
    grave: fc.constantFrom(undefined, undefined, true as const),
  })
  .map((made): Held => made)
const step = fc.record({ kind: fc.constantFrom('write', 'write', 'write', 'remove', 'prolong'), key, entry })

test('whatever is written, prolonged and removed, each slot holds what was put there, as a Map would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const slots = boundedSlots(1_000_000, 2 ** 30)
      const model = new Map<string, Held>()
      for (const { kind, key, entry } of steps) {
        const slot = slots.get(key)
        if (kind === 'write') {
          slots.write(key, entry, slot, NOW)
          model.set(key, entry)
        } else if (slot !== null && kind === 'remove') {
          slots.remove(slot)
          model.delete(key)
        } else if (slot !== null) {
          slots.prolong(slot, entry.expiresAt)
          const held = model.get(key) as Held
          model.set(key, { ...held, expiresAt: Math.max(held.expiresAt, entry.expiresAt) })
        }
      }
      expect([...slots.keys()].sort()).toEqual([...model.keys()].sort())
      for (const [key, { value, version, expiresAt, ownerId, grave }] of model) {
        const slot = slots.get(key)
        expect([slot?.value, slot?.version, slot?.expiresAt]).toEqual([value, version, expiresAt])
        expect([slot?.ownerId, slot?.grave, slot?.key]).toEqual([ownerId, grave, key])
      }
      for (const ownerId of ['ada', 'bob', '', '\udfff', 'é', 'nobody']) {
        const owned = [...model].filter(([, held]) => held.ownerId === ownerId && held.grave !== true)
        expect(slots.ofOwner(ownerId).sort()).toEqual(owned.map(([key]) => key).sort())
      }
      const ends = [...model.values()].map(({ expiresAt }) => expiresAt)
      expect(slots.earliest()?.expiresAt).toBe(ends.length === 0 ? undefined : Math.min(...ends))
    }),
    { numRuns: 150 },
  )
})

test('thousands that come, grow and go leave nothing of each other behind', () => {
  const slots = boundedSlots(1_000_000, 2 ** 30)
  const text = (n: number, round: number) => `${n} ${round} `.repeat(1 + ((n * 7 + round * 13) % 90))
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 3_000; n++) {
      const entry = { value: text(n, round), version: round + 1, expiresAt: NOW + 1 + n, ownerId: `user ${n % 700}` }
      slots.write(`key ${n}`, entry, slots.get(`key ${n}`), NOW)
    }
    for (let n = round; n < 3_000; n += 3) {
      const slot = slots.get(`key ${n}`)
      if (slot !== null) slots.remove(slot)
    }
  }
  for (let n = 0; n < 3_000; n++) {
    const expected = n % 3 === 0 && n > 0 ? undefined : text(n, 3)
    expect(slots.get(`key ${n}`)?.value).toBe(expected)
  }
  const owned = Array.from({ length: 700 }, (_, n) => slots.ofOwner(`user ${n}`).length)
  expect(owned.reduce((sum, count) => sum + count, 0)).toBe(2_001)
})
