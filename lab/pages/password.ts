/**
 * The password once more, and a new one.
 */

import { formToken, type Html, html } from '../html.ts'
import { textField } from './field.ts'

export interface ConfirmForm {
  /** Where to go afterwards: a path of this origin. */
  readonly next: string
  readonly error?: string
}

export function confirmPage({ next, error }: ConfirmForm): Html {
  return html`<div class="sheet">
<h1>Is it you?</h1>
<p>What comes next asks for your password once more.</p>
<form method="post" action="/confirm?next=${encodeURIComponent(next)}" novalidate>${formToken}
  ${textField({
    name: 'password',
    label: 'Password',
    type: 'password',
    error,
    autocomplete: 'current-password',
    hasFocus: true,
  })}
  <div class="actions"><button>Go on</button></div>
</form>
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>A fresh login.</strong> Whoever finds your browser open can read your pages, and cannot take your account over.</p>
</aside>`
}

export function passwordPage(error?: string): Html {
  return html`<div class="sheet">
<h1>Change your password</h1>
<form method="post" action="/password" novalidate>${formToken}
  ${textField({
    name: 'password',
    label: 'New password',
    hint: 'At least 8 characters. A short sentence is good.',
    type: 'password',
    error,
    autocomplete: 'new-password',
    hasFocus: error !== undefined,
  })}
  <div class="actions"><button>Change</button></div>
</form>
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>It ends every other session.</strong> Each holds a mark of the password it began with. When that is not your password’s mark any more, the session is over.</p>
</aside>`
}
