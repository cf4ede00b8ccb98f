/**
 * Servers that a test file opens and nobody has to close, under a watch for leaks of listeners.
 *
 * In: listeners. Out: servers; after each test they are closed, and a MaxListenersExceededWarning fails it. Must not
 * know: sessions.
 *
 * @module
 */
import { afterAll, afterEach, expect } from 'vitest'
import { type Listener, type Protocol, serveWire, type WireServer } from './wire.ts'

export function useWire(): (protocol: Protocol, listener: Listener) => Promise<WireServer> {
  const open: WireServer[] = []
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(warning.name)
  process.on('warning', listen)
  afterAll(() => void process.off('warning', listen))
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close()
    expect(warnings.splice(0)).not.toContain('MaxListenersExceededWarning')
  })
  return async (protocol, listener) => {
    const server = await serveWire(protocol, listener)
    open.push(server)
    return server
  }
}
