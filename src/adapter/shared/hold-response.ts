/**
 * Puts a held response in the place of the methods that send.
 *
 * In: a response of node:http or node:http2, and what holds it. Out: the same response, held from now on. Must not know: when it
 * is let go.
 *
 * @module
 */

import { type IncomingMessage, ServerResponse } from 'node:http'
import { Http2ServerResponse } from 'node:http2'
import { type Arguments, HeldResponse, type Hold, type Method, type Sending } from './held-response.ts'
import type { HeadArguments } from './node-head.ts'

type Response = Sending & { [HELD]?: HeldResponse }

const HELD = Symbol('held')

/** Holds the response from now on. What was put on it before, compression say, lies below; what comes later, above. */
export function holdResponse(req: IncomingMessage, res: Response, hold: Hold): void {
  // Sessions of two kinds on one response: the methods below are the shared ones, which ask for the first.
  if (res[HELD] !== undefined) {
    bind(res, new HeldResponse(req, res, res, hold))
    return
  }
  const below = patchedPrototype(res)
  const held = new HeldResponse(req, res, below ?? res, hold)
  res[HELD] = held
  if (below !== null) return
  res.writeHead = METHODS.writeHead as Response['writeHead']
  res.write = METHODS.write as Response['write']
  res.end = METHODS.end as Response['end']
  res.flushHeaders = METHODS.flushHeaders
  res.on = METHODS.on as Response['on']
  if (held.hasFlush) res.flush = METHODS.flush as Method
  // Its old name, which HTTP/2 never had (DEP0063).
  if ('writeHeader' in res) Object.assign(res, { writeHeader: METHODS.writeHead })
}

/**
 * A framework that gives responses a prototype of its own (Express does, for each app) makes every property that is added to one
 * afterwards cost 2 microseconds: V8 shares no shapes between them. So its prototype gets the methods, once, and a response
 * says by one property that it is held. Returns what lies below them; `null` where that cannot be: the response is Node's own,
 * or somebody has put a method of these on it or its prototypes already, whose turn comes first.
 */
function patchedPrototype(res: Response): Response | null {
  let top: object = Object.getPrototypeOf(res)
  if (isNative(top)) return null
  for (let next = Object.getPrototypeOf(top); next !== null && !isNative(next); next = Object.getPrototypeOf(top))
    top = next
  const native: Response | null = Object.getPrototypeOf(top)
  if (native === null) return null
  if (!patched.has(top)) {
    if (NAMES.some((name) => Object.hasOwn(top, name))) return null
    patched.add(top)
    for (const name of NAMES) define(top, name, gate(name, native))
    // Its old name, which HTTP/2 never had (DEP0063).
    if ('writeHeader' in native) define(top, 'writeHeader', gate('writeHead', native))
  }
  for (const name of NAMES) if (res[name] !== (top as Response)[name]) return null
  // `flush` is compression's, and on the response itself.
  return res.flush === undefined ? native : null
}

function define(prototype: object, name: string, value: Method): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
}

const NAMES = ['writeHead', 'write', 'end', 'flushHeaders', 'on'] as const
const patched = new WeakSet<object>()

function isNative(prototype: object): boolean {
  return prototype === ServerResponse.prototype || prototype === Http2ServerResponse.prototype
}

/** A response that is not held goes on as if nothing stood here. */
function gate(name: (typeof NAMES)[number], native: Response): Method {
  const below: Method = native[name]
  const held: Method = METHODS[name]
  return function (this: Response, ...args: never[]): unknown {
    return Reflect.apply(this[HELD] === undefined ? below : held, this, args)
  }
}

/** `this` is a response that is held. */
const METHODS = {
  writeHead(this: Response, ...args: HeadArguments): Response {
    return heldOf(this).writeHead(args)
  },
  write(this: Response, ...args: Arguments): boolean {
    return heldOf(this).write(args)
  },
  end(this: Response, ...args: Arguments): Response {
    return heldOf(this).end(args)
  },
  flushHeaders(this: Response): void {
    heldOf(this).flushHeaders()
  },
  flush(this: Response, ...args: Arguments): void {
    heldOf(this).flush(args)
  },
  on(this: Response, name: string | symbol, listener: Method): Response {
    return heldOf(this).on(name, listener)
  },
}

function heldOf(res: Response): HeldResponse {
  // The methods above are put on a response together with it.
  return res[HELD] as HeldResponse
}

function bind(res: Response, held: HeldResponse): void {
  const writeHead = (...args: HeadArguments) => held.writeHead(args)
  Object.assign(res, {
    writeHead,
    write: (...args: Arguments) => held.write(args),
    end: (...args: Arguments) => held.end(args),
    flushHeaders: () => held.flushHeaders(),
    on: (name: string | symbol, listener: Method) => held.on(name, listener),
    ...(held.hasFlush && { flush: (...args: Arguments) => held.flush(args) }),
    ...('writeHeader' in res && { writeHeader: writeHead }),
  })
}
