/**
 * A head that is given but not sent yet: whoever asks is told what Node would tell if it were.
 *
 * In: a Node response. Out: the same one, saying `headersSent` and refusing changes of its head, until it is opened
 * again. Must not know: why it waits.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import { isHttp2 } from './node-head.ts'

/** What a held body makes true before Node knows of it. */
export interface HeldBody {
  readonly isEnded: boolean
  readonly needsDrain: boolean
}

const BODY = Symbol('the held body of a response')

type Closable = ServerResponse & { [BODY]?: HeldBody | null }

/** With nothing held they say what those behind them say. */
function facts(behind: (res: object) => object): PropertyDescriptorMap & ThisType<Closable> {
  return {
    headersSent: fact('headersSent', () => true, behind),
    writableEnded: fact('writableEnded', ({ isEnded }) => isEnded, behind),
    writableNeedDrain: fact('writableNeedDrain', ({ needsDrain }) => needsDrain, behind),
  }
}

const OWN_FACTS = facts(Object.getPrototypeOf)

const REFUSALS = {
  setHeader: refusal('set'),
  setHeaders: refusal('set'),
  appendHeader: refusal('append'),
  removeHeader: refusal('remove'),
}

/**
 * Closes the head; the function returned opens it again, as it was, with the status it had.
 *
 * @param shared Whether the prototype of the response is one that a framework gave it: then another one is put before it
 *   meanwhile, for properties of its own would cost a microsecond each (hold-response.ts says why).
 */
export function closeHead(res: Closable, body: HeldBody, shared: boolean): () => void {
  const { statusCode } = res
  const statusMessage = isHttp2(res) ? undefined : res.statusMessage
  const open = (shared ? closeByPrototype(res, body) : null) ?? closeByProperties(res, body)
  return () => {
    open()
    // Set meanwhile, it would have been too late; an error handler that did so must not change what was answered.
    if (res.statusCode !== statusCode) res.statusCode = statusCode
    if (!isHttp2(res) && res.statusMessage !== statusMessage) res.statusMessage = statusMessage as string
  }
}

/**
 * Defined once for a response and left there. Taking them away again would cost more than all the rest of the wait, for an object
 * that loses a property loses its shape (V8).
 */
function closeByProperties(res: Closable, body: HeldBody): () => void {
  const { setHeader, setHeaders, appendHeader, removeHeader } = res
  const methods: Partial<ServerResponse> = { setHeader, removeHeader }
  // Not every Node has them in HTTP/2.
  if (setHeaders !== undefined) methods.setHeaders = setHeaders
  if (appendHeader !== undefined) methods.appendHeader = appendHeader
  for (const name of Object.keys(methods) as (keyof typeof REFUSALS)[]) res[name] = REFUSALS[name]
  // A response that is no real one, in a test, may have a plain property of that name.
  for (const name in OWN_FACTS) if (!Object.hasOwn(res, name)) Object.defineProperty(res, name, OWN_FACTS[name] ?? {})
  res[BODY] = body
  return () => {
    res[BODY] = null
    Object.assign(res, methods)
  }
}

/** By the prototype that lies behind it. */
const closedPrototypes = new WeakMap<object, object>()

/** `null`, and nothing done, where the response has one of the methods itself, which a prototype cannot take the place of. */
function closeByPrototype(res: Closable, body: HeldBody): (() => void) | null {
  const behind: object = Object.getPrototypeOf(res)
  for (const name in REFUSALS) if (Object.hasOwn(res, name)) return null
  let closed = closedPrototypes.get(behind)
  if (closed === undefined) {
    closed = Object.create(
      behind,
      facts(() => behind),
    ) as object
    for (const [name, value] of Object.entries(REFUSALS)) {
      if (name in behind) Object.defineProperty(closed, name, { value, writable: true, configurable: true })
    }
    closedPrototypes.set(behind, closed)
  }
  Object.setPrototypeOf(res, closed)
  res[BODY] = body
  return () => {
    res[BODY] = null
    // A framework may have given it yet another one, an app inside an app say, and then that one counts.
    if (Object.getPrototypeOf(res) === closed) Object.setPrototypeOf(res, behind)
  }
}

function fact(
  name: string,
  whileHeld: (body: HeldBody) => boolean,
  behind: (res: object) => object,
): PropertyDescriptor & ThisType<Closable> {
  return {
    configurable: true,
    get() {
      const body = this[BODY]
      return body ? whileHeld(body) : Reflect.get(behind(this), name, this)
    },
  }
}

function refusal(action: string): () => never {
  return function (this: ServerResponse) {
    throw headersSent(this, action)
  }
}

/** Node's own error for what comes too late. */
export function headersSent(res: ServerResponse, action: string): Error {
  const code = isHttp2(res) ? 'ERR_HTTP2_HEADERS_SENT' : 'ERR_HTTP_HEADERS_SENT'
  return Object.assign(new Error(`Cannot ${action} headers after they are sent to the client`), { code })
}
