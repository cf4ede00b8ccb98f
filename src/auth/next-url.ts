/**
 * Where to go after the login.
 *
 * In: what `?next=` holds, which a stranger may have written, and the origin of this app. Out: a path on this origin, or
 * null. Pure, and never throws. Must not know: the request, the session, or what is answered.
 *
 * An open redirect after a login is a phishing page with our name in the address. Checks of text and parsers of URLs
 * disagree about what text means, so both have to agree here: only text in which they can hardly differ is parsed, and
 * the parser's own spelling is what is returned, after a second look at it.
 *
 * @module
 */

/** Longer ones are cut or refused by some proxy on the way, and no page of an app has such an address. */
const MOST_CHARACTERS = 2048

// Browsers drop tabs and line breaks anywhere in a URL and white space around it, and read "\" as "/" (WHATWG URL,
// section 4.4). Each of these has carried an open redirect past a check, so text with any of them is not looked at.
// \p{Cc} are the control characters, \p{Zl} and \p{Zp} the line breaks of Unicode.
const DECEPTIVE = /[\\\p{Cc}\p{Zl}\p{Zp}]/u

// "//host" is another host.
const OWN_PATH = /^\/(?!\/)/

// "." and ".." as segments, percent-encoded or not. Parsers take them out, which turns "/..//host" into "//host"; a
// browser never sends one, so whoever wrote it did so to be taken out.
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i

/**
 * Turns `candidate` into a path on `origin` (`/path?query#hash`), or null where it is not one. A path that starts with
 * one slash is accepted, and so is an absolute URL that starts with exactly this origin, as its path. Refused: everything
 * else, relative paths without a slash, explicit default ports and user names included; control characters, backslashes and
 * dot segments, also percent-encoded ones in the path; and more than 2048 characters.
 *
 * At least as strict as Django's `url_has_allowed_host_and_scheme`, which `test/vector/next-url.json` holds it to.
 *
 * @param origin as `new URL(…).origin` writes it: `https://app.example`, `http://localhost:3000`
 */
export function safeNext(candidate: string | null | undefined, origin: string): string | null {
  if (typeof candidate !== 'string' || candidate.length > MOST_CHARACTERS || DECEPTIVE.test(candidate)) return null
  const written = withoutOrigin(candidate, origin)
  if (written === null || !isOwnPath(written)) return null
  const path = parsedPath(written, origin)
  // A fixed point: the parser's spelling, parsed again, must still be the same place.
  return path !== null && isOwnPath(path) && parsedPath(path, origin) === path ? path : null
}

/** Compared as text, before any parser has an opinion: "https://app.example@evil.example" goes on with "@". */
function withoutOrigin(candidate: string, origin: string): string | null {
  if (candidate.startsWith('/')) return candidate
  if (!candidate.startsWith(origin)) return null
  const rest = candidate.slice(origin.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') || rest.startsWith('#') ? `/${rest}` : null
}

/** Judges the path as it would stand after one decoding too many: some proxy on the way may decode "/%2fhost". */
function isOwnPath(text: string): boolean {
  const path = decodedOnce(text.split(/[?#]/, 1)[0] ?? '')
  const plain = OWN_PATH.test(path) && !DOT_SEGMENT.test(path) && !DECEPTIVE.test(path)
  return plain && text.length <= MOST_CHARACTERS
}

/** ASCII only, which is all that means anything to a parser; `decodeURIComponent` would throw at a stray "%". */
function decodedOnce(path: string): string {
  return path.replace(/%[0-7][0-9a-f]/gi, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16)))
}

function parsedPath(path: string, origin: string): string | null {
  if (!URL.canParse(path, origin)) return null
  const url = new URL(path, origin)
  return url.origin === origin && url.username === '' && url.password === ''
    ? url.pathname + url.search + url.hash
    : null
}
