/**
 * What is in my session: a teaching aid.
 */

import type { Mode, StoreName } from '../args.ts'
import { formToken, type Html, html } from '../html.ts'
import { time } from './time.ts'

export interface SessionFacts {
  readonly mode: Mode
  readonly store: StoreName
  /** `null`: nothing was stored yet, so there is no session to name. */
  readonly publicId: string | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly owner: string | null
  readonly values: readonly (readonly [key: string, value: unknown])[]
}

const PLACES: Readonly<Record<StoreName, string>> = {
  sqlite: 'an SQLite database',
  memory: 'the memory of the server',
  file: 'a folder of files',
}

export function sessionPage(facts: SessionFacts): Html {
  return html`<h1>Your session</h1>
<p class="lead">${placeText(facts)}</p>
${facts.publicId === null ? noSession() : factsList(facts, facts.publicId)}
<h2>What it holds</h2>
${facts.values.length === 0 ? html`<p class="empty-note">Nothing yet.</p>` : valuesTable(facts.values)}
<h2>Try something</h2>
<div class="actions">
  <form method="post" action="/session/count">${formToken}<button class="secondary">Count one up</button></form>
  ${
    facts.publicId !== null &&
    html`<form method="post" action="/session/regenerate">${formToken}<button class="secondary">Take a new id</button></form>
  <form method="post" action="/session/destroy">${formToken}<button class="danger">End this session</button></form>`
  }
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>An id to show.</strong> The id above is the public one: it names the session in logs and opens nothing. The token in your cookie is never shown, and no script can read it.</p>
</aside>`
}

function placeText({ mode, store }: SessionFacts): string {
  return mode === 'stored'
    ? `It is kept on the server, in ${PLACES[store]}. Your browser holds a random token and nothing else.`
    : 'It is kept in your browser, in one cookie, sealed: the browser can neither read nor change it.'
}

function noSession(): Html {
  return html`<div class="empty">
<p><strong>You have no session.</strong></p>
<p>As long as nothing is stored there is no cookie and no record. Count one up below, and there will be.</p>
</div>`
}

function factsList({ mode, createdAt, expiresAt, owner }: SessionFacts, publicId: string): Html {
  return html`<dl class="facts">
  <div><dt>Public id</dt><dd><code>${publicId.slice(0, 10)}…</code></dd></div>
  <div><dt>Belongs to</dt><dd>${owner ?? 'nobody: you are not logged in'}</dd></div>
  <div><dt>Created</dt><dd>${time(createdAt)}</dd></div>
  <div><dt>Ends</dt><dd>${expiresAt === null ? 'with its next answer' : html`${time(expiresAt)}, unless you come back before`}</dd></div>
  <div><dt>Mode</dt><dd>${mode === 'stored' ? 'stored (server-side)' : 'sealed (client-side)'}</dd></div>
</dl>`
}

function valuesTable(values: SessionFacts['values']): Html {
  return html`<div class="table-frame" role="region" aria-label="Keys and values" tabindex="0">
<table>
  <thead><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead>
  <tbody>
    ${values.map(
      ([key, value]) => html`<tr><th scope="row"><code>${key}</code></th><td><pre>${readable(value)}</pre></td></tr>`,
    )}
  </tbody>
</table>
</div>`
}

/** JSON with one line for each part: short enough to take in at a glance. */
function readable(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(item)).join(',\n')
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${JSON.stringify(part)}`)
    .join('\n')
}
