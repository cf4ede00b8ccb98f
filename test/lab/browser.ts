/**
 * A browser small enough to read: keeps cookies, follows redirects, sends forms the way a browser does.
 *
 * In: an origin and the certificate it trusts. Out: pages. Nothing is ignored: a certificate that does not match fails.
 */

import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Path and query of the page this is, after redirects. */
  readonly path: string
}

type Fields = Readonly<Record<string, string>>

export interface Browser {
  /** Name -> value; change it to steal or replay a cookie. */
  readonly cookies: Map<string, string>
  /** One request without following a redirect. */
  send(method: string, path: string, fields?: Fields, headers?: Record<string, string>): Promise<Answer>
  /** Opens a page and follows where it leads. */
  visit(path: string): Promise<Answer>
  /** Sends a form and follows where it leads. */
  submit(path: string, fields?: Fields): Promise<Answer>
}

export function createBrowser(origin: string, ca: string): Browser {
  const cookies = new Map<string, string>()
  /** Of the forms on the page that was shown last. */
  let token: string | null = null

  async function send(method: string, path: string, fields?: Fields, headers: Record<string, string> = {}) {
    // A page with forms for everybody: whoever sends one has seen one.
    if (fields !== undefined && token === null) await send('GET', '/shop')
    const body = fields && new URLSearchParams({ csrf_token: token ?? '', ...fields }).toString()
    const answer = await exchange(new URL(path, origin), ca, method, body, {
      Accept: 'text/html',
      ...(cookies.size > 0 && { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
      ...(method === 'POST' && { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }),
      ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...headers,
    })
    for (const line of answer.headers['set-cookie'] ?? []) keep(line)
    token = /name="csrf_token" value="([^"]+)"/.exec(answer.body)?.[1] ?? null
    return answer
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) cookies.delete(name)
    else cookies.set(name, pair.slice(at + 1))
  }

  async function follow(answer: Answer): Promise<Answer> {
    let current = answer
    for (let hops = 0; current.status >= 300 && current.status < 400; hops++) {
      if (hops === 5) throw new Error(`Too many redirects, the last to ${current.headers.location}`)
      current = await send('GET', current.headers.location ?? '')
    }
    return current
  }

  return {
    cookies,
    send,
    visit: async (path) => follow(await send('GET', path)),
    submit: async (path, fields = {}) => follow(await send('POST', path, fields)),
  }
}

function exchange(
  url: URL,
  ca: string,
  method: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, ca, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
      })
      incoming.on('error', reject)
      incoming.on('end', () => {
        const { statusCode = 0, headers: received } = incoming
        resolve({ status: statusCode, headers: received, body: text, path: url.pathname + url.search })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
