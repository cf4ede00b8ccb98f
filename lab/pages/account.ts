/**
 * Register, log in, profile.
 */

import { formToken, type Html, html } from '../html.ts'
import type { User } from '../users.ts'
import { firstWrong, textField } from './field.ts'
import { time } from './time.ts'

export interface AccountForm {
  /** Where to go afterwards: a path of this origin. */
  readonly next: string
  readonly name?: string
  readonly errors?: { readonly name?: string; readonly password?: string }
}

export function registerPage({ next, name, errors = {} }: AccountForm): Html {
  const wrong = firstWrong(['name', 'password'], errors)
  return html`<div class="sheet">
<h1>Register</h1>
<form method="post" action="${withNext('/register', next)}" novalidate>${formToken}
  ${textField({
    name: 'name',
    label: 'Name',
    hint: 'What the lab calls you. No e-mail address is needed.',
    value: name,
    error: errors.name,
    autocomplete: 'username',
    hasFocus: wrong === 'name',
  })}
  ${textField({
    name: 'password',
    label: 'Password',
    hint: 'At least 8 characters. A short sentence is good.',
    type: 'password',
    error: errors.password,
    autocomplete: 'new-password',
    hasFocus: wrong === 'password',
  })}
  <div class="actions"><button>Register</button></div>
</form>
<p>Been here before? <a href="${withNext('/login', next)}">Log in</a>.</p>
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>Your password is not kept.</strong> The lab keeps a hash of it that takes long to make on purpose, so that whoever steals the database cannot try a million words a second.</p>
</aside>`
}

export interface LoginForm extends AccountForm {
  readonly remember?: boolean
  readonly wrong?: boolean
}

export function loginPage({ next, name, remember = false, errors = {}, wrong = false }: LoginForm): Html {
  const focused = wrong ? 'password' : firstWrong(['name', 'password'], errors)
  return html`<div class="sheet">
<h1>Log in</h1>
${next !== '/' && html`<p>To go on to <code>${next}</code>, tell the lab who you are.</p>`}
${wrong && html`<p class="alert" role="alert">Wrong name or password. Check both and try again.</p>`}
<form method="post" action="${withNext('/login', next)}" novalidate>${formToken}
  ${textField({
    name: 'name',
    label: 'Name',
    value: name,
    error: errors.name,
    autocomplete: 'username',
    hasFocus: focused === 'name',
  })}
  ${textField({
    name: 'password',
    label: 'Password',
    type: 'password',
    error: errors.password,
    autocomplete: 'current-password',
    hasFocus: focused === 'password',
  })}
  <label class="check"><input type="checkbox" name="remember"${remember && html` checked`}> Remember me on this device, for 90 days at most</label>
  <div class="actions"><button>Log in</button></div>
</form>
<p>New here? <a href="${withNext('/register', next)}">Register</a>.</p>
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>What a login does.</strong> It gives your browser a new session id. Had somebody planted the old one, it would be worth nothing now.</p>
</aside>`
}

/** `loggedInAt` in milliseconds since the epoch. */
export function profilePage(user: User, loggedInAt: number | null): Html {
  return html`<h1>Your profile</h1>
<dl class="facts">
  <div><dt>Name</dt><dd>${user.name}</dd></div>
  <div><dt>Registered</dt><dd>${time(user.created)}</dd></div>
  <div><dt>Logged in</dt><dd>${loggedInAt === null ? 'unknown' : time(loggedInAt)}</dd></div>
</dl>
<p><a href="/devices">Your devices</a> · <a href="/password">Change your password</a></p>
<form method="post" action="/logout">${formToken}<button class="secondary">Log out</button></form>
<aside class="aside" aria-label="How it works">
  <p><strong>A door with a guard.</strong> Without a login this page sends you to the login form and remembers, in the address, where you wanted to go.</p>
</aside>`
}

function withNext(path: string, next: string): string {
  return next === '/' ? path : `${path}?next=${encodeURIComponent(next)}`
}
