import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { deepFreeze, type Json, toStorable } from './json.ts'

function refusal(value: unknown): UsageError {
  try {
    toStorable(value, 'cart')
  } catch (error) {
    if (error instanceof UsageError) return error
  }
  throw new Error('expected it to be refused')
}

describe('what may be kept in a session', () => {
  test('whatever JSON carries reads back exactly as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const kept = toStorable(value, 'key')
        expect(JSON.parse(JSON.stringify(kept))).toEqual(kept)
      }),
    )
  })

  test('a change to what was handed over is no change to the session', () => {
    const cart = [{ sku: 'a', qty: 1 }]
    const kept = toStorable(cart, 'cart')
    cart[0] = { sku: 'b', qty: 9 }
    expect(kept).toEqual([{ sku: 'a', qty: 1 }])
    expect(Object.isFrozen(kept)).toBe(true)
    expect(Object.isFrozen((kept as object[])[0])).toBe(true)
  })

  test.each([
    ['a Date', [{ when: new Date(0) }], 'cart[0].when', 'toISOString'],
    ['a Map', { a: new Map() }, 'cart.a', 'array'],
    ['a BigInt', { a: { b: 1n } }, 'cart.a.b', 'String(value)'],
    ['a function', [() => 1], 'cart[0]', 'function'],
    ['a symbol', { a: Symbol('x') }, 'cart.a', 'symbol'],
    ['a symbol as key', { [Symbol('x')]: 1 }, 'cart', 'symbol'],
    ['NaN', [Number.NaN], 'cart[0]', 'NaN'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, 'cart.a', 'Infinity'],
    ['undefined in an array', [1, undefined], 'cart[1]', 'null'],
    ['an instance of a class', { a: new URL('http://localhost') }, 'cart.a', 'URL'],
    ['an object with toJSON', { toJSON: () => 1 }, 'cart', 'toJSON'],
  ])('%s is refused, naming the path', (_, value, path, hint) => {
    const error = refusal(value)
    expect(error.code).toBe('VALUE_NOT_STORABLE')
    expect(error.details.path).toBe(path)
    expect(error.message).toContain(`"${path}"`)
    expect(error.message).toContain(hint)
  })

  test('a cycle is refused', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(refusal(cycle).message).toContain('cycle')
  })

  test('a property that is undefined is left out, as JSON leaves it out', () => {
    expect(Object.keys(toStorable({ a: 1, b: undefined }, 'key') as object)).toEqual(['a'])
  })

  test('keys like __proto__ are data and change no prototype', () => {
    const kept = toStorable(JSON.parse('{"__proto__":{"admin":true},"constructor":1}'), 'key') as { admin?: boolean }
    expect(Object.keys(kept)).toEqual(['__proto__', 'constructor'])
    expect(kept.admin).toBeUndefined()
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
  })

  test('a value nested deeper than the stack is frozen without a crash', () => {
    let deep: Json = []
    for (let level = 0; level < 200_000; level++) deep = [deep]
    expect(Object.isFrozen(deepFreeze(deep))).toBe(true)
  })
})
