/**
 * What attempts from one place are counted under.
 *
 * In: an address as a socket or a proxy gives it. Out: one text for each place. An IPv6 network hands every customer a /64 at
 * least (RFC 6177), so a single machine has more addresses than can be counted one by one. Must not know: who counts.
 *
 * @module
 */

import { isIP } from 'node:net'

/** `198.51.100.7`; `2001:db8:0:1::/64`; `unknown` for what is no address, all of which count as one. */
export function addressKey(address: string | null): string {
  // A link-local address may name its interface: fe80::1%eth0.
  const bare = (address ?? '').replace(/%.*$/, '')
  if (isIP(bare) === 4) return bare
  if (isIP(bare) !== 6) return 'unknown'
  const groups = groupsOf(bare)
  const mapped = mappedIpv4(groups)
  return mapped ?? `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups, without leading zeros: the URL parser writes every spelling of an address alike. */
function groupsOf(address: string): string[] {
  const compressed = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [left = '', right] = compressed.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
}

/** `::ffff:198.51.100.7` is an IPv4 address on an IPv6 socket (RFC 4291, section 2.5.5.2). */
function mappedIpv4(groups: readonly string[]): string | null {
  if (groups.slice(0, 5).some((group) => group !== '0') || groups[5] !== 'ffff') return null
  const [high, low] = [Number.parseInt(groups[6] ?? '', 16), Number.parseInt(groups[7] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
