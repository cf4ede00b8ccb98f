/**
 * An answer that the library itself gives, in place of a handler's.
 *
 * In: a status or words, and what the client accepts. Out: status, headers and body: problem+json (RFC 9457), or a page a person
 * can read. Says what to do; never what is inside. Must not know: frameworks.
 *
 * @module
 */

export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a person or a program is told, by status. */
const WORDS: Record<number, { title: string; detail: string }> = {
  401: { title: 'Login required', detail: 'Log in and try again.' },
  403: { title: 'Not allowed', detail: 'Whoever is logged in may not do this.' },
  405: { title: 'Not this way', detail: 'A form has to post this.' },
  409: {
    title: 'Your session has changed',
    detail: 'You logged in or out meanwhile, so this was not saved. Go back, reload and try again.',
  },
  429: { title: 'Too many attempts', detail: 'Wait a while and try again.' },
  503: {
    title: 'Sessions are unavailable',
    detail: 'Nothing was saved and nobody was logged out. Try again in a moment.',
  },
}
const OTHERWISE = { title: 'Something went wrong', detail: 'Nothing was saved. The log of the server says why.' }

/** The answer of a status; `code` is for programs. */
export function problemOfStatus(status: number, accept: string | null, code?: string): Problem {
  const problem = problemOf({ status, ...(WORDS[status] ?? OTHERWISE), code }, accept)
  return status === 503 ? withHeader(problem, 'Retry-After', '5') : problem
}

/** What RFC 9457 calls a problem's members; `code` is ours. */
export interface Words {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code?: string | undefined
}

/** `more`: further members, for programs. `html`: what follows on the page, for people; it is not escaped. */
export function problemOf(
  { status, title, detail, code }: Words,
  accept: string | null,
  more: Readonly<Record<string, unknown>> = {},
  html = '',
): Problem {
  const headers: Record<string, string> = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  if (accept?.includes('text/html')) {
    headers['Content-Type'] = 'text/html; charset=utf-8'
    return { status, headers, body: page(title, detail, html) }
  }
  headers['Content-Type'] = 'application/problem+json'
  return { status, headers, body: JSON.stringify({ type: 'about:blank', title, status, detail, code, ...more }) }
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function withHeader(problem: Problem, name: string, value: string): Problem {
  return { ...problem, headers: { ...problem.headers, [name]: value } }
}

function page(title: string, detail: string, html: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${detail}</p>${html}</main></body></html>
`
}
