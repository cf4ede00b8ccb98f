import { AssertionError } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/store/memory.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { brokenStores } from '../support/broken-stores.ts'

describe.each(brokenStores)('a store where $mistake', ({ open, rejectedBy }) => {
  test(`is rejected by the case "${rejectedBy}"`, async () => {
    const contract = storeContract.find(({ name }) => name === rejectedBy)
    const rejection = await contract?.run(open()).catch((error: unknown) => error)
    expect(rejection).toBeInstanceOf(AssertionError)
    expect((rejection as AssertionError).message).toMatch(/: expected .+, found .+/)
  })
})

test('the store they were made from has no mistake', async () => {
  const store = memoryStore()
  for (const { run } of storeContract) await expect(run(store)).resolves.toBeUndefined()
})

test('no two cases have one name', () => {
  const names = storeContract.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
