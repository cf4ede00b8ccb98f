import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/faults/**/*.long.test.ts'],
    reporters: ['default', './tools/law-reporter.ts'],
    // Generous: a test must fail by what it sees, not because the machine is busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
