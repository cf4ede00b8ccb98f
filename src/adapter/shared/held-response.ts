/**
 * Law 4 for Node: nothing of an answer leaves before the session is committed.
 *
 * In: a response of node:http or node:http2, and what to do before its first byte. Out: the same response, whose head
 * and body wait until the commit is done; or another answer in its place. Whatever calls it (Express, pipe, send,
 * compression, a wrapper put on later) sees a response that behaves as always: order, callbacks, backpressure, and
 * `headersSent` once the head is given. 1xx answers pass: they are not the final one. Must not know: sessions.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Finished } from '../../session/committed.ts'
import { closeHead, headersSent } from './closed-head.ts'
import { problemFor } from './error-answer.ts'
import { applyCommitted } from './headers.ts'
import { clearHead, giveHead, type HeadArguments, headerTarget } from './node-head.ts'

export interface Hold {
  /** Whether there is a reason to hold anything. Asked when the head is given: later it is too late to touch. */
  isTouched(): boolean
  /** Called once, before the first byte, with the status of the answer. Where it answers at once, nothing waits. */
  finish(status: number): Finished | Promise<Finished>
}

type Arguments = readonly unknown[]
type Method = (...args: never[]) => unknown
/** Node's methods that send, and `flush`, which compression adds. */
type Sending = 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'flush'
type Response = ServerResponse & { flush?: Method }

