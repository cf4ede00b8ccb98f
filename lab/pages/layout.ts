/**
 * The frame around every page: head, header, messages, footer.
 *
 * In: the middle of a page and what the visitor's session says. Out: the whole document. Must not know: requests.
 */

import { assetUrl } from '../assets.ts'
import { formToken, type Html, html } from '../html.ts'
import type { Preferences } from '../preferences.ts'

export interface Frame {
  readonly title: string
  readonly main: Html
  readonly path: string
  readonly preferences: Preferences
  /** `null` where the session could not be read: nothing is claimed about the visitor then. */
  readonly account: { readonly userName: string | null; readonly cartCount: number } | null
  readonly notices: readonly string[]
}

const COLOR_SCHEMES = { auto: 'light dark', light: 'light', dark: 'dark' } as const

export function layout({ title, main, path, preferences, account, notices }: Frame): Html {
  const { theme, fontSize } = preferences
  return html`<!doctype html>
<html lang="en" data-theme="${theme}" data-font-size="${fontSize}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${COLOR_SCHEMES[theme]}">
<title>${title} – Sojourn lab</title>
<link rel="stylesheet" href="${assetUrl('lab.css')}">
<link rel="icon" type="image/svg+xml" href="${assetUrl('icon.svg')}">
</head>
<body>
<a class="skip-link" href="#main">Skip to the content</a>
<header class="site-header">
  <div class="site-header-inner">
    <a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Sojourn lab</a>
    <nav class="site-nav" aria-label="Main">
      <ul>
        ${navItem('/', 'Home', path === '/')}
        ${navItem('/shop', 'Shop', path === '/shop')}
        ${navItem('/cart', cartLabel(account?.cartCount ?? 0), path === '/cart')}
        ${navItem('/form', 'Trip', path.startsWith('/form'))}
        ${navItem('/session', 'Session', path.startsWith('/session'))}
        ${navItem('/preferences', 'Preferences', path === '/preferences')}
      </ul>
    </nav>
    ${account && accountNav(account.userName, path)}
  </div>
</header>
<main id="main" tabindex="-1">
  <div role="status">${notices.map((notice) => html`<p class="notice">${notice}</p>`)}</div>
  ${main}
</main>
<footer class="site-footer">
  <p>A place to try sessions. Everything stays on this computer.</p>
</footer>
</body>
</html>
`
}

function accountNav(userName: string | null, path: string): Html {
  if (userName === null) {
    return html`<nav class="account" aria-label="Account">
      <a href="/login"${currentIf(path === '/login')}>Log in</a>
      <a class="account-main" href="/register"${currentIf(path === '/register')}>Register</a>
    </nav>`
  }
  return html`<nav class="account" aria-label="Account">
      <a class="account-name" href="/profile"${currentIf(path === '/profile')}>${userName}</a>
      <form method="post" action="/logout">${formToken}<button class="quiet">Log out</button></form>
    </nav>`
}

function navItem(href: string, label: string | Html, isCurrent: boolean): Html {
  return html`<li><a href="${href}"${currentIf(isCurrent)}>${label}</a></li>`
}

function cartLabel(count: number): Html {
  if (count === 0) return html`Cart`
  return html`Cart <span class="count">${count}<span class="visually-hidden"> ${count === 1 ? 'thing' : 'things'}</span></span>`
}

function currentIf(isCurrent: boolean): Html | false {
  return isCurrent && html` aria-current="page"`
}
