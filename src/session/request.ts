/**
 * Finds the request behind what a framework hands out.
 *
 * In: Express' `req`, Hono's `c`, Koa's `ctx`, Fastify's `request`, h3's `event`, a web `Request`. Out: the object the
 * adapter attached the session to, or what was given. By shape: no framework is imported. Must not know: sessions.
 *
 * @module
 */

/** The ways from a framework's object to the request, each a list of properties. */
const WAYS = [
  ['req', 'raw'], // Hono's context
  ['req'], // Koa's context, h3 version 2's event
  ['raw'], // Fastify's request, Hono's request
  ['node', 'req'], // h3 version 1's event
  ['request'], // SvelteKit's event
] as const

/** `isKnown` says which object is one a session was attached to. */
export function unwrapRequest(given: object, isKnown: (request: object) => boolean): object {
  if (typeof given !== 'object' || given === null || isKnown(given)) return given
  for (const way of WAYS) {
    let found: unknown = given
    for (const name of way) {
      found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined
    }
    if (typeof found === 'object' && found !== null && isKnown(found)) return found
  }
  return given
}
