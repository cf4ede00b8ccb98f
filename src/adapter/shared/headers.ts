/**
 * Law 11: caches never mix people up.
 *
 * In: what the session asks of the answer, and what the app said. Out: headers where the stricter of both stands. Pure
 * but for the target it is given. Must not know: frameworks.
 *
 * @module
 */

import type { Committed } from '../../session/committed.ts'

/** A way to an answer's headers. */
export interface HeaderTarget {
  get(name: string): string | null
  set(name: string, value: string): void
  append(name: string, value: string): void
}

/** Adds the session's headers to an answer; each cookie a header of its own, those of others left alone. */
export function applyCommitted(committed: Committed, target: HeaderTarget): void {
  for (const cookie of committed.setCookies) target.append('Set-Cookie', cookie)
  if (committed.varies) {
    const vary = mergeVary(target.get('Vary'))
    if (vary !== null) target.set('Vary', vary)
  }
  if (committed.clearSiteData !== null) target.set('Clear-Site-Data', committed.clearSiteData)
  if (committed.cacheControl !== null) {
    target.set('Cache-Control', mergeCacheControl(target.get('Cache-Control'), committed.cacheControl))
  }
}

/** The Vary header with Cookie in it, or `null` if it needs no change (RFC 9110, 12.5.5). */
export function mergeVary(current: string | null): string | null {
  if (current === null || current.trim() === '') return 'Cookie'
  const names = current.split(',').map((name) => name.trim().toLowerCase())
  return names.includes('*') || names.includes('cookie') ? null : `${current}, Cookie`
}

/** Directives that let a shared cache keep the answer; beside `private` they would be a contradiction at best. */
const SHARING = new Set(['public', 's-maxage', 'proxy-revalidate'])
/** Directives that tell how long to keep what must not be kept. */
const KEEPING = new Set(['max-age', 'immutable', 'stale-while-revalidate', 'stale-if-error', 'must-understand'])

/**
 * The Cache-Control header that says at least what is required (RFC 9111, 5.2.2).
 *
 * `private`: an app that gave directives of its own keeps them, but never `public`. `private, no-store`: only what is
 * stricter still stays.
 */
export function mergeCacheControl(current: string | null, required: 'private' | 'private, no-store'): string {
  if (current === null) return required
  const said = directivesOf(current)
  if (said.length === 0) return required
  const strict = required === 'private, no-store'
  const kept = said.filter(({ name }) => !SHARING.has(name) && !(strict && KEEPING.has(name)))
  const shared = kept.length < said.length
  const parts = kept.map(({ text }) => text)
  const has = (name: string) => kept.some((directive) => directive.name === name)
  if (strict && !has('no-store')) parts.unshift('no-store')
  // A directive like no-cache or max-age is the app's own word, and stays alone. One that shared is answered.
  if ((strict || shared) && !kept.some(({ text }) => text.toLowerCase() === 'private')) parts.unshift('private')
  return parts.join(', ')
}

/** Splits at commas outside quotes: `private="set-cookie, x", max-age=5` has two directives. */
function directivesOf(header: string): { name: string; text: string }[] {
  const texts = header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => ({ name: (text.split('=')[0] ?? text).trim().toLowerCase(), text }))
}
