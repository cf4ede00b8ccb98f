/**
 * What an answer has to carry because of the session.
 *
 * In: what came of the commit, and how the session was used. Out: cookies, and what caches must be told (law 11). Pure. Must
 * not know: responses.
 *
 * @module
 */

export interface Committed {
  /** Values of Set-Cookie headers, one header each: never joined by commas. */
  readonly setCookies: readonly string[]
  /** Whether the answer depends on the cookie: `Vary: Cookie`. */
  readonly varies: boolean
  /** What Cache-Control must say at least; `null` where the session was not read. */
  readonly cacheControl: 'private' | 'private, no-store' | null
  /** Clear-Site-Data (W3C), where a logout asks for it. */
  readonly clearSiteData: string | null
}

/** For adapters: `failure` must replace the handler's answer, unless the handler was told of it already. */
export interface Finished extends Committed {
  readonly failure: unknown
}

/** How a handler used the session. */
export interface Use {
  readonly touched: boolean
  /** The answer is a person's own. */
  readonly ownerRead: boolean
  /** A logout that also asks the browser to forget what it keeps of this site. */
  readonly clearsSite: boolean
}

export function committed(
  setCookies: readonly string[],
  { touched, ownerRead, clearsSite }: Use,
  failure: unknown,
): Finished {
  const strict = ownerRead || setCookies.length > 0
  return {
    setCookies,
    varies: touched,
    cacheControl: strict ? 'private, no-store' : touched ? 'private' : null,
    clearSiteData: clearsSite ? '"cache", "cookies", "storage"' : null,
    failure,
  }
}
