/**
 * Method, headers, options and verdict: what another site may try, and what is not one.
 *
 * The base is the table of Go's CrossOriginProtection (net/http). Where ours differs a row says so by its name: the scheme
 * counts, and a session that comes with neither header is refused.
 *
 * @module
 */
import type { SessionsOptions } from '../../src/index.ts'
import type { HostName, PlainRequest } from '../support/plain-hosts.ts'

export const ORIGIN = 'https://app.example'
export const EVIL = 'https://evil.example'
export type Headers = NonNullable<PlainRequest['headers']>

export const OPTIONS: Readonly<Record<string, Partial<SessionsOptions>>> = {
  usual: {},
  'several origins': { origin: [ORIGIN, 'https://other.example:8443'] },
  'trusted origins': { trustedOrigins: ['https://partner.example', 'https://partner.example:8443'] },
  'a function': { origin: (host) => (host.endsWith('.shops.example') ? `https://${host}` : null) },
  'a function behind a proxy': {
    origin: (host) => (host.endsWith('.shops.example') ? `https://${host}` : null),
    trustProxy: 1,
  },
  'paths without Origin': { csrf: { unsafeAllowMissingOrigin: ['/hook', '/hooks/*'] } },
  'paths without a check': { csrf: { unsafeExempt: ['/hook', '/hooks/*'] } },
  'report only': { csrf: { reportOnly: true } },
  skip: { skip: ({ url }) => url.includes('/static/') },
}

export interface Row {
  readonly what: string
  readonly method: string
  readonly headers: Headers
  /** The header that decides against it; `null`: it passes. */
  readonly verdict: 'Sec-Fetch-Site' | 'Origin' | null
  readonly under: keyof typeof OPTIONS
  readonly path: string
  /** Which runtimes can be sent such a request; all where it is left out. */
  readonly only?: readonly HostName[]
  /** It comes without the session's cookie. */
  readonly visitor?: true
}

export const row = (
  what: string,
  method: string,
  headers: Headers,
  verdict: Row['verdict'],
  more: Partial<Pick<Row, 'under' | 'path' | 'only' | 'visitor'>> = {},
): Row => ({ what, method, headers, verdict, under: 'usual', path: '/transfer', ...more })

export const site = (value: string, origin?: string): Headers => ({
  'Sec-Fetch-Site': value,
  ...(origin !== undefined && { Origin: origin }),
})
export const from = (origin: string): Headers => ({ Origin: origin })
export const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' }
const SERVERS = ['node', 'express', 'hono'] as const

export const BY_SITE: readonly Row[] = [
  row('same origin', 'POST', site('same-origin'), null),
  row('same origin, with Origin', 'POST', site('same-origin', ORIGIN), null),
  row('typed by a person', 'POST', site('none'), null),
  row('cross-site', 'POST', site('cross-site'), 'Sec-Fetch-Site'),
  row('cross-site, with its Origin', 'POST', site('cross-site', EVIL), 'Sec-Fetch-Site'),
  row('cross-site, from a sandboxed frame', 'POST', site('cross-site', 'null'), 'Sec-Fetch-Site'),
  row('same-site: a subdomain is another origin', 'POST', site('same-site'), 'Sec-Fetch-Site'),
  row('same-site, with its Origin', 'POST', site('same-site', 'https://blog.app.example'), 'Sec-Fetch-Site'),
  row('a site no browser knows', 'POST', site('trusted'), 'Sec-Fetch-Site'),
  row('the right word in upper case', 'POST', site('SAME-ORIGIN'), 'Sec-Fetch-Site'),
  row('the right word among others', 'POST', site('same-origin, cross-site'), 'Sec-Fetch-Site'),
  row('two lines that disagree', 'POST', { 'Sec-Fetch-Site': ['same-origin', 'cross-site'] }, 'Sec-Fetch-Site'),
  row('an empty site, our Origin', 'POST', site('', ORIGIN), null),
  row('an empty site, another Origin', 'POST', site('', EVIL), 'Sec-Fetch-Site'),
  row('an empty site, no Origin', 'POST', site(''), 'Origin'),
]

