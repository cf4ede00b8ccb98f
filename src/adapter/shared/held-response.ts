/**
 * Law 4 for Node: nothing of an answer leaves before the session is committed.
 *
 * In: a response of node:http or node:http2, and what to do before its first byte. Out: the same response, whose head
 * and body wait until the commit is done; or another answer in its place. Whatever calls it (Express, pipe, send,
 * compression, a wrapper put on later) sees a response that behaves as always: order, callbacks, backpressure, and
 * `headersSent` once the head is given. 1xx answers pass: they are not the final one. Must not know: sessions.
 *
 * One object a request and no closures, for what every answer makes has to be collected. `hold-response.ts` puts it in the place
 * of the response's own methods, and says what that costs.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Finished } from '../../session/committed.ts'
import { closeHead, type HeldBody, headersSent, type OpenHead } from './closed-head.ts'
import { problemFor } from './error-answer.ts'
import { applyCommitted } from './headers.ts'
import { clearHead, giveHead, type HeadArguments, headerTarget } from './node-head.ts'

export interface Hold {
  /** Whether there is a reason to hold anything. Asked when the head is given: later it is too late to touch. */
  readonly isTouched: boolean
  /** Called once, before the first byte, with the status of the answer. Where it answers at once, nothing waits. */
  finish(status: number): Finished | Promise<Finished>
}

export type Arguments = readonly unknown[]
export type Method = (...args: never[]) => unknown
/** `flush` is what compression adds. */
export type Sending = ServerResponse & { flush?: Method }

/** The methods that send, those of the response or of what lies behind it. */
export type Below = Pick<Sending, 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'on' | 'flush'>

/** A call that comes once the commit is done. */
interface Waiting {
  readonly method: Method
  readonly args: Arguments
}

const NOTHING: readonly never[] = []

export class HeldResponse {
  readonly #req: IncomingMessage
  readonly #res: Sending
  readonly #hold: Hold
  readonly #below: Below
  readonly #tellsOfBody: boolean
  #waiting: Waiting[] | null = null
  #drainsElsewhere: Method[] | null = null
  #state: 'before' | 'waiting' | 'through' | 'replaced' = 'before'
  #givenStatus: number | null = null
  #openHead: OpenHead | null = null
  #committed: Finished | null = null
  #isFinished = false
  /** What `closed-head.ts` shows while the body is held. */
  readonly #body = { isEnded: false, needsDrain: false }

  /**
   * @param below Whose methods send: a prototype of the response, or what it had of its own.
   * @param tellsOfBody Whether the response asks `heldBody` by itself.
   */
  constructor(req: IncomingMessage, res: Sending, below: Below, hold: Hold, tellsOfBody: boolean) {
    this.#req = req
    this.#res = res
    this.#hold = hold
    this.#below = below
    this.#tellsOfBody = tellsOfBody
  }

