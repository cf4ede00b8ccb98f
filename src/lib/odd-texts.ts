/**
 * Texts that backends like to mistake for one another.
 *
 * In: nothing. Out: texts, no two of them the same. Must not know what they are tried on.
 *
 * @module
 */

/** Cut at a NUL, folded to one case, normalised, trimmed or read as a path, some of them would become the same. */
export const ODD_TEXTS = [
  ...['a:b', 'a', 'A', 'a\0', 'a\0b', '{a}', '{a}:b', 'a\n', '\n', ' a', '', "a'b", 'a"b', 'a`b', 'a\\b', '%61', 'a%'],
  ...['__proto__', 'constructor', 'null', '1', '01', '../a', '/a', 'é', 'e\u0301', '🦊', '\ud83e', '\udd8a', '\ufffd'],
]
