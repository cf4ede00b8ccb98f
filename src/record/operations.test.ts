import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyOperations, Draft, type Operation } from './operations.ts'
import { emptyRecord, type SessionRecord } from './record.ts'

const base: SessionRecord = { ...emptyRecord(1000), data: { cart: ['a'], theme: 'dark' } }

const login: Operation = {
  type: 'login',
  pending: false,
  seed: 'seed',
  stamp: null,
  limits: null,
  ownerId: 'ada',
  authenticatedAt: 5000,
  epoch: 3,
  label: null,
  carryOver: ['cart'],
}

describe('operations', () => {
  test('the record they are applied to stays as it was', () => {
    const before = JSON.stringify(base)
    applyOperations(base, [{ type: 'set', key: 'theme', value: 'light' }, { type: 'delete', key: 'cart' }, login])
    expect(JSON.stringify(base)).toBe(before)
  })

  test('re-applied to what another request left, none of both is lost', () => {
    const keys = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(keys, (names) => {
        const lists = names.map((key): Operation[] => [{ type: 'set', key, value: 1 }])
        const record = lists.reduce(applyOperations, emptyRecord(0))
        expect(Object.keys(record.data).sort()).toEqual([...names].sort())
      }),
    )
  })

  test('an update sees what is there now, not what was there when it was recorded', () => {
    const add: Operation = { type: 'update', key: 'n', change: (n) => Number(n ?? 0) + 1 }
    expect(applyOperations(applyOperations(base, [add]), [add]).data.n).toBe(2)
  })

  test('an update that returns undefined removes the key', () => {
    const { data } = applyOperations(base, [{ type: 'update', key: 'theme', change: () => undefined }])
    expect(Object.keys(data)).toEqual(['cart'])
  })

  test('an update that returns a promise is refused by name', () => {
    expect(() => applyOperations(base, [{ type: 'update', key: 'n', change: async () => 1 }])).toThrow(
      expect.objectContaining({ code: 'UPDATE_NOT_SYNCHRONOUS' }),
    )
  })

  test('a login keeps nothing but what is carried over', () => {
    const record = applyOperations(base, [login])
    expect(record.data).toEqual({ cart: ['a'] })
    expect(record).toMatchObject({ ownerId: 'ada', authenticatedAt: 5000, createdAt: 5000 })
  })

  test("another user's data never carry over", () => {
    const others = { ...base, ownerId: 'eve' }
    expect(applyOperations(others, [login]).data).toEqual({})
  })

  test('a reset leaves nothing of anybody', () => {
    const record = applyOperations(applyOperations(base, [login]), [{ type: 'reset', now: 9000 }])
    expect(record).toEqual(emptyRecord(9000))
  })
})

describe('flashes', () => {
  const flash = (value: string): Operation => ({ type: 'flash', key: 'notice', value })

  test('taking those that were seen leaves one that another request added meanwhile', () => {
    const seen = applyOperations(base, [flash('one')])
    const moved = applyOperations(seen, [flash('two')])
    const taken = applyOperations(moved, [{ type: 'take-flash', numbers: seen.flashes.map((f) => f.number) }])
    expect(taken.flashes.map((f) => f.value)).toEqual(['two'])
  })

  test('a number is never given twice, even when all were taken', () => {
    const first = applyOperations(base, [flash('one')])
    const taken = applyOperations(first, [{ type: 'take-flash', numbers: [0] }])
    const second = applyOperations(taken, [flash('two')])
    expect(second.flashes[0]?.number).toBe(1)
  })
})

test('a draft knows when there is nothing in it that anybody would miss', () => {
  const draft = new Draft(emptyRecord(0))
  expect(draft.isEmpty()).toBe(true)
  draft.apply({ type: 'set', key: 'a', value: 1 })
  expect(draft.isEmpty()).toBe(false)
  draft.apply({ type: 'delete', key: 'a' })
  expect(draft.isEmpty()).toBe(true)
  draft.apply(login)
  expect(draft.isEmpty()).toBe(false)
})
