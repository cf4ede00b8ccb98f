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

/**
 * Defined once for a response and left there: with nothing held they say what Node's own say. Taking them away again
 * would cost more than all the rest of the wait, for an object that loses a property loses its shape (V8).
 */
const FACTS: PropertyDescriptorMap & ThisType<Closable> = {
  headersSent: fact('headersSent', () => true),
  writableEnded: fact('writableEnded', ({ isEnded }) => isEnded),
  writableNeedDrain: fact('writableNeedDrain', ({ needsDrain }) => needsDrain),
}

const REFUSALS = {
  setHeader: refusal('set'),
  setHeaders: refusal('set'),
  appendHeader: refusal('append'),
  removeHeader: refusal('remove'),
}

/** Closes the head; the function returned opens it again, as it was, with the status it had. */
export function closeHead(res: Closable, body: HeldBody): () => void {
  const { statusCode } = res
  const statusMessage = isHttp2(res) ? undefined : res.statusMessage
  const { setHeader, setHeaders, appendHeader, removeHeader } = res
  const methods: Partial<ServerResponse> = { setHeader, removeHeader }
  // Not every Node has them in HTTP/2.
  if (setHeaders !== undefined) methods.setHeaders = setHeaders
  if (appendHeader !== undefined) methods.appendHeader = appendHeader
  for (const name of Object.keys(methods) as (keyof typeof REFUSALS)[]) res[name] = REFUSALS[name]
  // A response that is no real one, in a test, may have a plain property of that name.
  for (const name in FACTS) if (!Object.hasOwn(res, name)) Object.defineProperty(res, name, FACTS[name] ?? {})
  res[BODY] = body
  return () => {
    res[BODY] = null
    Object.assign(res, methods)
    // Set meanwhile, it would have been too late; an error handler that did so must not change what was answered.
    res.statusCode = statusCode
    if (!isHttp2(res)) res.statusMessage = statusMessage as string
  }
}

function fact(name: string, whileHeld: (body: HeldBody) => boolean): PropertyDescriptor & ThisType<Closable> {
  return {
    configurable: true,
    get() {
      const body = this[BODY]
      return body ? whileHeld(body) : Reflect.get(Object.getPrototypeOf(this), name, this)
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
