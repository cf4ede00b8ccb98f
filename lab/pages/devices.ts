/**
 * Where one is logged in: a list of one's own sessions, each with a way to end it.
 */

import type { Device } from 'sojourn/auth'
import { formToken, type Html, html } from '../html.ts'
import { time } from './time.ts'

/** `null`: sessions are in browsers only, and nobody can list them. */
export function devicesPage(devices: readonly Device[] | null): Html {
  return html`<h1>Your devices</h1>
${devices === null ? notListed() : list(devices)}
<aside class="aside" aria-label="How it works">
  <p><strong>Lost your phone?</strong> End its session here, and the cookie on it opens nothing any more, from its next request on.</p>
</aside>`
}

function notListed(): Html {
  return html`<div class="empty">
<p><strong>The lab does not know where you are logged in.</strong></p>
<p>It keeps sessions sealed in browsers and remembers none of them. Start it with <code>--mode stored</code> to see them here. A new password ends them all the same.</p>
<p><a class="button" href="/password">Change your password</a></p>
</div>`
}

function list(devices: readonly Device[]): Html {
  return html`<ul class="lines">
  ${devices.map(
    ({ publicId, label, current, createdAt, lastSeenAt }) => html`<li class="line device">
    <div class="line-name">
      <h2>${label ?? 'A browser without a name'}${current && html` <span class="count">this one</span>`}</h2>
      <p>Logged in ${time(createdAt)}. Last seen ${time(lastSeenAt)}.</p>
    </div>
    <div class="line-actions">
      <form method="post" action="/devices/end">${formToken}
        <input type="hidden" name="id" value="${publicId}">
        <button class="${current ? 'quiet' : 'danger'}">${current ? 'Log out' : 'End'}<span class="visually-hidden"> ${label}</span></button>
      </form>
    </div>
  </li>`,
  )}
</ul>
${
  devices.length > 1 &&
  html`<form method="post" action="/devices/end-others">${formToken}<button class="danger">End all others</button></form>`
}`
}
