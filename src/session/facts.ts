/**
 * What the library knows of a request.
 *
 * In: what a framework, a socket or a job has at hand. Out: the few facts sessions are judged by. Must not know: any
 * framework.
 *
 * @module
 */

/** Reads one header. A web `Headers` is one. */
export interface HeaderReader {
  get(name: string): string | null
}

/** Headers as web `Headers`, or as the plain object Node makes of them. */
export type HeadersInput = HeaderReader | Readonly<Record<string, string | readonly string[] | undefined>>

/** What `skip` and `countsAsActivity` are asked about. */
export interface RequestFacts {
  readonly method: string
  /** As the server got it: a path with its query, or a whole URL. */
  readonly url: string
  readonly headers: HeaderReader
  /** Whether it came over TLS. */
  readonly secure: boolean
  /** The address of the peer, or `null` where the runtime does not tell. */
  readonly address: string | null
}

/** What `sessions.open` takes: the facts, of which only the headers are needed. */
export interface RequestInput {
  readonly method?: string
  readonly url?: string
  readonly headers: HeadersInput
  readonly secure?: boolean
  readonly address?: string | null
}

/** Fills in what was left out: a GET of `/`. */
export function factsOf(input: RequestInput | HeadersInput, secureByDefault: boolean): RequestFacts {
  const request: RequestInput = isRequestInput(input) ? input : { headers: input }
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: headerReader(request.headers),
    secure: request.secure ?? secureByDefault,
    address: request.address ?? null,
  }
}

function isRequestInput(input: RequestInput | HeadersInput): input is RequestInput {
  return !isReader(input) && typeof input.headers === 'object' && input.headers !== null
}

function isReader(headers: object): headers is HeaderReader {
  return typeof (headers as Partial<HeaderReader>).get === 'function'
}

/** One way to read headers, whatever holds them. Names are looked up in lower case, as Node keeps them. */
export function headerReader(headers: HeadersInput): HeaderReader {
  if (isReader(headers)) return headers
  return new RecordReader(headers)
}

class RecordReader implements HeaderReader {
  readonly #record: Readonly<Record<string, string | readonly string[] | undefined>>

  constructor(record: Readonly<Record<string, string | readonly string[] | undefined>>) {
    this.#record = record
  }

  get(name: string): string | null {
    const record = this.#record
    const key = name.toLowerCase()
    // HTTP/2 says `:authority` where HTTP/1.1 says Host, and it counts before a Host beside it (RFC 9113, 8.3.1).
    let value = (key === 'host' ? record[':authority'] : undefined) ?? record[key] ?? null
    // Most headers that are asked for are not there: nearly always one look says so.
    if (value === null && key !== name) value = record[name] ?? null
    if (value === null) return null
    return typeof value === 'string' ? value : value.join(key === 'cookie' ? '; ' : ', ')
  }
}

/** Methods that promise to change nothing (RFC 9110, 9.2.1). Any other, known or not, is unsafe. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}

/**
 * The default of `countsAsActivity`: a person did something. A prefetch, a socket or a stream that reconnects by
 * itself would keep a forgotten tab logged in for ever.
 */
export function isActivity({ headers }: RequestFacts): boolean {
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose')
  if (purpose?.includes('prefetch')) return false
  if (headers.get('upgrade')?.toLowerCase() === 'websocket') return false
  return !headers.get('accept')?.startsWith('text/event-stream')
}
