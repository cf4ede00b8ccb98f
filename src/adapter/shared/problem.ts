/**
 * The answer that stands in for a handler's, where the session could not be read or kept.
 *
 * In: an error, and what the client accepts. Out: status, headers and body: problem+json (RFC 9457), or a page a person
 * can read. Says what to do; never what is inside. Must not know: frameworks.
 *
 * @module
 */

import { SojournError } from '../../errors.ts'

export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a person or a program is told, by status. */
const WORDS: Record<number, { title: string; detail: string }> = {
  401: { title: 'Login required', detail: 'Log in and try again.' },
  409: {
    title: 'Your session has changed',
    detail: 'You logged in or out meanwhile, so this was not saved. Go back, reload and try again.',
  },
  503: {
    title: 'Sessions are unavailable',
    detail: 'Nothing was saved and nobody was logged out. Try again in a moment.',
  },
}
const OTHERWISE = { title: 'Something went wrong', detail: 'Nothing was saved. The log of the server says why.' }

/** The answer for an error. `accept` is the request's Accept header. */
export function problemFor(error: unknown, accept: string | null): Problem {
  return error instanceof SojournError
    ? problemOfStatus(error.status, accept, error.code)
    : problemOfStatus(500, accept)
}

/** The answer of a status; `code` is for programs. */
export function problemOfStatus(status: number, accept: string | null, code?: string): Problem {
  const { title, detail } = WORDS[status] ?? OTHERWISE
  const headers: Record<string, string> = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  if (status === 503) headers['Retry-After'] = '5'
  if (accept?.includes('text/html')) {
    headers['Content-Type'] = 'text/html; charset=utf-8'
    return { status, headers, body: page(title, detail) }
  }
  headers['Content-Type'] = 'application/problem+json'
  return { status, headers, body: JSON.stringify({ type: 'about:blank', title, status, detail, code }) }
}

function page(title: string, detail: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${detail}</p></main></body></html>
`
}
