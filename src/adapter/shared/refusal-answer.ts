/**
 * A refusal as an answer.
 *
 * In: what was decided of a request that may not pass, and what the client accepts. Out: status, headers and body. Must not
 * know: frameworks.
 *
 * @module
 */

import type { CsrfReason } from '../../csrf/refusal.ts'
import { CSRF_FIELD, CSRF_HEADER } from '../../csrf/token.ts'
import type { ForgeryRefusal, Refusal } from '../../session/decision.ts'
import { escapeHtml, type Problem, problemOf, problemOfStatus } from './problem.ts'

export function refusalAnswer(refusal: Refusal, accept: string | null): Problem {
  switch (refusal.type) {
    case 'redirect':
      return { status: refusal.status, headers: { Location: refusal.location, 'Cache-Control': 'no-store' }, body: '' }
    case 'preflight':
      return { status: refusal.status, headers: { 'Cache-Control': 'no-store' }, body: '' }
    case 'refuse':
      return problemOfStatus(refusal.status, accept, refusal.code)
    case 'csrf':
      return forgeryAnswer(refusal, accept)
  }
}

/** Says what to do: a person sends the form again, a program learns which header or field is missing. */
function forgeryAnswer({ reason, header, code, origin, again }: ForgeryRefusal, accept: string | null): Problem {
  const asked = ADVICE[reason](origin ?? 'https://…')
  const link = again === null ? '' : `\n<p><a href="${escapeHtml(again)}">Open the form again</a></p>`
  return problemOf(
    { status: 403, title: 'This request was not accepted', detail: PEOPLE[reason], code },
    accept,
    { reason, header, send: asked },
    link,
  )
}

const STALE = 'The form you sent is no longer valid. Nothing was changed. Open it again and send it once more.'
const FOREIGN = 'It seems to come from another site. Nothing was changed. Open the page in this site and try again.'

const PEOPLE: Readonly<Record<CsrfReason, string>> = {
  'cross-origin': FOREIGN,
  'no-origin': FOREIGN,
  missing: STALE,
  malformed: STALE,
  'other-session': STALE,
  'before-login': 'You logged in after this form was shown. Nothing was changed. Open it again and send it once more.',
}

const token = () => `the form field ${CSRF_FIELD}, before any file, or the header ${CSRF_HEADER}, from a page shown now`

const ADVICE: Readonly<Record<CsrfReason, (origin: string) => string>> = {
  'cross-origin': (origin) => `it from a page of ${origin}`,
  'no-origin': (origin) => `the header Origin: ${origin}`,
  missing: token,
  malformed: token,
  'other-session': token,
  'before-login': token,
}
