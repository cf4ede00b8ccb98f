/**
 * The contract of a store as cases anyone can run against their own.
 *
 * In: a store that is up; it may be shared by all cases and by others, because every case makes keys of its own. Out:
 * nothing, or an AssertionError that says what was expected and what was found. Must not know a test runner, nor the
 * time: a fixed `now` is passed to every call.
 *
 *     for (const { name, run } of storeContract) test(name, () => run(myStore))
 *
 * @module
 */
import { createContract } from './create-contract.ts'
import { endingContract } from './ending-contract.ts'
import { enumerableContract } from './enumerable-contract.ts'
import { ownerIndexContract } from './owner-index-contract.ts'
import { replaceContract } from './replace-contract.ts'
import type { StoreCase } from './store-case.ts'
import { textContract } from './text-contract.ts'

export type { StoreCase } from './store-case.ts'

/** Every sentence of store.ts as a case. Cases about optional powers pass where the store has no such power. */
export const storeContract: readonly StoreCase[] = [
  ...createContract,
  ...replaceContract,
  ...endingContract,
  ...textContract,
  ...ownerIndexContract,
  ...enumerableContract,
]