const BY_METHOD: readonly Row[] = [
  ...['GET', 'HEAD', 'OPTIONS'].map((method) => row('a safe method', method, site('cross-site', EVIL), null)),
  ...['PUT', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT', 'LOCK', 'M-SEARCH'].flatMap((method) => [
    row('an unsafe method, cross-site', method, site('cross-site', EVIL), 'Sec-Fetch-Site'),
    row('an unsafe method, our Origin', method, from(ORIGIN), null),
  ]),
  row('TRACE changes nothing, and no page may send it', 'TRACE', site('cross-site'), 'Sec-Fetch-Site', {
    only: ['node', 'express'],
  }),
  // Node's own parser refuses what it does not know, long before us.
  ...['patch', 'FOO', 'GET2', 'get-it', 'X'].map((method) =>
    row('a method nobody knows', method, site('cross-site', EVIL), 'Sec-Fetch-Site', { only: ['web'] }),
  ),
  row('a method nobody knows, our Origin', 'FOO', from(ORIGIN), null, { only: ['web'] }),
  row(
    'a safe word in a header',
    'POST',
    { ...site('cross-site', EVIL), 'X-HTTP-Method-Override': 'GET' },
    'Sec-Fetch-Site',
  ),
  row('an unsafe word in a header', 'GET', { ...site('cross-site', EVIL), 'X-HTTP-Method-Override': 'POST' }, null),
  row('a safe word in the query', 'POST', site('cross-site', EVIL), 'Sec-Fetch-Site', {
    path: '/transfer?_method=GET',
  }),
]

export const BY_ORIGIN: readonly Row[] = [
  row('ours', 'POST', from(ORIGIN), null),
  row('another', 'POST', from(EVIL), 'Origin'),
  row('null', 'POST', from('null'), 'Origin'),
  row('another scheme', 'POST', from('http://app.example'), 'Origin'),
  row('another port', 'POST', from('https://app.example:8443'), 'Origin'),
  row('the default port, written out', 'POST', from('https://app.example:443'), 'Origin'),
  row('a subdomain', 'POST', from('https://www.app.example'), 'Origin'),
  row('the domain above', 'POST', from('https://example'), 'Origin'),
  row('a host that begins alike', 'POST', from('https://app.example.evil.example'), 'Origin'),
  row('a host that ends alike', 'POST', from('https://evilapp.example'), 'Origin'),
  row('a host that begins alike, without a dot', 'POST', from('https://app.exampleevil.com'), 'Origin'),
  row('ours as user information', 'POST', from('https://app.example@evil.example'), 'Origin'),
  row('user information before ours', 'POST', from('https://evil@app.example'), 'Origin'),
  row('a dot at the end', 'POST', from('https://app.example.'), 'Origin'),
  row('upper case, which no browser writes', 'POST', from('HTTPS://APP.EXAMPLE'), 'Origin'),
  row('a slash at the end', 'POST', from('https://app.example/'), 'Origin'),
  row('a path', 'POST', from('https://app.example/transfer'), 'Origin'),
  row('the host alone', 'POST', from('app.example'), 'Origin'),
  row('a pattern', 'POST', from('*'), 'Origin'),
  row('two in one line', 'POST', from(`${ORIGIN}, ${EVIL}`), 'Origin'),
  row('two in one line, by a space', 'POST', from(`${EVIL} ${ORIGIN}`), 'Origin'),
  row('two lines', 'POST', { Origin: [EVIL, ORIGIN] }, 'Origin'),
  row('what is no URL', 'POST', from('https://[app.example'), 'Origin'),
  row('an extension', 'POST', from('chrome-extension://abcdef'), 'Origin'),
  row('a file', 'POST', from('file://'), 'Origin'),
  row('ours as Referer, another as Origin', 'POST', { ...from(EVIL), Referer: `${ORIGIN}/form` }, 'Origin'),
  row('ours as Host, another as Origin', 'POST', { ...from(EVIL), Host: 'app.example' }, 'Origin'),
  row('another as Host as well', 'POST', { ...from(EVIL), Host: 'evil.example' }, 'Origin'),
  row('another as X-Forwarded-Host as well', 'POST', { ...from(EVIL), 'X-Forwarded-Host': 'evil.example' }, 'Origin'),
]

