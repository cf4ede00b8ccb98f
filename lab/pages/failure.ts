/**
 * What to tell a person when something is not there or went wrong.
 *
 * In: a status. Out: a page that says what happened and what to do, and nothing of the inside.
 */

import type { ErrorCode } from 'sojourn'
import { html } from '../html.ts'
import type { Page } from '../send.ts'

/** The refusal that a person meets without anybody's fault: another tab logged in or out, or it was open for a day. */
const STALE_FORM: Explanation = {
  title: 'This form is out of date',
  text: 'You logged in or out since it was shown, or it was open for long, so nothing was changed. Open it again and send it once more.',
}

interface Explanation {
  readonly title: string
  readonly text: string
}

const EXPLANATIONS: Readonly<Record<number, Explanation>> = {
  403: {
    title: 'This form came from elsewhere',
    text: 'It was not sent by a page of this site, so nothing was changed. Open the page here and send it again.',
  },
  404: { title: 'There is no such page', text: 'The address may be mistyped, or what was here is gone.' },
  405: { title: 'Logging out is a button', text: 'A link could log you out by accident. Use the button at the top.' },
  409: {
    title: 'Your session changed meanwhile',
    text: 'You logged in or out in another tab while this was under way, so it was not kept. Go back, reload and try again.',
  },
  429: {
    title: 'Too many attempts',
    text: 'Somebody tried many passwords from where you are. Wait a quarter of an hour.',
  },
  413: { title: 'That was too much', text: 'The form held more than this lab takes. Go back and send less.' },
  500: { title: 'Something broke', text: 'It is the lab’s fault, not yours. The console it runs in says more.' },
  503: {
    title: 'Not just now',
    text: 'Something the lab needs does not answer, or is too busy. Nothing was saved and nobody was logged out: try again in a moment.',
  },
}

/** The one failure that does something: the cookie is gone, and the store does not know. */
const LOGOUT_INCOMPLETE: Explanation = {
  title: 'You are logged out here',
  text: 'This browser has forgotten your session, but the place it is kept in did not answer. It ends there by its time.',
}

const OTHER_REQUEST: Explanation = { title: 'That did not work', text: 'The request could not be understood.' }
const OTHER_FAILURE: Explanation = { title: 'Something broke', text: 'Try again in a moment.' }

/** `code` is the library's, where the failure is one of its errors; `again` the page whose form may be sent again. */
export function failurePage(status: number, code?: ErrorCode, again: string | null = null): Page {
  const { title, text } = code === 'LOGOUT_INCOMPLETE' ? LOGOUT_INCOMPLETE : again ? STALE_FORM : explanationOf(status)
  const main = html`<div class="empty">
<p class="status" aria-hidden="true">${status}</p>
<h1>${title}</h1>
<p>${text}</p>
<p>${
    again === null
      ? html`<a class="button" href="/">Go to the first page</a>`
      : html`<a class="button" href="${again}">Open the form again</a>`
  }</p>
</div>`
  return { title, main, status }
}

function explanationOf(status: number): Explanation {
  return EXPLANATIONS[status] ?? (status < 500 ? OTHER_REQUEST : OTHER_FAILURE)
}
