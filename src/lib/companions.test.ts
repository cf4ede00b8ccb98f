import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createCompanions } from './companions.ts'

describe.each([
  ['a plain object', () => ({})],
  ['a request of Node', () => ({ rawHeaders: ['Host', 'localhost'] })],
  ['a response of Node', () => ({ req: { rawHeaders: ['Host', 'localhost'] } })],
  ['a web Request', () => new Request('http://localhost/')],
  ['what nothing can be put on', () => Object.freeze({})],
  ['a request whose list is closed', () => ({ rawHeaders: Object.freeze(['Host', 'localhost']) })],
  ['a Proxy', () => new Proxy({}, {})],
])('%s', (_, make: () => object) => {
  test('leads to what belongs to it, and no other does', () => {
    const companions = createCompanions<string>()
    const [one, other] = [make(), make()]
    expect(companions.get(one)).toBeUndefined()
    companions.set(one, 'of one')
    expect(companions.get(one)).toBe('of one')
    expect(companions.get(other)).toBeUndefined()
    expect(createCompanions<string>().get(one)).toBeUndefined()
  })

  test('leads to the last that was given', () => {
    const companions = createCompanions<string>()
    const owner = make()
    companions.set(owner, 'first')
    companions.set(owner, 'second')
    expect(companions.get(owner)).toBe('second')
  })

  test('a copy and an heir have none, and may have their own beside it', () => {
    const companions = createCompanions<string>()
    const owner = make()
    companions.set(owner, 'of the owner')
    for (const copy of [{ ...owner }, Object.create(owner), new Proxy(owner, {})]) {
      expect(companions.get(copy)).toBeUndefined()
      companions.set(copy, 'of the copy')
      expect(companions.get(copy)).toBe('of the copy')
      expect(companions.get(owner)).toBe('of the owner')
    }
  })

  test('no log prints it', () => {
    const owner = make()
    const before = inspect(owner, { showHidden: true, depth: 9 })
    createCompanions<string>().set(owner, 'of nobody else')
    expect(inspect(owner, { showHidden: true, depth: 9 })).toBe(before)
  })
})
