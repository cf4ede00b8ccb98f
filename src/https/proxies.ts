/**
 * What proxies in front of the app say of a request, as far as they are trusted.
 *
 * In: the option `trustProxy` once; the peer of the socket and the headers of a request. Out: the address of the browser, and
 * whether it spoke TLS. A header of somebody who is not trusted changes nothing. Must not know: sessions, origins.
 *
 * Each proxy adds to the end of a list, so what it says is read from the end: anything further left than the trusted ones
 * was written by a stranger. `X-Forwarded-*` counts before `Forwarded` (RFC 7239): the proxies that set the first pass the second
 * through as the stranger sent it.
 *
 * @module
 */

import { isIP } from 'node:net'
import proxyaddr from 'proxy-addr'
import { ConfigError } from '../errors.ts'

/** How the request reached the first machine of ours. */
export interface Peer {
  readonly secure: boolean
  /** `null` where the runtime does not tell. */
  readonly address: string | null
  readonly headers: { get(name: string): string | null }
}

/** How the browser reached the first proxy that is trusted. */
export interface Forwarded {
  readonly secure: boolean
  readonly address: string | null
  /** What a trusted proxy was asked for; `null` where none says. */
  readonly host: string | null
  /** Whether any proxy was believed. */
  readonly isTrusted: boolean
}

type Trusts = (address: string | null, hop: number) => boolean

/**
 * Reads requests as the proxies tell them. `trust`: how many of them stand in front, or their addresses and networks (CIDR,
 * `loopback`, `linklocal`, `uniquelocal`).
 *
 * @throws ConfigError OPTION_INVALID
 */
export function createProxyReader(trust: number | readonly string[]): (peer: Peer) => Forwarded {
  const trusts = typeof trust === 'number' ? byCount(trust) : byAddress(trust)

  return ({ secure, address, headers }) => {
    const hops = hopsOf(headers)
    // From here outwards: the socket's peer, then whom each proxy says it was spoken to by.
    const chain = [address, ...hops.addresses.reverse().map(addressOf)]
    let trusted = 0
    while (trusted < chain.length && trusts(chain[trusted] ?? null, trusted)) trusted++
    if (trusted === 0) return { secure, address, host: null, isTrusted: false }
    const protocol = fromEnd(hops.protocols, trusted)
    return {
      secure: protocol === '' ? secure : protocol.toLowerCase() === 'https',
      address: chain[Math.min(trusted, chain.length - 1)] ?? null,
      host: fromEnd(hops.hosts, trusted) || null,
      isTrusted: true,
    }
  }
}

/** Whether anybody claims that a proxy stands in front and the browser spoke TLS to it. */
export function claimsHttps(headers: Peer['headers']): boolean {
  return hopsOf(headers).protocols.some((protocol) => protocol.toLowerCase() === 'https')
}

function byCount(count: number): Trusts {
  if (!Number.isSafeInteger(count) || count < 1) throw invalid(`found ${count}`)
  return (_, hop) => hop < count
}

function byAddress(networks: readonly string[]): Trusts {
  if (!Array.isArray(networks) || networks.length === 0 || networks.some((one) => typeof one !== 'string')) {
    throw invalid(`found ${Array.isArray(networks) ? 'a list that is empty or holds no text' : `a ${typeof networks}`}`)
  }
  try {
    const trusts = proxyaddr.compile([...networks])
    return (address, hop) => address !== null && trusts(address, hop)
  } catch (cause) {
    throw invalid(`found [${networks.map((one) => `"${one}"`).join(', ')}]`, cause)
  }
}

interface Hops {
  readonly addresses: string[]
  readonly protocols: string[]
  readonly hosts: string[]
}

function hopsOf(headers: Peer['headers']): Hops {
  const legacy = {
    addresses: listOf(headers.get('x-forwarded-for')),
    protocols: listOf(headers.get('x-forwarded-proto')),
    hosts: listOf(headers.get('x-forwarded-host')),
  }
  if (legacy.addresses.length + legacy.protocols.length > 0) return legacy
  const elements = listOf(headers.get('forwarded')).map(parametersOf)
  // One for each proxy, also of one that does not say it: what a stranger said must not move into its place.
  const all = (name: string) => elements.map((element) => element.get(name) ?? '')
  return { addresses: all('for'), protocols: all('proto'), hosts: all('host') }
}

/** One list for repeated headers too, which arrive joined by commas. No quoted value that counts has a comma in it. */
function listOf(header: string | null): string[] {
  const parts = header === null ? [] : header.split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

/** `for="[2001:db8::1]:4711";proto=https` (RFC 7239, section 4). Never throws. */
function parametersOf(element: string): Map<string, string> {
  const pairs = element.split(';').map((pair) => pair.split('=', 2).map((part) => part.trim()))
  return new Map(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')]))
}

/** What the outermost trusted proxy said; a shorter list was set anew by one further in. */
function fromEnd(list: readonly string[], trusted: number): string {
  return list[Math.max(0, list.length - trusted)] ?? ''
}

/** Without the port that some proxies add, or brackets; `null` for "unknown" and names that hide one. */
function addressOf(text: string): string | null {
  const bare = text.replace(/^\[(.*)\](?::\d+)?$/, '$1')
  if (isIP(bare) !== 0) return bare
  const withoutPort = bare.replace(/:\d+$/, '')
  return isIP(withoutPort) === 4 ? withoutPort : null
}

function invalid(found: string, cause?: unknown): ConfigError {
  return new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option "trustProxy": ${found}. Give the number of proxies in front of the app, or their addresses: ["10.0.0.0/8"]`,
    { details: { option: 'trustProxy' }, ...(cause !== undefined && { cause }) },
  )
}
