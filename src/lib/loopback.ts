/**
 * Names and addresses that never leave this machine.
 *
 * In: a host name as the WHATWG URL parser writes it. Out: yes or no. Must not know: what follows from it.
 *
 * @module
 */

/** RFC 6761, section 6.3; RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    // WHATWG URL has made four decimal parts of whatever was written.
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