  writeHead(args: HeadArguments): Sending {
    if (this.#state === 'before' && !this.#hold.isTouched) this.#begin()
    if (this.#state === 'through') return this.#sendHead(args)
    const res = this.#res
    if (this.#state === 'replaced') return res
    if (this.#openHead !== null) throw headersSent(res, 'write')
    giveHead(res, args)
    this.#givenStatus = res.statusCode
    this.#closeHead()
    return res
  }

  /** What is held of the body, while it is. */
  get heldBody(): HeldBody | null {
    return this.#openHead === null ? null : this.#body
  }

  #closeHead(): void {
    this.#openHead ??= closeHead(this.#res, this.#tellsOfBody ? null : this.#body)
  }

  /** Here and no earlier: who wrapped us has set its headers by now, and ours are merged with them. */
  #sendHead(args: HeadArguments): Sending {
    const res = this.#res
    const committed = this.#committed
    if (!committed?.varies) return this.#call(this.#below.writeHead, args) as Sending
    // A good status alone, as Node implies it, is on its way already.
    const [status] = args
    const isStatus = args.length === 1 && typeof status === 'number' && status >= 200 && status < 600
    if (!isStatus) giveHead(res, args)
    applyCommitted(committed, headerTarget(res))
    this.#committed = null
    return this.#call(this.#below.writeHead, isStatus ? args : [res.statusCode]) as Sending
  }

  /** Node gives a head itself where none was given; those above must hear of it now. `end` does so later, with a length. */
  #implyHead(): void {
    if (this.#state === 'before' && this.#givenStatus === null) this.#res.writeHead(this.#res.statusCode)
  }

  write(args: Arguments): boolean {
    this.#implyHead()
    if (this.#state === 'before') this.#begin()
    if (this.#state === 'through') return this.#call(this.#below.write, args) as boolean
    if (this.#state === 'replaced') return swallow(args)
    refuseForeign(args[0])
    this.#wait(this.#below.write, args)
    if (!this.#body.isEnded) this.#body.needsDrain = true
    return false
  }

  end(args: Arguments): Sending {
    if (this.#state === 'before') this.#begin()
    const res = this.#res
    if (this.#state === 'through') return this.#call(this.#below.end, args) as Sending
    if (this.#state === 'replaced') {
      swallow(args)
      // A pipeline over an async iterator waits for a 'finish' that was long ago; 'drain' wakes it too.
      if (this.#isFinished) process.nextTick(() => this.#tellDrained())
      return res
    }
    if (args[0] !== undefined && args[0] !== null && typeof args[0] !== 'function') refuseForeign(args[0])
    this.#wait(this.#below.end, args)
    this.#body.isEnded = true
    this.#body.needsDrain = false
    return res
  }

  flushHeaders(): void {
    this.#implyHead()
    if (this.#state === 'before') this.#begin()
    if (this.#state === 'through') this.#call(this.#below.flushHeaders, NOTHING)
    else if (this.#state === 'waiting') this.#wait(this.#below.flushHeaders, NOTHING)
  }

  /** Compression's: it pushes out what was written, so it comes in its turn. */
  flush(args: Arguments): void {
    const { flush } = this.#below
    if (flush === undefined) return
    if (this.#state === 'waiting') this.#wait(flush, args)
    else if (this.#state !== 'replaced') this.#call(flush, args)
  }

  /** Compression below us takes `drain` listeners for its own stream, where the drain that we owe is not heard. */
  on(name: string | symbol, listener: Method): Sending {
    const res = this.#res
    this.#call(this.#below.on, [name, listener])
    const mayBeOwed = name === 'drain' && this.#state !== 'through'
    if (mayBeOwed && !res.rawListeners(name).includes(listener)) {
      this.#drainsElsewhere ??= []
      this.#drainsElsewhere.push(listener)
    }
    return res
  }

  #tellDrained(): void {
    const heard = this.#res.rawListeners('drain')
    this.#res.emit('drain')
    for (const listener of this.#drainsElsewhere ?? NOTHING) {
      if (!heard.includes(listener)) this.#call(listener, NOTHING)
    }
  }

  #begin(): void {
    const finished = this.#hold.finish(this.#givenStatus ?? this.#res.statusCode)
    if (!(finished instanceof Promise)) {
      this.#release(finished)
      return
    }
    this.#state = 'waiting'
    this.#closeHead()
    finished
      .then((value) => this.#release(value))
      .catch((error: unknown) => {
        // What Node would have thrown at the handler, had it not had to wait.
        console.error('sojourn: an answer could not be sent', error)
        this.#res.destroy()
      })
  }

  #release(finished: Finished): void {
    this.#openHead?.()
    this.#openHead = null
    if (finished.failure !== null) {
      this.#replace(finished)
      return
    }
    this.#state = 'through'
    this.#committed = finished
    if (this.#givenStatus !== null) this.#sendHead([this.#givenStatus])
    let isFull = false
    for (const { method, args } of this.#takeWaiting()) {
      const result = this.#call(method, args)
      if (method === this.#below.write) isFull = result === false
    }
    // Where Node's own buffer is full, its own drain comes.
    if (this.#body.needsDrain && !isFull) this.#tellDrained()
  }

  /** Another answer in place of the handler's: nothing of its head or body stays. */
  #replace(finished: Finished): void {
    const res = this.#res
    this.#state = 'replaced'
    res.once('finish', () => {
      this.#isFinished = true
    })
    const problem = problemFor(finished.failure, this.#req.headers.accept ?? null)
    clearHead(res)
    giveHead(res, [problem.status, problem.headers])
    applyCommitted({ ...finished, cacheControl: 'private, no-store' }, headerTarget(res))
    res.setHeader('Content-Length', Buffer.byteLength(problem.body))
    // Past whoever lies above: compression would announce an encoding that this body does not have.
    this.#call(this.#below.writeHead, [problem.status])
    // In two steps: HTTP/2 writes the body of `end` through `write`, which is ours.
    if (this.#req.method !== 'HEAD') this.#call(this.#below.write, [problem.body])
    this.#call(this.#below.end, NOTHING)
    for (const { args } of this.#takeWaiting()) swallow(args)
    // A source that waits for room must run dry, or it stays open.
    if (this.#body.needsDrain) this.#tellDrained()
  }

  #wait(method: Method, args: Arguments): void {
    this.#waiting ??= []
    this.#waiting.push({ method, args })
  }

  #takeWaiting(): readonly Waiting[] {
    const waiting = this.#waiting ?? NOTHING
    this.#waiting = null
    return waiting
  }

  #call(method: Method, args: Arguments): unknown {
    return Reflect.apply(method, this.#res, args)
  }
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
