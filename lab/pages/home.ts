/**
 * The first page.
 */

import type { Mode } from '../args.ts'
import { type Html, html } from '../html.ts'

const STATIONS: readonly { readonly href: string; readonly title: string; readonly text: string }[] = [
  { href: '/register', title: 'Become somebody', text: 'Register, log in, log out. Each login gets a new session id.' },
  {
    href: '/profile',
    title: 'Knock at a door',
    text: 'The profile needs a login, and remembers where you wanted to go.',
  },
  { href: '/shop', title: 'Fill a cart', text: 'Fill it as a visitor, then log in: it is still there.' },
  { href: '/form', title: 'Book a trip', text: 'Three steps. Leave in the middle and come back.' },
  { href: '/preferences', title: 'Change the light', text: 'Theme and font size, on every page at once.' },
  { href: '/session', title: 'Look inside', text: 'What is in your session, and how long it lives.' },
]

export function homePage(userName: string | null, mode: Mode): Html {
  return html`<section class="hero">
  ${
    userName === null
      ? visitorGreeting()
      : html`<h1>Hello, ${userName}</h1>
  <p class="lead">You are logged in. <a href="/profile">See your profile</a>.</p>`
  }
</section>
<h2 class="visually-hidden">Things to try</h2>
<ul class="stations">
  ${STATIONS.map(
    ({ href, title, text }) => html`<li class="station">
    <h3><a href="${href}">${title}</a></h3>
    <p>${text}</p>
  </li>`,
  )}
</ul>
<aside class="aside" aria-label="How it works">
  <p><strong>How does the server know you?</strong> HTTP forgets you after every answer. ${
    mode === 'stored'
      ? 'Your browser brings a cookie with a random token, and the server finds the rest under a hash of it.'
      : 'Your browser brings a cookie with the whole session in it, sealed so that only the server can read or make one.'
  }</p>
</aside>`
}

function visitorGreeting(): Html {
  return html`<h1>Hello, stranger</h1>
  <p class="lead">You are not logged in. <a href="/login">Log in</a> or <a href="/register">register</a>.</p>`
}
