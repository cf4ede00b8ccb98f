import { defineConfig } from 'vitest/config'

// The long form, `npm run test:faults`: every law in the full product of stores, modes and adapters, and everything
// that is killed, killed often.
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts', 'test/flow/{law,on}-*.test.ts', 'test/race/**/*.test.ts'],
    env: {
      SOJOURN_CELLS: 'all',
      SOJOURN_RACE_PROCESSES: '4',
      SOJOURN_RACE_WRITES: '10000',
      SOJOURN_RACE_KILLS: '20',
      SOJOURN_RACE_OWNED: '300',
      SOJOURN_INTERLEAVINGS: '400',
      SOJOURN_FOUR_PROCESSES_REQUESTS: '400',
    },
    // Servers and killed processes share two cores: side by side they would only wait for each other.
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 5 * 60_000,
  },
})
