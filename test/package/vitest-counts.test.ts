/**
 * The last line of `npm test` is right also where Vitest has no test to blame.
 */

import { expect, test } from 'vitest'
import { countTests } from '../../tools/lib/vitest-counts.ts'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})
const count = (success: boolean, ...testResults: unknown[]) => countTests(JSON.stringify({ success, testResults }))

test('tests are counted by what became of them', () => {
  const counts = count(
    false,
    file('passed', 'passed', 'skipped', 'todo'),
    file('failed', 'passed', 'failed', 'pending'),
  )
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 3 })
})

test('a file that does not load is a failure', () => {
  expect(count(false, file('passed', 'passed'), file('failed'))).toEqual({ passed: 1, failed: 1, skipped: 0 })
  expect(count(false, file('failed', 'passed'))).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('a run that failed without a failed test is a failure', () => {
  expect(count(false, file('passed', 'passed'))).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test.each([undefined, '', '{', 'null', '{}'])('a report of %j is a failure', (json) => {
  expect(countTests(json)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})
