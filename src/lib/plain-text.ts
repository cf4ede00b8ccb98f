/**
 * Any JavaScript string <-> text that every backend keeps as it is.
 *
 * In: any string. Out: well-formed Unicode without NUL. SQLite drivers cut text at a NUL, UTF-8 turns every lone
 * surrogate into the same U+FFFD: two owners would become one. Must not know what the text means.
 *
 * @module
 */

const ESCAPED = '\u0001'

/** Text that survives UTF-8 and C strings. Different strings stay different; ordinary ones stay as they are. */
export function toPlainText(text: string): string {
  const survives = !text.includes('\0') && text.isWellFormed() && !text.startsWith(ESCAPED)
  // JSON writes NUL and lone surrogates as escapes, so its text survives whatever it says.
  return survives ? text : ESCAPED + JSON.stringify(text)
}

/** The string that `toPlainText` was given. Text it never made comes back unchanged. */
export function fromPlainText(text: string): string {
  if (!text.startsWith(ESCAPED)) return text
  try {
    const original: unknown = JSON.parse(text.slice(ESCAPED.length))
    return typeof original === 'string' ? original : text
  } catch {
    return text
  }
}
