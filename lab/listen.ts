/**
 * Opens and closes the ports.
 *
 * In: servers and ports. Out: the ports in use, or an error a person can act on.
 */

import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { StartError } from './start-error.ts'

// Only this computer: the lab's origin is localhost, and nobody else has a business here.
const HOST = 'localhost'

/**
 * Listens, and resolves to the real port, which matters where 0 was asked for.
 *
 * @throws StartError that names the port and the option that chooses another.
 */
export function listen(server: Server | SecureServer, port: number, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new StartError(reasonFor(error, port, option))))
    server.listen(port, HOST, () => {
      server.removeAllListeners('error')
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Stops listening, lets running requests finish for a moment, then ends what is left. */
export function close(server: Server | SecureServer): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), 2_000)
    server.close(() => {
      clearTimeout(patience)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function reasonFor(error: Error, port: number, option: string): string {
  const code = (error as { code?: unknown }).code
  if (code === 'EADDRINUSE') {
    return `Cannot listen on port ${port}: another program uses it. End that one, or choose a port with ${option}`
  }
  if (code === 'EACCES') {
    return `Cannot listen on port ${port}: this user may not. Choose a port above 1023 with ${option}`
  }
  return `Cannot listen on port ${port}: ${error.message}. Choose another with ${option}`
}
