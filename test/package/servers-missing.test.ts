/** What happens to a test whose server is not installed: one line that says so, and on CI a failure. */
import { expect, test, vi } from 'vitest'
import { leftOut } from '../support/servers/server-process.ts'

test('elsewhere it is left out, with a line that says what and why', () => {
  vi.stubEnv('CI', '')
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(leftOut('Redis')).toBeNull()
  expect(log.mock.calls).toEqual([['left out: Redis, which is not installed here']])
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test('on CI, which installs everything, it is a failure', () => {
  vi.stubEnv('CI', 'true')
  expect(() => leftOut('Redis')).toThrow('left out: Redis, which is not installed here')
  vi.unstubAllEnvs()
})