/** Holds the response from now on. What was put on it before, compression say, lies below; what comes later, above. */
export function holdResponse(req: IncomingMessage, res: Response, { isTouched, finish }: Hold): void {
  const below: Pick<Response, Sending | 'on'> = {
    writeHead: res.writeHead,
    write: res.write,
    end: res.end,
    flushHeaders: res.flushHeaders,
    on: res.on,
    flush: res.flush,
  }
  const waiting: { method: Method; args: Arguments }[] = []
  const body = { isEnded: false, needsDrain: false }
  const drainsElsewhere: Method[] = []
  let state: 'before' | 'waiting' | 'through' | 'replaced' = 'before'
  let givenStatus: number | null = null
  let openHead: (() => void) | null = null
  let committed: Finished | null = null
  let isFinished = false

  function writeHead(...args: HeadArguments): Response {
    if (state === 'before' && !isTouched()) begin()
    if (state === 'through') return sendHead(args)
    if (state === 'replaced') return res
    if (openHead !== null) throw headersSent(res, 'write')
    giveHead(res, args)
    givenStatus = res.statusCode
    openHead = closeHead(res, body)
    return res
  }

  /** Here and no earlier: who wrapped us has set its headers by now, and ours are merged with them. */
  function sendHead(args: HeadArguments): Response {
    if (!committed?.varies) return call(below.writeHead, args) as Response
    giveHead(res, args)
    applyCommitted(committed, headerTarget(res))
    committed = null
    return below.writeHead.call(res, res.statusCode) as Response
  }

  /** Node gives a head itself where none was given; those above must hear of it now. `end` does so later, with a length. */
  function implyHead(): void {
    if (state === 'before' && givenStatus === null) res.writeHead(res.statusCode)
  }

  function write(...args: Arguments): boolean {
    implyHead()
    if (state === 'before') begin()
    if (state === 'through') return call(below.write, args) as boolean
    if (state === 'replaced') return swallow(args)
    refuseForeign(args[0])
    waiting.push({ method: below.write, args })
    if (!body.isEnded) body.needsDrain = true
    return false
  }

  function end(...args: Arguments): Response {
    if (state === 'before') begin()
    if (state === 'through') return call(below.end, args) as Response
    if (state === 'replaced') {
      swallow(args)
      // A pipeline over an async iterator waits for a 'finish' that was long ago; 'drain' wakes it too.
      if (isFinished) process.nextTick(tellDrained)
      return res
    }
    if (args[0] !== undefined && args[0] !== null && typeof args[0] !== 'function') refuseForeign(args[0])
    waiting.push({ method: below.end, args })
    body.isEnded = true
    body.needsDrain = false
    return res
  }

  function flushHeaders(): void {
    implyHead()
    if (state === 'before') begin()
    if (state === 'through') call(below.flushHeaders, [])
    else if (state === 'waiting') waiting.push({ method: below.flushHeaders, args: [] })
  }

  /** Compression's: it pushes out what was written, so it comes in its turn. */
  function flush(...args: Arguments): void {
    if (state === 'waiting') waiting.push({ method: below.flush as Method, args })
    else if (state !== 'replaced') call(below.flush as Method, args)
  }

  /** Compression below us takes `drain` listeners for its own stream, where the drain that we owe is not heard. */
  function on(name: string | symbol, listener: Method): Response {
    call(below.on, [name, listener])
    const mayBeOwed = name === 'drain' && state !== 'through'
    if (mayBeOwed && !res.rawListeners(name).includes(listener)) drainsElsewhere.push(listener)
    return res
  }

  function tellDrained(): void {
    const heard = res.rawListeners('drain')
    res.emit('drain')
    for (const listener of drainsElsewhere) if (!heard.includes(listener)) call(listener, [])
  }

  function begin(): void {
    const finished = finish(givenStatus ?? res.statusCode)
    if (!(finished instanceof Promise)) {
      release(finished)
      return
    }
    state = 'waiting'
    openHead ??= closeHead(res, body)
    finished.then(release).catch((error: unknown) => {
      // What Node would have thrown at the handler, had it not had to wait.
      console.error('sojourn: an answer could not be sent', error)
      res.destroy()
    })
  }

  function release(finished: Finished): void {
    openHead?.()
    if (finished.failure !== null) {
      replace(finished)
      return
    }
    state = 'through'
    committed = finished
    if (givenStatus !== null) sendHead([givenStatus])
    let isFull = false
    for (const { method, args } of waiting.splice(0)) {
      const result = call(method, args)
      if (method === below.write) isFull = result === false
    }
    // Where Node's own buffer is full, its own drain comes.
    if (body.needsDrain && !isFull) tellDrained()
  }

  /** Another answer in place of the handler's: nothing of its head or body stays. */
  function replace(finished: Finished): void {
    state = 'replaced'
    res.once('finish', () => {
      isFinished = true
    })
    const problem = problemFor(finished.failure, req.headers.accept ?? null)
    clearHead(res)
    giveHead(res, [problem.status, problem.headers])
    applyCommitted({ ...finished, cacheControl: 'private, no-store' }, headerTarget(res))
    res.setHeader('Content-Length', Buffer.byteLength(problem.body))
    // Past whoever lies above: compression would announce an encoding that this body does not have.
    below.writeHead.call(res, problem.status)
    // In two steps: HTTP/2 writes the body of `end` through `write`, which is ours.
    if (req.method !== 'HEAD') call(below.write, [problem.body])
    call(below.end, [])
    for (const { args } of waiting.splice(0)) swallow(args)
    // A source that waits for room must run dry, or it stays open.
    if (body.needsDrain) tellDrained()
  }

  function call(method: Method, args: Arguments): unknown {
    return Reflect.apply(method, res, args)
  }

  Object.assign(res, { writeHead, write, end, flushHeaders, on }, below.flush && { flush })
  // Its old name, which HTTP/2 never had (DEP0063).
  if ('writeHeader' in res) Object.assign(res, { writeHeader: writeHead })
}

/** The body of an answer that was replaced goes nowhere, but whoever sends it is told that it went. */
function swallow(args: Arguments): true {
  const callback = args.find((arg) => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback as () => void)
  return true
}

/** At once, as Node does: after the wait there is nobody to throw at. */
function refuseForeign(chunk: unknown): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  throw Object.assign(new TypeError('The chunk of an answer must be a string, a Buffer or a Uint8Array'), {
    code: chunk === null ? 'ERR_STREAM_NULL_VALUES' : 'ERR_INVALID_ARG_TYPE',
  })
}