export const WITHOUT_EITHER: readonly Row[] = [
  row('with a session', 'POST', {}, 'Origin'),
  row('with a session, and a Referer of ours', 'POST', { Referer: `${ORIGIN}/form` }, 'Origin'),
  row('with a session, and an empty Origin', 'POST', from(''), 'Origin'),
  row('without a session', 'POST', {}, null, { visitor: true }),
  row('without a session, cross-site', 'POST', site('cross-site', EVIL), 'Sec-Fetch-Site', { visitor: true }),
  row('without a session, another Origin', 'POST', from(EVIL), 'Origin', { visitor: true }),
  row('with other cookies alone', 'POST', { Cookie: 'theme=dark; Xsession=1; session=1' }, null, { visitor: true }),
  row('with a cookie of the name that holds nothing', 'POST', { Cookie: '__Host-Http-session=' }, 'Origin', {
    visitor: true,
  }),
  row('GET with a session', 'GET', {}, null),
]

const BY_BODY: readonly Row[] = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json',
  'application/csp-report',
  'text/plain; application/json',
  'x'.repeat(300),
].map((type) =>
  row(`as ${type.slice(0, 40)}`, 'POST', { ...site('cross-site', EVIL), 'Content-Type': type }, 'Sec-Fetch-Site'),
)

const BY_APP: readonly Row[] = [
  row('the first of two', 'POST', site('cross-site', ORIGIN), null, { under: 'several origins' }),
  row('the second of two', 'POST', from('https://other.example:8443'), null, { under: 'several origins' }),
  row('the second of two, cross-site', 'POST', site('cross-site', 'https://other.example:8443'), null, {
    under: 'several origins',
  }),
  row('the second of two on another port', 'POST', from('https://other.example'), 'Origin', {
    under: 'several origins',
  }),
  row('trusted', 'POST', site('cross-site', 'https://partner.example'), null, { under: 'trusted origins' }),
  row('trusted, by Origin alone', 'POST', from('https://partner.example:8443'), null, { under: 'trusted origins' }),
  row('trusted, on http', 'POST', from('http://partner.example'), 'Origin', { under: 'trusted origins' }),
  row('beside the trusted', 'POST', site('cross-site', 'https://x.partner.example'), 'Sec-Fetch-Site', {
    under: 'trusted origins',
  }),
  row('ours, where others are trusted', 'POST', from(ORIGIN), null, { under: 'trusted origins' }),
  row('of the host', 'POST', { ...from('https://a.shops.example'), Host: 'a.shops.example' }, null, {
    under: 'a function',
  }),
  row('of the host in upper case', 'POST', { ...from('https://a.shops.example'), Host: 'A.SHOPS.example' }, null, {
    under: 'a function',
  }),
  row('of another shop', 'POST', { ...from('https://b.shops.example'), Host: 'a.shops.example' }, 'Origin', {
    under: 'a function',
  }),
  row('of a host that is not known', 'POST', { ...from(EVIL), Host: 'evil.example' }, 'Origin', {
    under: 'a function',
  }),
  row('to a Host that is none', 'POST', { ...from('https://a.shops.example'), Host: 'x@a.shops.example' }, 'Origin', {
    under: 'a function',
    only: ['node', 'express'],
  }),
  row('to two hosts at once', 'POST', { ...from('https://a.shops.example'), Host: 'x, a.shops.example' }, 'Origin', {
    under: 'a function',
    only: ['node', 'express'],
  }),
  row(
    'a proxy’s host that is not trusted',
    'POST',
    {
      ...from('https://a.shops.example'),
      Host: 'inner',
      'X-Forwarded-For': '1.1.1.1',
      'X-Forwarded-Host': 'a.shops.example',
    },
    'Origin',
    { under: 'a function' },
  ),
  row(
    'a trusted proxy’s host',
    'POST',
    {
      ...from('https://a.shops.example'),
      Host: 'inner',
      'X-Forwarded-For': '1.1.1.1',
      'X-Forwarded-Host': 'a.shops.example',
    },
    null,
    { under: 'a function behind a proxy' },
  ),
  row(
    'a host that a stranger told the trusted proxy',
    'POST',
    {
      ...from('https://b.shops.example'),
      Host: 'inner',
      'X-Forwarded-For': '2.2.2.2, 1.1.1.1',
      'X-Forwarded-Host': 'b.shops.example, a.shops.example',
    },
    'Origin',
    { under: 'a function behind a proxy' },
  ),
  row('what may lack Origin', 'POST', {}, null, { under: 'paths without Origin', path: '/hook' }),
  row('what may lack Origin, below', 'POST', {}, null, { under: 'paths without Origin', path: '/hooks/a/b' }),
  row('what may lack Origin has another', 'POST', from(EVIL), 'Origin', {
    under: 'paths without Origin',
    path: '/hook',
  }),
  row('what may lack Origin is cross-site', 'POST', site('cross-site'), 'Sec-Fetch-Site', {
    under: 'paths without Origin',
    path: '/hook',
  }),
  row('what is exempt', 'POST', site('cross-site', EVIL), null, { under: 'paths without a check', path: '/hook' }),
  row('what is exempt, below', 'DELETE', site('cross-site', EVIL), null, {
    under: 'paths without a check',
    path: '/hooks/a/b',
  }),
  row('a safe path', 'POST', site('cross-site', EVIL), null, { under: 'skip', path: '/static/x' }),
  row('beside a safe path', 'POST', site('cross-site', EVIL), 'Sec-Fetch-Site', { under: 'skip', path: '/statics' }),
]

