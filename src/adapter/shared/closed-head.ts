/**
 * A head that is given but not sent yet: whoever asks is told what Node would tell if it were.
 *
 * In: a Node response. Out: the same one, saying `headersSent` and refusing changes of its head, until it is opened
 * again. Must not know: why it waits.
 *
 * @module
 */

import { type IncomingMessage, ServerResponse } from 'node:http'
import { isHttp2 } from './node-head.ts'

/** What a held body makes true before Node knows of it. */
export interface HeldBody {
  readonly isEnded: boolean
  readonly needsDrain: boolean
}

/** Opens the head again, as it was, with the status it had. */
export type OpenHead = () => void

const BODY = Symbol('the held body of a response')

type Closable = ServerResponse & { [BODY]?: HeldBody | null }
/** Where Node's responses over HTTP/1 keep the text of a head that was given. */
type WithHeadText = ServerResponse & { _header: string | null }

/**
 * Closes the head.
 *
 * @param body What is told of the body meanwhile; `null` where the response tells it by itself.
 */
export function closeHead(res: Closable, body: HeldBody | null): OpenHead {
  const { statusCode } = res
  const statusMessage = isHttp2(res) ? undefined : res.statusMessage
  const open = hasHeadText(res) ? closeByText(res) : closeByProperties(res)
  if (body !== null) tellOf(res, body)
  return () => {
    open()
    if (body !== null) res[BODY] = null
    // Set meanwhile, it would have been too late; an error handler that did so must not change what was answered.
    if (res.statusCode !== statusCode) res.statusCode = statusCode
    if (!isHttp2(res) && res.statusMessage !== statusMessage) res.statusMessage = statusMessage as string
  }
}

/**
 * Whether this runtime takes a response whose `_header` is a text for one whose head was given. The field is Node's own, and many a
 * middleware reads it; one field that is there already costs nothing, properties that are added cost 3 microseconds each on Express
 * (lib/companions.ts says why).
 */
const IS_HEAD_A_TEXT = isHeadAText()

function isHeadAText(): boolean {
  const res = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage)
  if (Reflect.get(res, '_header') !== null || res.headersSent) return false
  closeByText(res as WithHeadText)
  try {
    res.setHeader('x', '1')
    return false
  } catch {
    return res.headersSent
  }
}

function hasHeadText(res: object): res is WithHeadText {
  return IS_HEAD_A_TEXT && res instanceof ServerResponse
}

function closeByText(res: WithHeadText): OpenHead {
  res._header = 'held'
  return () => {
    res._header = null
  }
}

const REFUSALS = {
  setHeader: refusal('set'),
  setHeaders: refusal('set'),
  appendHeader: refusal('append'),
  removeHeader: refusal('remove'),
}

/** For HTTP/2, and for a response that is no real one, in a test. */
function closeByProperties(res: Closable): OpenHead {
  const { setHeader, setHeaders, appendHeader, removeHeader } = res
  const methods: Partial<ServerResponse> = { setHeader, removeHeader }
  // Not every Node has them in HTTP/2.
  if (setHeaders !== undefined) methods.setHeaders = setHeaders
  if (appendHeader !== undefined) methods.appendHeader = appendHeader
  for (const name of Object.keys(methods) as (keyof typeof REFUSALS)[]) res[name] = REFUSALS[name]
  const own = Object.getOwnPropertyDescriptor(res, 'headersSent')
  Object.defineProperty(res, 'headersSent', { configurable: true, value: true })
  return () => {
    Object.assign(res, methods)
    if (own === undefined) Reflect.deleteProperty(res, 'headersSent')
    else Object.defineProperty(res, 'headersSent', own)
  }
}

/** Defined once for a response and left there: with nothing held they say what those behind them say. */
const FACTS: PropertyDescriptorMap & ThisType<Closable> = {
  writableEnded: fact('writableEnded', ({ isEnded }) => isEnded),
  writableNeedDrain: fact('writableNeedDrain', ({ needsDrain }) => needsDrain),
}

function tellOf(res: Closable, body: HeldBody): void {
  // A response that is no real one may have a plain property of that name.
  for (const name in FACTS) if (!Object.hasOwn(res, name)) Object.defineProperty(res, name, FACTS[name] ?? {})
  res[BODY] = body
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
