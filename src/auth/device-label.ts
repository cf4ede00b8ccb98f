/**
 * What to call a device in a list of one's own sessions.
 *
 * In: a User-Agent header, as a stranger sends it. Out: "Firefox on Linux", or nothing. Never throws; takes nothing of
 * the header over but names it knows, so nothing hostile reaches a page. Must not know: sessions.
 *
 * @module
 */

/** The first that fits. Order matters: Edge and Opera also say Chrome, and Chrome also says Safari. */
const BROWSERS = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const

/** An Android also says Linux, an iPhone also says Mac OS X. */
const SYSTEMS = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['CrOS', 'ChromeOS'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const

export function deviceLabel(userAgent: string | null): string | null {
  if (userAgent === null) return null
  const browser = BROWSERS.find(([mark]) => userAgent.includes(mark))?.[1]
  const system = SYSTEMS.find(([mark]) => userAgent.includes(mark))?.[1]
  if (browser === undefined || system === undefined) return browser ?? system ?? null
  return `${browser} on ${system}`
}