const TRICKS = [
  '/',
  '/transfer',
  '/hook/',
  '/Hook',
  '/hook/x',
  '/hooks',
  '/x/hook',
  '//hook',
  '/./hook',
  '/hook;x',
  '/hook%2f..%2ftransfer',
  '/hooks/../transfer',
  '/hooks/%2e%2e/transfer',
  '/hooks/..%2ftransfer',
  '/hooks/..;/transfer',
  '/hooks//../transfer',
  '/hooks/%252e%252e/transfer',
  '/%68ook',
]
const BY_PATH: readonly Row[] = TRICKS.flatMap((path) => {
  // A web Request has its path put straight before anybody sees it, the app's router included.
  const isStraight = new URL(`http://localhost${path}`).pathname === path
  const only = isStraight ? SERVERS : (['node', 'express'] as const)
  return [
    row(`a path that is not among them: ${path}`, 'POST', {}, 'Origin', { under: 'paths without Origin', path, only }),
    row(`a path that is not exempt: ${path}`, 'POST', from(EVIL), 'Origin', {
      under: 'paths without a check',
      path,
      only,
    }),
  ]
})

const UPGRADES: readonly Row[] = [
  row('cross-site', 'GET', { ...UPGRADE, ...site('cross-site', EVIL) }, 'Sec-Fetch-Site', { only: SERVERS }),
  row('another Origin', 'GET', { ...UPGRADE, ...from(EVIL) }, 'Origin', { only: SERVERS }),
  row('null', 'GET', { ...UPGRADE, ...from('null') }, 'Origin', { only: SERVERS }),
  row('none', 'GET', UPGRADE, 'Origin', { only: SERVERS }),
  row('ours', 'GET', { ...UPGRADE, ...from(ORIGIN) }, null, { only: SERVERS }),
  row('another, the word in upper case', 'GET', { ...UPGRADE, Upgrade: 'WebSocket', ...from(EVIL) }, 'Origin', {
    only: SERVERS,
  }),
  row('another, among other upgrades', 'GET', { ...UPGRADE, Upgrade: 'h2c, websocket', ...from(EVIL) }, 'Origin', {
    only: SERVERS,
  }),
]

export const TABLES = {
  'Sec-Fetch-Site': BY_SITE,
  'the method': BY_METHOD,
  Origin: BY_ORIGIN,
  'neither header': WITHOUT_EITHER,
  'the body makes no difference': BY_BODY,
  'the app’s own word': BY_APP,
  'path tricks': BY_PATH,
  'an upgrade': UPGRADES,
}
