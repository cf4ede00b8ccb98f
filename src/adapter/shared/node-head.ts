/**
 * The head of a Node response while it can still change.
 *
 * In: a response of node:http or of node:http2's compatibility API, and what `writeHead` was given. Out: the same
 * response with all of it on it, nothing sent, so that more can be merged in. Must not know: sessions.
 *
 * @module
 */

import { type OutgoingHttpHeaders, type ServerResponse, validateHeaderValue } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { HeaderTarget } from './headers.ts'

/** What `writeHead` takes: a status, a message perhaps, headers perhaps. */
export type HeadArguments = readonly unknown[]

/** @throws what Node's own `writeHead` throws, with the same codes. */
export function giveHead(res: ServerResponse, [status, ...rest]: HeadArguments): void {
  const message = typeof rest[0] === 'string' ? rest[0] : undefined
  const headers = message === undefined ? (rest[1] ?? rest[0]) : rest[1]
  giveStatus(res, status, message)
  if (Array.isArray(headers)) giveList(res, headers)
  else if (typeof headers === 'object' && headers !== null) giveObject(res, headers as OutgoingHttpHeaders)
}

function giveStatus(res: ServerResponse, status: unknown, message: string | undefined): void {
  const code = Number(status) | 0
  if (isHttp2(res)) {
    // It judges the code itself, and has no message: it warns about one.
    res.statusCode = code
    return
  }
  if (code < 100 || code > 999)
    throw nodeError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', 'Invalid status code', status)
  if (message !== undefined) validateHeaderValue('statusMessage', message)
  res.statusCode = code
  if (message !== undefined) res.statusMessage = message
}

function giveObject(res: ServerResponse, headers: OutgoingHttpHeaders): void {
  // An undefined value is for setHeader to refuse, as it is without us.
  for (const [name, value] of Object.entries(headers)) if (name !== '') res.setHeader(name, value as string)
}

/** A list, flat or of pairs, replaces what was set before, and may repeat a name within itself. */
function giveList(res: ServerResponse, list: readonly unknown[]): void {
  const pairs = Array.isArray(list[0]) ? (list as readonly [string, string][]) : pairsOf(list)
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) append(res, name, value)
}

function pairsOf(flat: readonly unknown[]): [string, string][] {
  if (flat.length % 2 !== 0) {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', 'The list of headers has a name without a value', flat.at(-1))
  }
  const pairs: [string, string][] = []
  for (let index = 0; index < flat.length; index += 2) pairs.push([flat[index] as string, flat[index + 1] as string])
  return pairs
}

/**
 * Not `appendHeader`: it pushes onto the very array that `setHeader` was given, which an app may share between its
 * answers, and one visitor's cookie would be on everybody's.
 */
function append(res: ServerResponse, name: string, value: string | readonly string[]): void {
  const current = res.getHeader(name)
  const before = current === undefined ? [] : Array.isArray(current) ? current : [String(current)]
  const after = typeof value === 'string' ? [value] : value
  res.setHeader(name, before.length + after.length === 1 ? (after[0] as string) : [...before, ...after])
}

/** The response as headers are merged into it. */
export function headerTarget(res: ServerResponse): HeaderTarget {
  return {
    get(name) {
      const value = res.getHeader(name)
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
    },
    set(name, value) {
      res.setHeader(name, value)
    },
    append(name, value) {
      append(res, name, value)
    },
  }
}

/** Takes back all that was set: headers, message and trailers. */
export function clearHead(res: ServerResponse): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  // Removing a Date says to send none.
  res.sendDate = true
  if (isHttp2(res)) {
    // It has no other way to take trailers back.
    res.stream.removeAllListeners('wantTrailers')
  } else {
    res.statusMessage = ''
    res.addTrailers({})
  }
}

export function isHttp2(res: object): res is Http2ServerResponse {
  return 'stream' in res
}

function nodeError(type: ErrorConstructor, code: string, message: string, found: unknown): Error {
  return Object.assign(new type(`${message}: ${String(found)}`), { code })
}
