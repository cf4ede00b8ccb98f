import type * as crypto from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// Some runtimes refuse randomness and timers while modules load, and an app builds its sessions just then.

let drawn = 0

beforeEach(() => {
  drawn = 0
  vi.resetModules()
  vi.doMock('node:crypto', async (original) => {
    const real = await original<typeof crypto>()
    const counted = <A extends unknown[], R>(draw: (...args: A) => R) => {
      return (...args: A): R => {
        drawn++
        return draw(...args)
      }
    }
    return { ...real, randomBytes: counted(real.randomBytes), randomFillSync: counted(real.randomFillSync) }
  })
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
  vi.doUnmock('node:crypto')
  vi.resetModules()
})

test('nothing random is drawn and no timer is set before the first seal and the first token', async () => {
  const { createKeyring } = await import('./keyring.ts')
  const { createSealer } = await import('./seal.ts')
  const { createTokens } = await import('./token.ts')
  const keyring = createKeyring(['secret'])
  const sealer = createSealer(keyring, 'seal', 'session')
  const tokens = createTokens(keyring, 'session')
  sealer.open('AAAA')
  tokens.open('AAAA')
  expect(drawn).toBe(0)

  sealer.seal(Buffer.from('first'))
  expect(drawn).toBe(2) // a prefix, and the rest of the nonce
  sealer.seal(Buffer.from('second'))
  expect(drawn).toBe(3) // the rest of the nonce alone, and that from the system again
  tokens.issue()
  tokens.issue()
  expect(drawn).toBe(4) // one pool for both
  expect(vi.getTimerCount()).toBe(0)
})
