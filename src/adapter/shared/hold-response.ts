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
import { createCompanions } from '../../lib/companions.ts'
import type { HeldBody } from './closed-head.ts'
import { type Arguments, type Below, HeldResponse, type Hold, type Method, type Sending } from './held-response.ts'
import type { HeadArguments } from './node-head.ts'

type Response = Sending
type Gates = { readonly [Name in 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'on' | 'flush']: Method }

const held = createCompanions<HeldResponse>()

/** Holds the response from now on. What was put on it before, compression say, lies below; what comes later, above. */
export function holdResponse(req: IncomingMessage, res: Response, hold: Hold): void {
  // Sessions of two kinds on one response: the gates below ask for the first.
  if (held.get(res) !== undefined) bind(res, new HeldResponse(req, res, belowOf(res), hold, false))
  else {
    const place = placeOf(res)
    held.set(res, new HeldResponse(req, res, place?.native ?? belowOf(res), hold, place !== null))
    if (place === null) putGates(res)
  }
}

/** Where the gates of a response are, if they are not its own: on `top`, below which lies Node's own prototype. */
interface Place {
  readonly top: Response
  readonly native: Response
}

/** By the prototype of a response; `null`: it cannot have them. */
const places = new WeakMap<object, Place | null>()

/**
 * A framework that gives responses a prototype of its own (Express does, for each app) makes every property that is added to one
 * afterwards cost 3 microseconds (lib/companions.ts says why). So its prototype gets the gates, once. `null` where that cannot be:
 * the response is Node's own, or somebody has put a method of these on it or its prototypes already, whose turn comes first.
 */
function placeOf(res: Response): Place | null {
  const prototype: object = Object.getPrototypeOf(res)
  let place = places.get(prototype)
  if (place === undefined) {
    place = prepared(prototype)
    places.set(prototype, place)
  }
  if (place === null) return null
  const { top } = place
  // The other methods come to these in the end.
  return res.end === top.end && res.write === top.write && res.writeHead === top.writeHead ? place : null
}

function prepared(prototype: object): Place | null {
  if (isNative(prototype)) return null
  let top = prototype
  for (let next = Object.getPrototypeOf(top); next !== null && !isNative(next); next = Object.getPrototypeOf(top))
    top = next
  const native: Response | null = Object.getPrototypeOf(top)
  if (native === null) return null
  if (!patched.has(top)) {
    if ([...NAMES, ...BODY_FACTS.map(([name]) => name)].some((name) => Object.hasOwn(top, name))) return null
    patched.add(top)
    const gates = gatesOver(native)
    for (const name of NAMES) define(top, name, gates[name])
    // Its old name, which HTTP/2 never had (DEP0063).
    if ('writeHeader' in native) define(top, 'writeHeader', gates.writeHead)
    for (const [name, whileHeld] of BODY_FACTS) {
      const get = function (this: Response) {
        const body = held.get(this)?.heldBody
        return body ? whileHeld(body) : Reflect.get(native, name, this)
      }
      Object.defineProperty(top, name, { get, configurable: true })
    }
  }
  return { top: top as Response, native }
}

function define(prototype: object, name: string, value: Method): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
}

// `flush` is compression's, and on the response itself.
const NAMES = ['writeHead', 'write', 'end', 'flushHeaders', 'on'] as const
const BODY_FACTS = [
  ['writableEnded', ({ isEnded }: HeldBody) => isEnded],
  ['writableNeedDrain', ({ needsDrain }: HeldBody) => needsDrain],
] as const
const patched = new WeakSet<object>()

function isNative(prototype: object): boolean {
  return prototype === ServerResponse.prototype || prototype === Http2ServerResponse.prototype
}

/** Methods that ask a response whether it is held. One that is not goes on as if nothing stood here. */
function gatesOver(native: Below): Gates {
  return {
    writeHead(this: Response, ...args: HeadArguments): unknown {
      const found = held.get(this)
      return found === undefined ? Reflect.apply(native.writeHead, this, args) : found.writeHead(args)
    },
    write(this: Response, ...args: Arguments): unknown {
      const found = held.get(this)
      return found === undefined ? Reflect.apply(native.write, this, args) : found.write(args)
    },
    end(this: Response, ...args: Arguments): unknown {
      const found = held.get(this)
      return found === undefined ? Reflect.apply(native.end, this, args) : found.end(args)
    },
    flushHeaders(this: Response, ...args: Arguments): unknown {
      const found = held.get(this)
      return found === undefined ? Reflect.apply(native.flushHeaders, this, args) : found.flushHeaders()
    },
    on(this: Response, ...args: [string | symbol, Method]): unknown {
      const found = held.get(this)
      return found === undefined ? Reflect.apply(native.on, this, args) : found.on(args[0], args[1])
    },
    flush(this: Response, ...args: Arguments): void {
      held.get(this)?.flush(args)
    },
  }
}

/** For responses that have them as their own, and are held from the start. */
const OWN_GATES = gatesOver(ServerResponse.prototype)

function putGates(res: Response): void {
  const gates = OWN_GATES as unknown as Response
  res.writeHead = gates.writeHead
  res.write = gates.write
  res.end = gates.end
  res.flushHeaders = gates.flushHeaders
  res.on = gates.on
  if (res.flush !== undefined) res.flush = OWN_GATES.flush
  // Its old name, which HTTP/2 never had (DEP0063).
  if ('writeHeader' in res) res.writeHeader = gates.writeHead
}

/** The methods of a response as they are now. */
function belowOf(res: Response): Below {
  const { writeHead, write, end, flushHeaders, on, flush } = res
  return { writeHead, write, end, flushHeaders, on, flush }
}

function bind(res: Response, found: HeldResponse): void {
  const writeHead = (...args: HeadArguments) => found.writeHead(args)
  Object.assign(res, {
    writeHead,
    write: (...args: Arguments) => found.write(args),
    end: (...args: Arguments) => found.end(args),
    flushHeaders: () => found.flushHeaders(),
    on: (name: string | symbol, listener: Method) => found.on(name, listener),
    ...(res.flush !== undefined && { flush: (...args: Arguments) => found.flush(args) }),
    ...('writeHeader' in res && { writeHeader: writeHead }),
  })
}
