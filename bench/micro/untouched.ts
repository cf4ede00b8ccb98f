/**
 * A request with our cookie whose handler leaves the session alone: what the adapter for node:http adds to it.
 *
 * Real requests and responses of node:http, without a socket: what the kernel takes would hide two microseconds. The base
 * makes the same request and response and answers.
 *
 * @module
 */
import * as crypto from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { SECRET } from '../lib/record.ts'
import type { Prepare } from './sides.ts'

type Listener = (req: IncomingMessage, res: ServerResponse) => void

const socket = new Socket()

function visited(listener: Listener, cookie: string): (times: number) => void {
  return (times) => {
    for (let i = 0; i < times; i++) {
      const req = new IncomingMessage(socket)
      req.method = 'GET'
      req.url = '/'
      req.headers = { host: 'localhost', cookie }
      listener(req, new ServerResponse(req))
    }
  }
}

const answered: Listener = (_req, res) => void res.end('ok')

async function clientSide() {
  const { createSessions } = await import('../../dist/index.js')
  const { attachSession } = await import('../../dist/adapter/node.js')
  const sessions = createSessions<{ name?: string }>({ origin: 'http://localhost:3000', secret: SECRET })
  const session = await sessions.open({})
  session.set('name', 'Ada Lovelace')
  const { setCookies } = await sessions.commit(session)
  const cookie = setCookies[0]?.split(';')[0] ?? ''
  const listener: Listener = (req, res) => {
    void attachSession(sessions, req, res)
    res.end('ok')
  }
  return { cookie, listener, sessions }
}

export const untouched: Readonly<Record<string, Prepare>> = {
  async 'limit/untouched'() {
    const { cookie } = await clientSide()
    return visited(answered, cookie)
  },
  async 'sojourn/untouched-client-side'() {
    const { cookie, listener } = await clientSide()
    return visited(listener, cookie)
  },
}

const CIPHERS = [
  'createDecipheriv',
  'createCipheriv',
  'createHmac',
  'createHash',
  'hash',
  'randomBytes',
  'randomFillSync',
] as const

/** How often node:crypto is called for such a request. */
export async function cryptoCallsUntouched(): Promise<number> {
  const { createRequire } = await import('node:module')
  const real = createRequire(import.meta.url)('node:crypto') as Record<string, (...args: never[]) => unknown>
  let calls = 0
  for (const name of CIPHERS) {
    const original = real[name]
    if (original === undefined) continue
    real[name] = (...args: never[]) => {
      calls++
      return original(...args)
    }
  }
  syncBuiltinESMExports()
  const { cookie, listener, sessions } = await clientSide()
  if (calls === 0 || typeof crypto.createHash !== 'function') throw new Error('The calls are not seen')
  calls = 0
  visited(listener, cookie)(100)
  const found = calls
  // That they are seen, of a request that does touch it.
  ;(await sessions.open({ cookie })).get('name')
  if (calls === found) throw new Error('The calls are not seen')
  return found / 100
}
