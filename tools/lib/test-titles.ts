// The titles that a file of tests or stories gives, as they stand in its source.

/**
 * A text that is the first thing in a call or in a list, and not the last: `test('title', …)`, `[['title', …], …]`; of
 * `tellEach` the second, which says first where it is told.
 */
const FIRST_TEXT =
  /(?:tellEach\(\s*'[^'\n]*',|[([])\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`)\s*[,)]/g

/** Every text of `source` that may be a title, escapes resolved. A template counts as it is written: `after ${name}`. */
export function titlesOf(source: string): Set<string> {
  const titles = new Set<string>()
  for (const [, single, double, template] of source.matchAll(FIRST_TEXT)) {
    titles.add((single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'))
  }
  return titles
}
