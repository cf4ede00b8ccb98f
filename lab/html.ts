/**
 * HTML that cannot be injected into: whatever a template is given is escaped, unless another template made it.
 *
 * In: values of any origin. Out: `Html`. The mark is a symbol, so nothing that was parsed from a form, a session or a
 * database can pass for `Html`. Attributes stand in double quotes; a value never decides an attribute's name or the
 * scheme of a link.
 */

const markup = Symbol('markup')

/** Markup made by `html`. */
export interface Html {
  readonly [markup]: string
}

/** What may stand in a template. Nothing is printed for what is missing; a list is printed one after the other. */
export type Part = Html | string | number | false | null | undefined | readonly Part[]

const REPLACEMENTS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // HTML has no NUL, and `formToken` is made of it.
  '\0': '\uFFFD',
}

/** The tag of a template: html`<p>${name}</p>`. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  let result = texts[0] ?? ''
  parts.forEach((part, index) => {
    result += printed(part) + (texts[index + 1] ?? '')
  })
  return { [markup]: result }
}

/** Stands in every form that posts. No text of a visitor can be it: `escaped` lets no NUL through. */
const PLACE = '\0form token\0'

/** Where the CSRF token of the page goes: first in each form. */
export const formToken: Html = { [markup]: PLACE }

/** The text of a page, ready to be sent. `token` is the hidden field, asked for where a form needs it. */
export function render(page: Html, token: () => string): string {
  const text = page[markup]
  return text.includes(PLACE) ? text.replaceAll(PLACE, token()) : text
}

function printed(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  if (isList(part)) return part.map(printed).join('')
  return part[markup]
}

// Array.isArray alone does not narrow a readonly array.
function isList(part: Html | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part)
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\0]/g, (character) => REPLACEMENTS[character] ?? character)
}
